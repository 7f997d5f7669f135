"""Upscaling as a job: files, record, picture, tags, hostile input, cancellation."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.audio.tags import Chapter, Cover, Tags, read_tags, store_tags
from engine.errors import AppError, Code
from engine.jobs.job import Job, Request
from engine.library.record import Record
from engine.upscale.splice import filtered, low_pass
from tests.audio.sounds import noise
from tests.conftest import Running, leftovers

RATE_HZ = 48_000
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)


def muffled(channels: int, samples: int, rate_hz: int = RATE_HZ, cutoff_hz: float = 6000) -> np.ndarray:
    """Pink-like noise that ends at `cutoff_hz`, with an offset."""
    white = noise(channels, samples)
    pink = np.cumsum(white, axis=1) * 0.02 + white * 0.05
    pink -= pink.mean(axis=1, keepdims=True)
    sound = filtered(pink.astype(np.float32), low_pass(cutoff_hz, rate_hz)) if cutoff_hz < rate_hz / 2 else pink
    return np.asarray(0.3 * sound / np.abs(sound).max() + 0.01, np.float32)


def brought(running: Running, path: Path, sound: np.ndarray, rate_hz: int = RATE_HZ) -> str:
    soundfile.write(path, sound.T, rate_hz, subtype="FLOAT" if path.suffix == ".wav" else "PCM_24")
    return running.upload(path)


def upscale(running: Running, key: str, **wishes: Any) -> Job:
    job = running.application.scheduler.submit(Request("upscale", {"source": key, **wishes}))
    return running.done(job, timeout_s=300)


def sound_of(running: Running, record: Record) -> tuple[np.ndarray, int]:
    sound, rate_hz = soundfile.read(running.settings.audio_dir / record.file, dtype="float32", always_2d=True)
    return sound.T, rate_hz


def test_the_treble_comes_back_and_the_rest_stays(running: Running, tmp_path: Path) -> None:
    sound = muffled(2, 6 * RATE_HZ)
    key = brought(running, tmp_path / "песня 歌.wav", sound)
    record = running.record(upscale(running, key, seed=7, format="wav", bit_depth="32f"))
    made, rate_hz = sound_of(running, record)
    assert (record.model, record.prompt, record.parameters.seed) == ("harmonic", "песня 歌", 7)
    assert rate_hz == RATE_HZ and made.shape == sound.shape
    details = record.details
    assert 5500 < details["cutoff_hz"] < 7000 and details["note"] is None and details["source"] == key
    assert details["energy_gained_db"] > 10 and details["low_band_difference_db"] < -90
    assert details["source_loudness_lufs"] is not None
    low = low_pass(details["cutoff_hz"] * 2 ** (-1 / 3), RATE_HZ)
    changed = filtered(made - sound, low)
    assert np.square(changed).mean() < 1e-9 * np.square(sound).mean()
    assert abs(float(made.mean()) - float(sound.mean())) < 1e-6


def test_the_picture_lies_beside_the_file_and_goes_with_it(running: Running, tmp_path: Path) -> None:
    record = running.record(upscale(running, brought(running, tmp_path / "a.wav", muffled(1, RATE_HZ))))
    picture = running.settings.audio_dir / f"{record.name}.png"
    assert record.picture == picture.name and picture.read_bytes().startswith(b"\x89PNG")
    assert running.application.library.beside_key(record.id, "picture") == f"audio/{picture.name}"
    moved = running.settings.audio_dir / "other.json"
    (running.settings.audio_dir / f"{record.name}.json").rename(moved)
    running.application.library.sync(full=True)
    renamed = running.application.library.record(record.id)
    assert renamed.picture == "other.png" and (running.settings.audio_dir / "other.png").exists()
    running.application.library.delete(record.id)
    assert not list(running.settings.audio_dir.glob("other.*"))


def test_what_the_file_said_goes_along(running: Running, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, muffled(2, RATE_HZ).T, RATE_HZ)
    store_tags(path, Tags.of({"title": "Song", "album": "Album", "lyrics": "la la"}, [Cover(PICTURE, "image/png")]))
    path.chmod(0o444)
    key = running.upload(path)
    record = running.record(upscale(running, key, flac_level=8))
    tags = read_tags(running.settings.audio_dir / record.file)
    assert record.file.endswith(".flac")
    assert (tags.texts["title"], tags.texts["album"], tags.texts["lyrics"]) == ("Song · restored", "Album", "la la")
    assert [cover.data for cover in tags.covers] == [PICTURE]


@pytest.mark.parametrize(
    ("channels", "rate_hz", "samples"),
    [(1, 8000, 20_000), (6, 44_100, 20_000), (2, 192_000, 100_001), (2, 44_100, 1), (1, RATE_HZ, 777)],
)
def test_any_shape_of_sound(running: Running, tmp_path: Path, channels: int, rate_hz: int, samples: int) -> None:
    sound = noise(channels, samples) * 0.3
    key = brought(running, tmp_path / "a.wav", sound, rate_hz)
    record = running.record(upscale(running, key, target_rate="96000", format="wav"))
    made, rate = sound_of(running, record)
    assert rate == 96_000 and made.shape == (channels, max(1, (2 * samples * rate + rate_hz) // (2 * rate_hz)))
    assert np.isfinite(made).all() and np.abs(made).max() < 1.2 * np.abs(sound).max() + 0.1


def test_what_a_model_cannot_make_is_said(running: Running, tmp_path: Path) -> None:
    key = brought(running, tmp_path / "a.wav", muffled(1, 60_000))
    notes = [
        running.record(upscale(running, key, **wish)).details["note"]
        for wish in ({"target_rate": "192000"}, {"model": "resample"}, {"cutoff_hz": 24_000})
    ]
    assert notes == ["reach", "resampled", "nothing_missing"]
    silent = brought(running, tmp_path / "s.wav", np.zeros((2, 30_000), np.float32))
    record = running.record(upscale(running, silent))
    assert not sound_of(running, record)[0].any() and record.details["energy_gained_db"] is None


def test_a_preview_is_five_seconds_of_the_spot(running: Running, tmp_path: Path) -> None:
    sound = muffled(1, 12 * RATE_HZ)
    key = brought(running, tmp_path / "a.wav", sound)
    record = running.record(upscale(running, key, preview_at_s=4, model="resample", format="wav", bit_depth="32f"))
    assert np.array_equal(sound_of(running, record)[0], sound[:, 4 * RATE_HZ : 9 * RATE_HZ])
    path = tmp_path / "chapters.flac"
    soundfile.write(path, sound.T, RATE_HZ)
    store_tags(path, Tags.of({"title": "Song"}, chapters=[Chapter(0, "a"), Chapter(6, "b"), Chapter(9, "c")]))
    tagged = running.upload(path)
    part = running.record(upscale(running, tagged, preview_at_s=4, model="resample"))
    tags = read_tags(running.settings.audio_dir / part.file)
    assert tags.texts["title"] == "Song · preview" and tags.chapters == [Chapter(0, "a"), Chapter(2, "b")]
    job = upscale(running, key, preview_at_s=13)
    assert job.status == "FAILED" and job.error and job.error["code"] == "INVALID_INPUT"


def test_what_is_no_sound_leaves_nothing(running: Running, tmp_path: Path) -> None:
    bad = np.full((1, 5000), np.nan, np.float32)
    with pytest.raises(AppError) as error:
        brought(running, tmp_path / "nan.wav", bad)
    assert error.value.code is Code.INVALID_INPUT
    for content in (b"", b"RIFF\x24\0\0\0WAVEfmt ", b"fLaC no sound"):
        with pytest.raises(AppError) as error:
            running.application.uploads.add(io.BytesIO(content), "x.flac")
        assert error.value.code is Code.UNSUPPORTED_AUDIO
    assert not leftovers(running.settings)


def test_the_same_seed_gives_the_same_bytes(running: Running, tmp_path: Path) -> None:
    key = brought(running, tmp_path / "a.wav", muffled(2, 50_000))
    records = [running.record(upscale(running, key, seed=seed)) for seed in (1, 1, 2)]
    first, again, other = ((running.settings.audio_dir / record.file).read_bytes() for record in records)
    assert first == again != other


def test_a_cancel_leaves_nothing_behind(running: Running, tmp_path: Path) -> None:
    key = brought(running, tmp_path / "long.wav", muffled(2, 60 * RATE_HZ))
    before = running.application.library.count()
    job = running.application.scheduler.submit(Request("upscale", {"source": key}))
    running.until(
        lambda: (row := running.application.scheduler.views.row(running.job(job)))["stage"] == "INFERRING" and row
    )
    running.application.scheduler.cancel(job.id)
    assert running.done(job, timeout_s=30).status == "CANCELED"
    running.until(lambda: not leftovers(running.settings))
    assert running.application.library.count() == before
