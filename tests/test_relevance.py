"""The schema says which parameters count with which model; runners read those and no others."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from pydantic import TypeAdapter

from engine.commands import built_in
from engine.generate.params import GenerateParams
from engine.library.inputs import Input, Stem
from engine.match.style import Alignment, LoudnessTarget, StyleParams
from engine.parameters import OutputParams, Params
from engine.relevance import conditions, default_of, silencers
from engine.upscale.harmonic import Harmonic
from engine.upscale.params import UpscaleParams
from tests.fake_job import FakeJob
from tests.split.made_sources import Shares
from tests.split.roformer import tiny as roformer

RATE_HZ = 44_100
CLIP, OTHER, LATER = "upload:" + "a" * 32, "track:" + "b" * 32, "track:" + "c" * 32
BY_THE_WRITER = {*OutputParams.model_fields, "flac_level"}
BY_A_GPU = {"batch"}
GUARDED = {"generate": {"audio_prompt", "piece"}, "match": {"mode", "stem_wise"}}
"""What a runner asks about where it has its default, to know which way to go."""
REFUSED = {"match by stems": {"style"}}
"""What is refused beside the parameters of a case, so that its runner never asks."""
STYLE = StyleParams(alignment=Alignment(delay_s=0.1), lufs=LoudnessTarget(target_db=-20)).model_dump_json()
SAMPLED = {"prompt": "slow rock", "duration": 1.0, "seed": 3}
CONTINUED = {"continuation_source": CLIP, "continuation_mode": "continue", "prompt_s": 0.5}
HEARD = {"continuation_source": CLIP, "audio_prompt": CLIP}
LANGUAGE_MODEL: list[dict[str, Any]] = [{}, {"precision": "fp32", "continuation_source": CLIP}, CONTINUED]

CASES: dict[str, tuple[str, dict[str, Any], list[dict[str, Any]]]] = {
    "composer": ("generate", {**SAMPLED, "model": "composer"}, [{}, HEARD]),
    "small": ("generate", {**SAMPLED, "model": "small"}, LANGUAGE_MODEL),
    "stereo-small": ("generate", {**SAMPLED, "model": "stereo-small"}, LANGUAGE_MODEL),
    "style": ("generate", {**SAMPLED, "model": "style"}, [*LANGUAGE_MODEL, {"audio_prompt": CLIP}]),
    "harmonic": ("upscale", {"source": CLIP, "model": "harmonic"}, [{}]),
    "resample": ("upscale", {"source": CLIP, "model": "resample"}, [{}]),
    "audiosr": ("upscale", {"source": CLIP, "model": "audiosr-basic", "steps": 2}, [{}]),
    "audiolbm": ("upscale", {"source": CLIP, "model": "audiolbm", "steps": 3}, [{}]),
    "htdemucs": ("split", {"source": CLIP, "model": "htdemucs"}, [{}]),
    "own roformer": ("split", {"source": CLIP, "model": "own", "own_model": "roformer"}, [{}]),
    "match by reference": (
        "match",
        {"source": CLIP, "reference": OTHER},
        [{}, {"refine_s": 0.01, "mode": "A", "reference": LATER}],
    ),
    "match by style": ("match", {"source": CLIP, "style": STYLE, "impulse_response": OTHER}, [{}]),
    "match by stems": ("match", {"source": CLIP, "reference": OTHER, "stem_wise": True}, [{}]),
    "mix": ("mix", {"source": OTHER, "levels": "drums=0.5"}, [{}]),
}


class Performer:
    """In place of a language model: silence, as long as it is asked for."""

    def __init__(self, channels: int) -> None:
        self.channels = channels

    rate_hz, segment_s, takes_melody, takes_style = 32_000, 30.0, False, True
    facts: dict[str, Any] = {}
    codec = SimpleNamespace(hop=640, channels=1, encode=lambda clip: np.zeros((4, clip.shape[1] // 640), np.int64))

    def load(self, job: object) -> None: ...

    def perform(self, request: Any, job: object, heard: Any) -> Any:
        given = 0 if request.prompt_codes is None else request.prompt_codes.shape[1]
        samples = given * 640 + round(request.duration_s * self.rate_hz)
        return SimpleNamespace(sounds=[np.zeros((self.channels, samples), np.float32)], given=given, codes=[])


class StandInJob(FakeJob):
    """Makes every engine, and works with a light one in its place: runners read the parameters, engines get values."""

    def engine(self, key: str, make: Callable[[], Any]) -> Any:
        if key == "musicgen:style":
            return SimpleNamespace(features=lambda piece: np.zeros((1, 1), np.float32))
        engine = make()
        if key.startswith("split:"):
            return Shares()
        if key.startswith("musicgen:"):
            return Performer(2 if "stereo" in key else 1)
        return super().engine(key, Harmonic if key.startswith("upscale:") else lambda: engine)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeJob:
    for place in ("generate.musicgen.perform", "split.separating", "upscale.run"):
        monkeypatch.setattr(f"engine.{place}.located", lambda model, models_dir: [models_dir / model / "file"])
    made = StandInJob(tmp_path)
    roformer.install(made.models_dir, "roformer")
    dice = np.random.default_rng(0)
    song, hit = 0.1 * dice.normal(size=(2, 2 * RATE_HZ, 2))
    for key, name, sound in ((CLIP, "song", song), (OTHER, "hit", hit), (LATER, "later", np.roll(song, 400, axis=0))):
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, sound, RATE_HZ)
        made.inputs[key] = Input(path, stems={"drums": Stem(path, 2 * RATE_HZ)})
    return made


def runner(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def recording(params: Params) -> tuple[Params, set[str]]:
    """The same parameters, and the names of those that someone read."""
    kind, read = type(params), set[str]()

    class Recording(kind):  # type: ignore[misc,valid-type]
        def __getattribute__(self, name: str) -> Any:
            if name in kind.model_fields:
                read.add(name)
            return super().__getattribute__(name)

        def without_effect(self) -> dict[str, str]:
            return params.without_effect()

    return Recording.model_construct(None, **dict(params)), read


@pytest.mark.parametrize("case", CASES)
def test_a_runner_reads_what_the_schema_shows_for_the_model_and_nothing_else(case: str, job: FakeJob) -> None:
    name, base, variants = CASES[case]
    asked = built_in()[name]
    shown, read = set[str](), set[str]()
    for variant in variants:
        plain = asked.params.checked({**base, **variant})
        shown |= set(asked.params.model_fields) - set(plain.without_effect())
        params, seen = recording(plain)
        asked.lane(params), asked.device_key(params), asked.max_concurrency(params, 8)
        asked.memory_mb(params, "cpu", job.models_dir)
        asked.check(params, job.models_dir), asked.follow_ups(params)
        asked.resolve(params, lambda key: None)
        runner(asked.runner)(params, job)
        read |= seen
    asked_about = GUARDED.get(name, set()) - shown
    assert read - BY_THE_WRITER - asked_about == shown - BY_THE_WRITER - BY_A_GPU - REFUSED.get(case, set())


def test_every_condition_names_a_parameter_and_values_that_it_can_have() -> None:
    for asked in built_in(debug=True).values():
        fields = asked.params.model_fields
        for name, wanted in conditions(asked.params).items():
            assert not fields[name].is_required(), name
            for other, values in wanted.items():
                assert other in fields and other not in silencers(asked.params)
                for value in [] if isinstance(values, bool) else values:
                    TypeAdapter(fields[other].annotation).validate_python(value, strict=isinstance(value, bool))


def test_what_has_no_effect_counts_as_its_default_and_is_not_kept() -> None:
    wish = {"prompt": "calm", "model": "composer", "mbd": True, "prompt_s": 3, "own_model": "mine", "temperature": 1.1}
    params = GenerateParams.checked(wish)
    assert {"mbd", "prompt_s", "own_model"} <= set(params.without_effect())
    assert (params.mbd, params.prompt_s, params.own_model, params.temperature) == (False, 8.0, "", 1.1)
    flac = UpscaleParams.checked({"source": CLIP, "format": "mp3", "flac_level": 8, "model": "resample", "seed": 4})
    assert (flac.flac_level, flac.seed) == (default_of(UpscaleParams.model_fields["flac_level"]), None)
    again = GenerateParams.restored(params.model_dump(mode="json"))
    assert again.model_dump() == params.model_dump()


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        ({"top_k": 100}, (100, 0.0)),
        ({"top_p": 0.5}, (250, 0.5)),
        ({"top_k": 100, "top_p": 0.5}, (100, 0.5)),
        ({"top_k": 0}, (0, 0.0)),
        ({}, (250, 0.67)),
    ],
)
def test_who_sets_one_of_two_that_exclude_each_other_means_that_one(
    given: dict[str, Any], counts: tuple[int, float]
) -> None:
    params = GenerateParams.checked({"prompt": "calm", **given})
    assert (params.top_k, params.top_p) == counts
    restored = GenerateParams.restored(params.model_dump(mode="json"))
    assert (restored.top_k, restored.top_p) == counts
    assert GenerateParams.checked(params.model_dump(mode="json")) == params
