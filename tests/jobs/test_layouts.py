"""A sound's layout through every command: upload, upscale, split, mix, match, append."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from engine.audio.decode import probe, read
from engine.audio.layouts import named
from engine.database import metrics
from engine.library.record import Record, RecordParameters, StemFile
from tests.audio.sounds import Audio, tone_levels, write_places
from tests.conftest import Running

MODELS = ("htdemucs",)
RATE_HZ = 48_000
LAYOUTS = [("3.1", "flac", "flac"), ("4.0", "aac", "ipod"), ("2.1", "pcm_s16le", "wav"), ("5.1(side)", "ac3", "ac3")]


def frequencies_hz(name: str) -> list[int]:
    """A tone for each channel; low-frequency effects have the lowest."""
    places = named(name).places
    return [70 if place == "LFE" else 300 + 250 * channel for channel, place in enumerate(places)]


def tones_in(name: str, seconds: float = 3) -> Audio:
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.stack([0.2 * np.sin(2 * np.pi * f_hz * time_s) for f_hz in frequencies_hz(name)]).astype(np.float32)


def brought(running: Running, folder: Path, name: str, codec: str, container: str) -> dict[str, Any]:
    path = folder / f"sound.{container}"
    write_places(path, tones_in(name), RATE_HZ, name, codec, container)
    with path.open("rb") as stream:
        return dict(running.application.uploads.add(stream, path.name))


def assert_in_place(running: Running, record: Record, name: str) -> None:
    """The file has the layout, each tone is in its own channel, and the record and the stems say so."""
    path = running.settings.audio_dir / record.file
    assert (probe(path).layout, record.parameters.layout) == (named(name), name)
    assert record.parameters.channels == named(name).channels
    audio, rate_hz = read(path)
    levels = tone_levels(audio, rate_hz, frequencies_hz(name))
    assert list(levels.argmax(axis=1)) == list(range(len(audio))), np.round(levels, 3)
    assert {stem.layout for stem in record.stems} <= {name}


@pytest.mark.parametrize(("name", "codec", "container"), LAYOUTS)
def test_a_layout_goes_through_every_command(
    running: Running, tmp_path: Path, name: str, codec: str, container: str
) -> None:
    facts = brought(running, tmp_path, name, codec, container)
    assert (facts["layout"], facts["channels"]) == (name, named(name).channels)
    key = facts["key"]
    assert_in_place(running, running.made("upscale", source=key, model="harmonic", target_rate="48000"), name)
    separated = running.made("split", source=key, residual=True, format="flac")
    assert_in_place(running, separated, name)
    assert {stem.layout for stem in separated.stems} == {name}
    assert_in_place(running, running.made("mix", source=f"track:{separated.id}"), name)
    matched = running.made("match", source=key, style='{"stereo": {"width": 1.4}, "limiter": null}', format="flac")
    assert_in_place(running, matched, name)
    with running.application.database.read() as connection:
        history = select(metrics.c.tp_db, metrics.c.stft_dist).where(metrics.c.job_id == matched.job_id)
        assert connection.execute(history).one() == (matched.details["match"]["metrics"]["after"]["tp_db"], None)


def test_a_format_that_lacks_a_layout_says_what_became_of_it(running: Running, tmp_path: Path) -> None:
    key = brought(running, tmp_path, "4.0", "aac", "ipod")["key"]
    for kind, layout, note in (
        ("mp3", "stereo", "channels_2"),
        ("ogg", "6.1", "layout_6.1"),
        ("opus", "6.1", "layout_6.1"),
    ):
        record = running.made("upscale", source=key, model="resample", target_rate="48000", format=kind)
        assert (record.parameters.layout, record.parameters.format_note) == (layout, note)
        audio, rate_hz = read(running.settings.audio_dir / record.file, channels=2)
        left, right = tone_levels(audio, rate_hz, frequencies_hz("4.0"))
        assert left[0] > 50 * left[1] and right[1] > 50 * right[0]
        assert left[2] == pytest.approx(right[2], rel=0.02) and left[3] == pytest.approx(right[3], rel=0.02)
        assert left[2] / left[0] == pytest.approx(0.5**0.5, rel=0.03)
        assert left[3] / left[0] == pytest.approx(0.5, rel=0.03)


def test_a_clip_is_appended_to_by_its_places(running: Running, tmp_path: Path) -> None:
    """The centre of 4.0 comes before a stereo piece in the middle, not on the left."""
    key = brought(running, tmp_path, "4.0", "aac", "ipod")["key"]
    record = running.made("generate", prompt="calm piano", duration=4, seed=1, continuation_source=key, format="wav")
    assert record.parameters.layout == "stereo"
    audio, rate_hz = read(running.settings.audio_dir / record.file, duration_s=2)
    left, right = tone_levels(audio, rate_hz, frequencies_hz("4.0"))
    assert left[2] == pytest.approx(right[2], rel=0.02) and left[2] / left[0] == pytest.approx(0.5**0.5, rel=0.03)


def test_old_records_have_no_layout() -> None:
    record = {"format": "wav", "format_requested": "wav", "sample_rate": 8000, "sample_rate_requested": "original",
              "bit_depth": "24", "bit_depth_requested": "24", "channels": 6, "channels_original": 6}  # fmt: skip
    assert RecordParameters.model_validate(record).layout is None
    assert StemFile(name="drums", file="drums.wav", duration_s=1, samples=1).layout is None
