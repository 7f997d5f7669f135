"""`/tag` with CLaMP 3: true-format checkpoints at a fraction of their width beside musicnn's real weights."""

import shutil
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio.encode import write
from engine.audio.scratch_audio import ScratchAudio
from engine.errors import AppError, Canceled, Code
from engine.library.inputs import Input
from engine.parameters import Format
from engine.tag.clamp3.engine import Clamp3
from engine.tag.clamp3.files import MODEL, there
from engine.tag.ears import wanted
from engine.tag.facts import TrackFacts
from engine.tag.params import TagParams
from engine.tag.run import run
from engine.tag.search.index import Tagged, base_of, lifts_of
from engine.tag.search.scores import vector
from tests.fake_job import FakeJob
from tests.tag.clamp_checkpoints import OUT, install
from tests.tag.conftest import Weights
from tests.tag.musicnn_bundle import played

TRACK = "track:" + "0" * 32
LIKE = (("production_technique", "vinyl crackle"), ("era", "1980s"))
Making = Callable[..., FakeJob]


@pytest.fixture
def making(weights: Weights, tmp_path: Path) -> Making:
    """A job whose models folder has musicnn and its like, and CLaMP 3 where it is asked for."""

    def make(*, clamp: bool = True, like: Sequence[tuple[str, str]] = LIKE) -> FakeJob:
        job = FakeJob(tmp_path)
        job.models_dir.mkdir()
        for model in wanted(TagParams(source=TRACK, model="musicnn"), tmp_path):
            (job.models_dir / model).symlink_to(weights(model)[0].parent)
        if clamp:
            install(job.models_dir, hears=like)
        return job

    return make


def found(job: FakeJob, sound: np.ndarray | None = None, **params: Any) -> dict[str, Any]:
    path = job.temp_dir / "sound.wav"
    write(path, (played(6.2) if sound is None else sound)[None], 16_000, format=Format.WAV)
    job.inputs[TRACK] = Input(path, "A song")
    run(TagParams(source=TRACK, chords=False, **params), job)
    facts = job.annotations[TRACK]
    assert TrackFacts.model_validate(facts).plain() == facts
    return facts


def test_where_its_weights_are_its_words_come_along(making: Making) -> None:
    job = making()
    facts = found(job)
    sources = {(tag["category"], tag["name"]): tag["source"] for tag in facts["tags"]}
    assert {*LIKE} <= sources.keys() and {sources[key] for key in LIKE} <= {"clamp3", "musicnn+clamp3"}
    assert "musicnn" in sources.values() and {"clamp3", "musicnn"} >= {sources["production_technique", "vinyl crackle"]}
    assert all(tag["lift"] is None for tag in facts["tags"] if tag["source"] == "clamp3")
    own, cosines = vector(facts, "clamp3"), vector(facts, "clamp3-labels")
    assert own is not None and own.shape == (OUT,) and np.linalg.norm(own) == pytest.approx(1, abs=1e-2)
    assert cosines is not None and cosines.shape == (160,)
    assert len(lifts_of(base_of([Tagged("a", facts)])).columns) >= 160, "a search can go by every descriptor"
    assert MODEL in facts["analysis"]["models"]
    assert [share for _, share in job.shares] == sorted(share for _, share in job.shares)


def test_no_more_of_a_kind_than_asked_for(making: Making) -> None:
    tags = [tag for tag in found(making(), top_k=1)["tags"] if tag["source"] != "derived"]
    assert len({tag["category"] for tag in tags}) == len(tags)
    assert {*LIKE} <= {(tag["category"], tag["name"]) for tag in tags}


def test_musicnn_alone_where_that_is_asked_for_or_all_there_is(making: Making) -> None:
    job = making(clamp=False)
    facts = found(job)
    install(job.models_dir)
    assert found(job, model="musicnn") == facts
    assert facts["vectors"].keys() == {"musicnn", "musicnn-labels"}
    assert {tag["source"] for tag in facts["tags"]} == {"musicnn", "derived"}
    shutil.rmtree(job.models_dir / "mert-v1-95m")
    assert found(job) == facts, "not all of it is there"


def test_networks_by_chance_add_no_word(making: Making) -> None:
    facts = found(making(like=()))
    assert {tag["source"] for tag in facts["tags"]} == {"musicnn", "derived"}
    assert "clamp3" in facts["vectors"]


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> list[ScratchAudio]:
    """What waits on disk, from now on."""
    made: list[ScratchAudio] = []

    def make(folder: Path | None) -> ScratchAudio:
        made.append(ScratchAudio(folder))
        return made[-1]

    monkeypatch.setattr("engine.tag.clamp3.hearing.ScratchAudio", make)
    return made


def test_what_waits_on_disk_goes_with_who_listened(making: Making, scratch: list[ScratchAudio]) -> None:
    job = making()
    found(job, np.zeros(80_000))
    job.cancel_when = lambda: len(job.shares) > 3
    job.shares.clear()
    with pytest.raises(Canceled):
        found(job, played(11))
    assert [sound._file.closed for sound in scratch] == [True, True]


@pytest.mark.parametrize("sound", [np.zeros(80_000), np.random.default_rng(1).normal(0, 0.1, 100_000)])
def test_no_music_no_words(making: Making, sound: np.ndarray) -> None:
    job = making()
    facts = found(job, sound.astype(np.float32))
    assert not {"tags", "vectors"} & facts.keys()
    assert job.shares[-1] == ("ANALYZING", 1)


def test_asked_for_but_not_to_be_had_it_says_the_next_step(making: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(AppError) as caught:
        found(making(clamp=False), model="clamp3")
    assert caught.value.code is Code.MODEL_MISSING and caught.value.detail["model"] == MODEL
    assert "/fetch clamp3-saas" in str(caught.value)


def test_another_checkpoint_in_its_place_is_refused(making: Making) -> None:
    job = making()
    (job.models_dir / MODEL / "clamp3_saas.pth").write_bytes(b"something else")
    with pytest.raises(AppError) as caught:
        found(job)
    assert (caught.value.code, caught.value.key) == (Code.INVALID_INPUT, "checkpoint_unreadable")
    assert "clamp3_saas.pth" in str(caught.value)


def test_a_cancel_is_obeyed_while_it_looks_for_words(making: Making) -> None:
    job = making()
    job.cancel_when = lambda: any(share > 0.3 for _, share in job.shares)
    with pytest.raises(Canceled):
        found(job, played(11))
    assert job.annotations == {} and [path.name for path in job.temp_dir.glob("sound-*")] == []


def test_five_minutes_wait_on_disk(tmp_path: Path) -> None:
    install(tmp_path / "models")
    files = there(tmp_path / "models")
    assert files is not None
    engine = Clamp3(files)
    engine.load(FakeJob(tmp_path))
    listener = engine.listener(tmp_path, lambda done, of: None)
    block = np.random.default_rng(1).normal(0, 0.1, 24_000).astype(np.float32)
    listener.add(block)
    tracemalloc.start()
    try:
        for _ in range(299):
            listener.add(block)
        heard = listener.result()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert heard.windows == 60 and peak < 300 * block.nbytes / 4
