"""`/mix` as a job: files, records, tags, formats, the command line, and what a cancel leaves."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.app import Application
from engine.audio.tags import read_tags
from engine.jobs.job import JobStatus, Request
from engine.library.record import Record, StemFile
from tests.conftest import Running, leftovers, make_settings
from tests.stemmed import RATE_HZ, make_stemmed, noise
from tests.test_terminal import run as run_terminal

STEMS = {"drums": noise(2, 1, level=0.8), "bass": noise(2, 2, level=0.8)}


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = make_settings(tmp_path_factory.mktemp("application"))
    tags = {"title": "calm", "album": "Тетрадь", "artist": "Anna", "comment": "old"}
    make_stemmed(settings, STEMS, name="source", title="calm", tags=tags)
    make_stemmed(settings, {name: noise(120, n) for n, name in enumerate(("drums", "bass"))}, name="long")
    application = Application.open(settings)
    application.library.sync()
    try:
        yield Running(application)
    finally:
        application.close()


def key(life: Running, name: str) -> str:
    record = Record.model_validate_json((life.settings.audio_dir / f"{name}.json").read_bytes())
    return f"track:{record.id}"


def mix(life: Running, **params: object) -> tuple[Record, Path]:
    record = life.made("mix", source=key(life, "source"), **params)
    return record, life.audio(record.id)


def test_a_stem_becomes_a_track_of_the_very_same_samples(life: Running) -> None:
    record, path = mix(life, levels="bass", bit_depth="32f")
    sound, rate_hz = soundfile.read(path, dtype="float32")
    assert rate_hz == RATE_HZ and sound.T.tobytes() == STEMS["bass"].tobytes()
    assert record.prompt == "calm · bass" and record.sources == [key(life, "source")] and record.model == "mix"
    assert record.details["stems"] == {"bass": {"gain": 1, "pan": 0}}


def test_tags_of_the_source_go_along(life: Running) -> None:
    for format_ in ("wav", "flac", "mp3"):
        texts = read_tags(mix(life, format=format_)[1]).texts
        assert (texts["album"], texts["artist"], texts["title"]) == ("Тетрадь", "Anna", "calm · mix")
        assert (texts["comment"], texts["audiocraft-webui"]) == ("old", "mix: mix")


@pytest.mark.parametrize(("format_", "floor_db"), [("wav", -130), ("flac", -130), ("mp3", -8)])
def test_the_file_is_the_sum(life: Running, format_: str, floor_db: float) -> None:
    """MP3 takes the top off white noise: only the place and the level of the rest are tested there."""
    _, path = mix(life, levels="drums=0.5 bass=0.4", format=format_, from_s=0.5, to_s=1.5)
    sound = soundfile.read(path, dtype="float64")[0].T
    wanted = (0.5 * STEMS["drums"] + 0.4 * STEMS["bass"])[:, RATE_HZ // 2 : RATE_HZ * 3 // 2].astype(np.float64)
    assert sound.shape == wanted.shape
    assert 10 * np.log10(np.sum((sound - wanted) ** 2) / np.sum(wanted**2)) < floor_db


@pytest.mark.parametrize("bit_depth", ["16", "24", "32f"])
def test_peaks_above_full_scale_are_counted_or_lowered(life: Running, bit_depth: str) -> None:
    total = STEMS["drums"] + STEMS["bass"]
    clipped = 0 if bit_depth == "32f" else int(np.count_nonzero(np.abs(total) > 1))
    kept, _ = mix(life, bit_depth=bit_depth)
    assert kept.levels.clipped_samples == clipped and kept.details["peak_dbfs"] > 3 and kept.levels.lowered_db == 0
    lowered, path = mix(life, peaks="lower", bit_depth=bit_depth)
    assert lowered.levels.clipped_samples == 0 and lowered.levels.lowered_db > 4
    assert -1.05 < lowered.levels.true_peak_dbtp <= -1  # type: ignore[operator]
    sound = soundfile.read(path, dtype="float32")[0].T
    assert np.abs(sound - total * 10 ** (-lowered.levels.lowered_db / 20)).max() < 1e-3
    quiet, _ = mix(life, levels="drums=0.1 bass=0.1", peaks="lower", bit_depth=bit_depth)
    assert quiet.levels.lowered_db == 0


def test_a_track_without_stems_fails_in_words(life: Running) -> None:
    plain = life.done(life.debug())
    job = life.done(life.application.scheduler.submit(Request("mix", {"source": f"track:{plain.track_ids[0]}"})))
    assert job.error and job.error["detail"]["key"] == "error.mix_without_stems"


def test_the_stems_of_a_debug_track_tell_their_rate(life: Running) -> None:
    job = life.done(life.debug(beside=True))
    record = life.application.library.record(job.track_ids[0])
    assert [(stem.rate_hz, stem.channels) for stem in record.stems] == [(44_100, 2)] * 2
    pictures = life.settings.peaks_dir / f"{record.id}.stems"
    assert sorted(path.name for path in pictures.iterdir()) == ["high.json", "low.json"]
    assert max(json.loads((pictures / "low.json").read_text())["peaks"][0]) == pytest.approx(0.125, abs=0.005)
    old = StemFile.model_validate({"name": "drums", "file": "drums.wav", "duration_s": 1, "samples": 44100})
    assert old.rate_hz is None and old.channels is None


def test_a_canceled_mix_leaves_nothing(life: Running) -> None:
    before = sorted(life.settings.audio_dir.iterdir())
    request = Request("mix", {"source": key(life, "long"), "peaks": "lower", "format": "flac"})
    job = life.running(life.application.scheduler.submit(request))
    life.application.scheduler.cancel(job.id)
    assert life.done(job).status is JobStatus.CANCELED
    assert sorted(life.settings.audio_dir.iterdir()) == before and leftovers(life.settings) == []


def test_the_command_line_mixes(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    made = make_stemmed(settings, STEMS, name="source")
    reindexed = run_terminal(tmp_path, "reindex")
    assert reindexed.returncode == 0, reindexed.stderr
    flags = ["--source", f"track:{made.id}", "--to-s", "1", "--bit-depth", "32f", "--json"]
    done = run_terminal(tmp_path, "mix", "drums=0.5 bass=1@-1", *flags)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    sound = soundfile.read(settings.audio_dir / record["file"], dtype="float32")[0].T
    bass = STEMS["bass"][:, :RATE_HZ]
    wanted = 0.5 * STEMS["drums"][:, :RATE_HZ] + np.stack([bass[0] + bass[1], 0 * bass[1]])
    assert np.abs(sound - wanted).max() < 1e-6
    refused = run_terminal(tmp_path, "mix", "drums=9", "--source", f"track:{made.id}")
    assert refused.returncode == 2 and "drums=0.8" in refused.stderr
