"""`/generate` with language models: tiny checkpoints in the true files, through the runner."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.errors import AppError, Canceled, Code
from engine.generate import COMMAND
from engine.generate.autotune import auto_tune
from engine.generate.levels import TargetLevel, levelled
from engine.generate.musicgen.engine import MusicGen
from engine.generate.musicgen.native.decoder import NativeDecoder
from engine.generate.musicgen.windows import plan_windows, steps_of
from engine.generate.params import GenerateParams
from engine.generate.run import run
from engine.library.inputs import Input
from tests.fake_job import FakeJob
from tests.generate.checkpoints import SEGMENT_S, write_checkpoint, write_diffusion, write_text_encoder
from tests.split.test_demucs import placed

RATE = 32_000
CLIP = "upload:" + "a" * 32


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("application") / "models"
    for name, kind in (("musicgen-small", "text"), ("musicgen-melody", "melody"), ("mine", "text")):
        write_checkpoint(folder / name, kind, seed=len(name))
    write_checkpoint(folder / "musicgen-stereo-small", "stereo", pointer="facebook/encodec_32khz")
    write_text_encoder(folder / "t5-base")
    return folder


@pytest.fixture
def job(models: Path, tmp_path: Path) -> FakeJob:
    made = FakeJob(tmp_path)
    made.models_dir = models
    tone = 0.3 * np.sin(2 * np.pi * 330 * np.arange(3 * 44_100) / 44_100).astype(np.float32)
    soundfile.write(tmp_path / "clip.wav", np.stack([tone, tone], axis=1), 44_100)
    made.inputs[CLIP] = Input(tmp_path / "clip.wav")
    return made


def made(job: FakeJob, **values: Any) -> list[dict[str, Any]]:
    run(GenerateParams(**{"prompt": "slow rock", "model": "small", "seed": 3, "duration": 1.5, **values}), job)
    return job.tracks


@pytest.mark.parametrize("model", ["small", "stereo-small", "own"])
@pytest.mark.parametrize("duration_s", [1.0, 1.23456, 2 * SEGMENT_S + 1.1])
def test_every_model_gives_the_length_asked_for(job: FakeJob, model: str, duration_s: float) -> None:
    (track,) = made(job, model=model, own_model="mine" if model == "own" else "", duration=duration_s)
    assert track["audio"].shape == (2, round(duration_s * RATE)) and track["rate_hz"] == RATE
    assert np.isfinite(track["audio"]).all() and np.abs(track["audio"]).max() > 0.01
    told = track["parameters"]
    assert told["top_p"] == 0.67 and told["top_k"] is None and told["seed"] == 3
    assert told["channels_original"] == (2 if model == "stereo-small" else 1)
    assert told["auto_tune"]["band"] == "mid" and told["temperature"] == 1.2
    precision = track["details"]["precision"]
    assert precision["name"] == "int8" and 0 < precision["logits_relative_error"] < 0.1
    assert 0.8 < precision["top_250_overlap"] <= 1


def test_progress_counts_the_steps_of_all_windows_and_never_runs_back(job: FakeJob) -> None:
    made(job, duration=5.0, extend_stride_s=1)
    shares = [share for stage, share in job.shares if stage == "GENERATING"]
    assert shares == sorted(shares) and shares[-1] == 1.0
    windows = plan_windows(250, 0, 100, 50)
    assert len(shares) == steps_of(windows, 3) and len(windows) == 4


def test_windows_slide_as_audiocrafts_do() -> None:
    for total, given, segment, stride in ((6000, 0, 1500, 900), (1500, 0, 1500, 900), (2000, 300, 1500, 900)):
        windows = plan_windows(total, given, segment, stride)
        offset, length, theirs = 0, given, []
        while (total > segment and offset + length < total) or not theirs:
            frames = min(total - offset, segment)
            theirs.append((offset, frames, length))
            length, offset = frames - stride, offset + stride
        assert [(w.offset, w.frames, w.given) for w in windows] == theirs
        assert windows[-1].offset + windows[-1].frames == total


def test_the_seed_decides(job: FakeJob) -> None:
    first, again, other = (made(job, seed=seed)[-1]["audio"] for seed in (7, 7, 8))
    assert first.tobytes() == again.tobytes() != other.tobytes()


def test_variations_are_made_side_by_side_and_differ(job: FakeJob) -> None:
    tracks = made(job, variations=3)
    assert [track["parameters"]["variation"] for track in tracks] == [1, 2, 3]
    assert len({track["audio"].tobytes() for track in tracks}) == 3


def test_a_clip_is_continued_without_a_step(job: FakeJob) -> None:
    (track,) = made(job, continuation_source=CLIP, continuation_mode="continue", prompt_s=0.6)
    sound = track["audio"]
    assert sound.shape == (1, 3 * RATE + round(1.5 * RATE))
    tone = 0.3 * np.sin(2 * np.pi * 330 * np.arange(3 * RATE) / RATE)
    assert np.abs(sound[0, 1000 : 2 * RATE] - tone[1000 : 2 * RATE]).max() < 1e-3
    assert track["parameters"]["continuation_original_seconds"] == 3.0


def test_append_mode_puts_the_clip_first_at_its_loudness(job: FakeJob) -> None:
    (track,) = made(job, continuation_source=CLIP)
    sound, start = track["audio"], 3 * RATE
    assert sound.shape == (2, start + round(1.5 * RATE))
    assert track["parameters"]["append_mode"] is True
    before, after = (np.sqrt(np.mean(part**2)) for part in (sound[:, :start], sound[:, start:]))
    told = track["parameters"]
    peak = np.abs(sound[:, start:]).max()
    # what the clip's loudness asks for, as far as 12 dB and full scale let it: which of them ruled is computed here
    wished = told["continuation_loudness_rms_cont"] / told["continuation_loudness_rms_gen_before"]
    unscaled_peak = peak / told["continuation_loudness_gain_applied"]
    expected = min(4.0, max(0.25, wished), max(1.0, 1 / unscaled_peak))
    assert told["continuation_loudness_gain_applied"] == pytest.approx(expected, rel=1e-3)
    assert after / before == pytest.approx(expected / wished, rel=0.02) and peak < 1.001


@pytest.fixture
def separator(models: Path) -> Iterator[None]:
    """A small HT Demucs in the hub's own format."""
    placed(models.parent, "htdemucs")
    yield
    shutil.rmtree(models / "htdemucs")


@pytest.mark.usefixtures("separator")
def test_the_melody_model_hears_the_reference(job: FakeJob) -> None:
    with_tune = made(job, model="melody", audio_prompt=CLIP)[-1]["audio"]
    without = made(job, model="melody")[-1]["audio"]
    assert with_tune.tobytes() != without.tobytes()
    with pytest.raises(AppError) as error:
        made(job, model="small", audio_prompt=CLIP)
    assert error.value.code is Code.INVALID_INPUT
    assert error.value.key == "melody_not_heard"


def test_without_the_separator_the_melody_model_says_what_to_do(job: FakeJob) -> None:
    write_checkpoint(job.models_dir / "mine-melody", "melody")
    with pytest.raises(AppError) as error:
        made(job, model="own", own_model="mine-melody", audio_prompt=CLIP)
    assert error.value.code is Code.MODEL_MISSING and "/fetch htdemucs" in str(error.value)


@pytest.mark.parametrize("after", [1, 17])
def test_a_cancel_is_heeded_at_the_next_step(job: FakeJob, after: int) -> None:
    def steps() -> int:
        return sum(stage == "GENERATING" for stage, _ in job.shares)

    job.cancel_when = lambda: steps() >= after
    with pytest.raises(Canceled):
        made(job, duration=60)
    assert steps() == after


@pytest.mark.parametrize("fall_back", [True, False])
def test_when_memory_runs_out_less_is_tried_and_advice_given(
    job: FakeJob, fall_back: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.generate.musicgen import engine as engines

    def full(*args: object, **kwargs: object) -> None:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(engines.TorchDecoder, "prefill", full)
    if fall_back:
        (track,) = made(job, precision="fp32")
        assert track["details"]["fallbacks"] == ["fp32 on cpu"] and track["details"]["precision"]["name"] == "int8"
        return
    with pytest.raises(AppError) as error:
        made(job, precision="fp32", fall_back=False)
    assert error.value.code is Code.OUT_OF_MEMORY and "MiB" in str(error.value)
    monkeypatch.setattr(NativeDecoder, "prefill", full)
    with pytest.raises(AppError) as error:
        made(job)
    assert error.value.code is Code.OUT_OF_MEMORY
    monkeypatch.undo()
    assert made(job)[-1]["audio"].any(), "the worker lives on"


def test_a_model_that_cannot_be_had_is_said_to_be_missing(job: FakeJob, tmp_path: Path, monkeypatch: Any) -> None:
    asked: list[str] = []

    def offline(model: str, store: Any, job: Any) -> None:
        asked.append(model)
        raise AppError(Code.MODEL_MISSING, "model_missing")

    monkeypatch.setattr("engine.models.ensure.fetch", offline)
    job.models_dir = tmp_path / "empty"
    with pytest.raises(AppError) as error:
        made(job, model="large")
    assert error.value.code is Code.MODEL_MISSING and asked == ["musicgen-large"]


def test_diffusion_takes_the_place_of_the_decoder(job: FakeJob, models: Path) -> None:
    plain = made(job, duration=1.0)[-1]
    with pytest.raises(AppError) as error:
        made(job, model="own", own_model="mine", duration=1.0, mbd=True)
    assert error.value.code is Code.MODEL_MISSING
    job.engines = {key: engine for key, engine in job.engines.items() if "mbd" not in key}
    write_diffusion(models / "mbd-musicgen")
    before = len(job.shares)
    track = made(job, duration=1.0, mbd=True)[-1]
    assert track["audio"].shape == plain["audio"].shape and track["audio"].tobytes() != plain["audio"].tobytes()
    assert track["parameters"]["multi_band_diffusion"]["status"] == "applied"
    assert plain["parameters"]["multi_band_diffusion"] == {"requested": False, "status": "off"}
    assert sum(stage == "DECODING" for stage, _ in job.shares[before:]) == 4 * 20


def test_precisions_agree_on_what_they_hear(job: FakeJob) -> None:
    sounds = [made(job, precision=precision, top_p=0, top_k=1)[-1] for precision in ("fp32", "bf16", "int8")]
    assert [track["details"]["precision"]["name"] for track in sounds] == ["fp32", "bf16", "int8"]
    assert sounds[0]["details"]["precision"] == {"name": "fp32"}


def test_heard_pieces_are_the_track(models: Path, job: FakeJob) -> None:
    from engine.generate.musicgen.engine import GenerationRequest

    engine = MusicGen(models / "mine", "int8", "cpu")
    engine.load(job)
    pieces: list[np.ndarray] = []
    steps_when_heard: list[int] = []

    def heard(index: int, sound: np.ndarray) -> None:
        pieces.append(sound)
        steps_when_heard.append(len(job.shares))

    done = engine.perform(GenerationRequest("rock", 5.0, 1), job, "GENERATING", heard)
    assert steps_when_heard[0] < 130 and len(pieces) >= 3
    joined = np.concatenate(pieces, axis=1)
    np.testing.assert_array_equal(joined, done.sounds[0])
    whole = engine.codec.decode(done.codes[0])
    assert np.abs(joined - whole).max() < 1e-5 * max(1.0, np.abs(whole).max())


TABLE: list[tuple[str, dict[str, float], dict[str, Any]]] = [
    ("large", {}, {"temperature": 1.05, "cfg_coef": 3.6}),
    ("small", {"top_p": 0.0, "top_k": 250}, {"temperature": 1.05, "cfg_coef": 3.5, "duration": 20}),
    ("medium", {"top_p": 0.2}, {"temperature": 1.18, "cfg_coef": 3.3}),
    ("stereo-large", {"top_p": 0.9, "temperature": 1.0}, {"cfg_coef": 3.2, "duration": 25}),
]


@pytest.mark.parametrize(("model", "given", "expected"), TABLE)
def test_auto_tune_follows_the_table(model: str, given: dict[str, float], expected: dict[str, float]) -> None:
    defaults = {"temperature": 1.2, "cfg_coef": 4.0, "duration": 30.0, "top_k": 250.0, "top_p": 0.67}
    values, told = auto_tune(model, {**defaults, **given}, defaults)
    assert {name: change.new for name, change in told.changes.items()} == expected
    assert values == {**defaults, **given, **expected}


@pytest.mark.parametrize(("strategy", "level"), [("peak", -6.0), ("rms", -20.0), ("loudness", -18.0), ("none", None)])
def test_levels(strategy: str, level: float | None) -> None:
    from engine.audio.loudness import measure

    tone = (0.05 * np.sin(2 * np.pi * 997 * np.arange(2 * RATE) / RATE)).astype(np.float32)[None]
    sound, gain_db = levelled(tone, RATE, TargetLevel(strategy, -(level or 0)))
    measures: dict[str, Callable[[], float]] = {
        "peak": lambda: 20 * np.log10(np.abs(sound).max()),
        "rms": lambda: 20 * np.log10(np.sqrt(np.mean(sound**2))),
        "loudness": lambda: measure(sound, RATE).loudness_lufs or 0.0,
    }
    if level is None:
        assert sound is tone and gain_db == 0
    else:
        assert measures[strategy]() == pytest.approx(level, abs=0.05)


def test_the_language_models_take_the_model_lane_and_say_what_they_need() -> None:
    small, large, own = (GenerateParams(prompt="x", model=model) for model in ("small", "large", "composer"))
    assert [COMMAND.device_key(p) for p in (small, own)] == ["musicgen", "composer"]
    needed = [COMMAND.memory_mb(params, "cpu", Path("models")) for params in (large, small, own)]
    assert needed[0] > needed[1] > needed[2] == 0


@pytest.mark.slow
def test_minutes_take_no_more_memory_than_their_sound(models: Path, job: FakeJob, full: bool) -> None:
    from engine.generate.musicgen.engine import GenerationRequest
    from engine.jobs.engines import memory_mb

    engine = MusicGen(models / "mine", "int8", "cpu")
    engine.load(job)
    held: list[tuple[float, int]] = []
    heard_s, duration_s = 0.0, 300.0 if full else 40.0

    def heard(index: int, sound: np.ndarray) -> None:
        nonlocal heard_s
        heard_s += sound.shape[1] / RATE
        held.append((heard_s, memory_mb()))

    engine.perform(GenerationRequest("rock", duration_s, 1, stride_s=1.0), job, "GENERATING", heard)
    at_ten_s = next(mb for second, mb in held if second > 10)
    sound_mb = duration_s * RATE * 4 / 2**20
    assert held[-1][1] - at_ten_s < sound_mb + 25


def test_a_model_of_ones_own_is_weighed_by_its_file() -> None:
    from engine.generate.models import need_mb

    assert need_mb("own", "int8", "cpu", own_m=400) == need_mb("small", "int8", "cpu")
    assert need_mb("own", "int8", "cpu", own_m=3300) == need_mb("large", "int8", "cpu")
    assert need_mb("own", "int8", "cpu") == need_mb("medium", "int8", "cpu")
