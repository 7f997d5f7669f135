"""Splitting as a job: files, record, tags, follow-up, formats, hostile input, cancellation."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml

from engine.audio.decode import probe
from engine.audio.encode import write
from engine.audio.tags import Cover, Tags, read_tags, store_tags
from engine.errors import AppError, Code
from engine.jobs.job import Job, Request
from engine.library.record import Record
from engine.parameters import Format
from tests.audio.sounds import noise
from tests.conftest import Running, leftovers
from tests.split.made_sources import written
from tests.split.roformer.tiny import TINY, document

MODELS = ("htdemucs",)
RATE_HZ = 44_100
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)


def split(running: Running, key: str, **wishes: Any) -> Job:
    job = running.application.scheduler.submit(Request("split", {"source": key, **wishes}))
    return running.done(job, timeout_s=240)


def stems_of(running: Running, record: Record) -> dict[str, np.ndarray]:
    folder = running.settings.output / "stems" / record.name
    return {s.name: soundfile.read(folder / s.file, dtype="float32", always_2d=True)[0].T for s in record.stems}


def test_the_stems_lie_beside_the_mix_with_its_words_and_cover(running: Running, tmp_path: Path) -> None:
    mix = noise(2, 3 * RATE_HZ) * 0.3
    path = tmp_path / "my song.flac"
    write(path, mix, RATE_HZ, format=Format.FLAC, bit_depth="24", tags={"title": "Song", "album": "Album"})
    store_tags(path, Tags({}, [Cover(PICTURE, "image/png")]))
    record = running.record(split(running, running.upload(path), residual=True))
    assert record.prompt == "Song" and record.model == "htdemucs" and record.command == "split"
    assert [stem.name for stem in record.stems] == ["drums", "bass", "other", "vocals"]
    assert record.details["stems"] == ["drums", "bass", "other", "vocals"] and record.details["window_s"] == 1.5
    stems = stems_of(running, record)
    sound = soundfile.read(running.settings.audio_dir / record.file, dtype="float32")[0].T
    assert np.abs(sum(stems.values()) - sound).max() < 10 ** (-90 / 20)
    for stem in record.stems:
        file = running.settings.output / "stems" / record.name / stem.file
        tags = read_tags(file)
        assert probe(file).codec == "float" and (stem.rate_hz, stem.channels) == (RATE_HZ, 2)
        assert tags.texts["title"] == f"Song · {stem.name}" and tags.texts["album"] == "Album"
        assert [cover.data for cover in tags.covers] == [PICTURE]


@pytest.mark.parametrize(
    ("channels", "rate_hz", "samples"),
    [(1, RATE_HZ, 50_000), (6, 48_000, 20_000), (2, 96_000, 100_001), (2, RATE_HZ, 1), (9, 8000, 3000)],
)
def test_any_shape_of_sound(running: Running, tmp_path: Path, channels: int, rate_hz: int, samples: int) -> None:
    mix = noise(channels, samples) * 0.3
    key = running.upload(written(tmp_path / "a.wav", mix, rate_hz))
    record = running.record(split(running, key, stems="vocals", two_stems=True, residual=True))
    stems = stems_of(running, record)
    assert list(stems) == ["vocals", "instrumental"]
    assert {stem.shape for stem in stems.values()} == {(channels, samples)}
    assert {stem.rate_hz for stem in record.stems} == {rate_hz}
    assert np.abs(sum(stems.values()) - mix).max() < 10 ** (-90 / 20)


def test_silence_and_sound_over_full_scale(running: Running, tmp_path: Path) -> None:
    silent = written(tmp_path / "s.wav", np.zeros((2, 30_000), np.float32))
    stems = stems_of(running, running.record(split(running, running.upload(silent))))
    assert len(stems) == 4 and not any(stem.any() for stem in stems.values())
    loud = written(tmp_path / "l.wav", noise(2, 30_000) * 3)
    record = running.record(split(running, running.upload(loud), residual=True))
    assert np.abs(stems_of(running, record)["other"]).max() > 1  # nothing is brought down, nothing is cut
    assert all(stem.clipped_samples == 0 for stem in record.stems)


def test_formats_say_what_they_could_not_hold(running: Running, tmp_path: Path) -> None:
    key = running.upload(written(tmp_path / "l.wav", noise(2, 60_000) * 3))
    for kind, depth in (("flac", "16"), ("mp3", "32f"), ("wav", "24"), ("ogg", "32f"), ("opus", "32f")):
        record = running.record(split(running, key, residual=True, format=kind, bit_depth=depth))
        assert record.file.endswith(kind) and all(stem.file.endswith(kind) for stem in record.stems)
        assert sum(stem.clipped_samples for stem in record.stems) > 0
    record = running.record(split(running, key, sample_rate="48000"))
    assert {stem.rate_hz for stem in record.stems} == {48_000}


def test_the_same_input_gives_the_same_bytes(running: Running, tmp_path: Path) -> None:
    key = running.upload(written(tmp_path / "a.wav", noise(2, 120_000)))
    made = [running.record(split(running, key, shifts=2, stems="bass")) for _ in range(2)]
    first, second = (
        (running.settings.output / "stems" / record.name / record.stems[0].file).read_bytes() for record in made
    )
    assert first == second


def test_a_split_follows_what_was_generated(running: Running) -> None:
    wish = {"prompt": "calm piano", "duration": 3, "seed": 1, "stem_split": "vocals"}
    parent = running.done(running.application.scheduler.submit(Request("generate", wish)), timeout_s=120)
    [child] = running.application.queue.children(parent.id)
    assert running.done(child, timeout_s=120).status == "COMPLETED"
    made = running.job(child).track_ids
    block = running.until(lambda: (b := running.record(parent).postprocess).status == "done" and b)
    [task] = block.tasks
    assert (task.type, task.status, task.tracks) == ("stem_split", "done", made)
    assert running.record(parent).parameters.stem_split.model_dump() == {"requested": "vocals", "status": "done"}
    record = running.application.library.record(made[0])
    assert [stem.name for stem in record.stems] == ["vocals"] and record.sources == [f"track:{parent.track_ids[0]}"]


def test_what_cannot_be_split_is_said_and_nothing_is_left(running: Running, tmp_path: Path) -> None:
    key = running.upload(written(tmp_path / "a.wav", noise(2, 5000)))
    before = running.application.library.count()
    for wishes, code in (
        ({"model": "bs-roformer-viperx"}, "MODEL_MISSING"),
        ({"stems": "piano"}, "INVALID_INPUT"),
        ({"two_stems": True}, "INVALID_INPUT"),
        ({"segment_s": 9}, "INVALID_INPUT"),
    ):
        job = split(running, key, **wishes)
        assert job.status == "FAILED" and job.error and job.error["code"] == code, (wishes, job.error)
    assert running.application.library.count() == before and not leftovers(running.settings)
    with pytest.raises(AppError) as error:
        running.application.uploads.add(io.BytesIO(b"RIFF....WAVE no sound"), "x.wav")
    assert error.value.code is Code.UNSUPPORTED_AUDIO


def test_an_own_model_is_judged_at_the_request(running: Running, tmp_path: Path) -> None:
    key = running.upload(written(tmp_path / "a.wav", noise(2, 5000)))
    models = running.settings.models
    for name, weights, config in (
        ("cut", b"PK\x03\x04", "model: {dim: 8, depth: 0, stereo: true}"),
        ("text", b"no weights", yaml.dump(document(TINY))),
    ):
        (models / name).mkdir(parents=True)
        (models / name / "w.ckpt").write_bytes(weights)
        (models / name / "w.yaml").write_text(config, encoding="utf-8")
    for name, code, said in (
        ("../../etc", Code.INVALID_INPUT, "own_model"),
        ("..", Code.INVALID_INPUT, "own_model"),
        ("a/b/c", Code.INVALID_INPUT, "own_model"),
        ("nowhere", Code.MODEL_MISSING, "nowhere"),
        ("cut", Code.INVALID_INPUT, "w.yaml is refused: depth must be at least 1, not 0"),
        ("text", Code.INVALID_INPUT, "w.ckpt"),
    ):
        with pytest.raises(AppError) as error:
            running.application.scheduler.submit(Request("split", {"source": key, "model": "own", "own_model": name}))
        assert error.value.code is code and said in str(error.value), (name, error.value)


def test_a_cancel_leaves_nothing_behind(running: Running, tmp_path: Path) -> None:
    key = running.upload(written(tmp_path / "long.wav", noise(2, 120 * RATE_HZ)))
    before = running.application.library.count()
    job = running.application.scheduler.submit(Request("split", {"source": key, "shifts": 10}))
    running.until(
        lambda: (row := running.application.scheduler.views.row(running.job(job)))["stage"] == "SEPARATING" and row
    )
    running.application.scheduler.cancel(job.id)
    assert running.done(job, timeout_s=30).status == "CANCELED"
    running.until(lambda: not leftovers(running.settings))
    assert running.application.library.count() == before
