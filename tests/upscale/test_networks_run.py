"""The networks as jobs, on tiny checkpoints in their true formats: file, record, hostile input, cancellation."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.app import Application
from engine.audio.resample import resample
from engine.jobs.batch import Batch
from engine.jobs.job import Request
from engine.upscale.splice import filtered, high_pass, low_pass, splice_hz
from tests.conftest import Running, leftovers, make_settings
from tests.upscale.audiolbm.tiny import write_tiny
from tests.upscale.audiosr import tiny
from tests.upscale.test_run import RATE_HZ, brought, muffled, sound_of, upscale

AUDIOSR = {"model": "audiosr-basic", "steps": 2, "precision": "fp32"}
AUDIOLBM = {"model": "audiolbm", "steps": 3, "precision": "fp32"}
FILE = {"format": "wav", "bit_depth": "32f", "seed": 5}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = make_settings(tmp_path_factory.mktemp("application"))
    tiny.install(settings.models)
    write_tiny(settings.models, 48_000, 96_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")  # tiny networks only lose time when threads wait for each other
        application = Application.open(settings)
        try:
            yield Running(application)
        finally:
            application.close()


def shape_of(channels: int, samples: int) -> np.ndarray:
    """No channel like another, but cheap: the fourth and those after it hold what the third holds."""
    sound = muffled(min(channels, 3), max(samples, 20_000))[:, :samples]
    return sound[np.minimum(np.arange(channels), 2)]


@pytest.mark.parametrize(
    ("wishes", "rate_hz"), [(AUDIOSR, 48_000), (AUDIOLBM, 48_000), (AUDIOLBM, 96_000)], ids=["sr48", "lbm48", "lbm96"]
)
def test_treble_is_made_above_the_cut_off_and_nothing_else_moves(
    running: Running, tmp_path: Path, wishes: dict[str, Any], rate_hz: int
) -> None:
    sound = muffled(2, 2 * RATE_HZ + 333)
    key = brought(running, tmp_path / "歌.wav", sound)
    record = running.record(upscale(running, key, **wishes, **FILE, target_rate=str(rate_hz)))
    made, found_hz = sound_of(running, record)
    details = record.details
    assert found_hz == rate_hz and made.shape == (2, sound.shape[1] * rate_hz // RATE_HZ)
    assert record.model == wishes["model"] and record.parameters.seed == 5 and record.engine.device == "cpu"
    assert 5500 < details["cutoff_hz"] < 7000 and details["note"] is None
    assert (details["precision"], details["steps"], details["windows"]) == ("fp32", wishes["steps"], 1)
    assert details["sampler"] and details["runtime"] and details["new_content_up_to_hz"] == rate_hz / 2
    assert details["energy_gained_db"] > 10 and details["low_band_difference_db"] < -90
    before = resample(sound, RATE_HZ, rate_hz)
    changed = filtered(made - before, low_pass(splice_hz(details["cutoff_hz"])[0] / 2 ** (1 / 6), rate_hz))
    assert 10 * np.log10(np.square(changed).mean() / np.square(before).mean()) < -90
    treble, nothing = (filtered(wave, high_pass(1.2 * details["cutoff_hz"], rate_hz)) for wave in (made, before))
    assert (np.square(treble).mean(axis=1) > 10 * np.square(nothing).mean(axis=1)).all()
    assert (running.settings.audio_dir / str(record.picture)).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("wishes", [AUDIOSR, AUDIOLBM], ids=["sr", "lbm"])
@pytest.mark.parametrize(("channels", "samples"), [(2, 1), (1, 30_000), (6, 30_000)])
def test_any_shape_of_sound(
    running: Running, tmp_path: Path, wishes: dict[str, Any], channels: int, samples: int
) -> None:
    sound = shape_of(channels, samples)
    key = brought(running, tmp_path / "a.wav", sound)
    made, _ = sound_of(running, running.record(upscale(running, key, **wishes, **FILE, cutoff_hz=6000)))
    assert made.shape == sound.shape and np.isfinite(made).all()
    if samples == 1:
        return
    assert all(np.square(row).mean() > 0 for row in filtered(made - sound, high_pass(8000, RATE_HZ)))
    changed = filtered(made - sound, low_pass(4500, RATE_HZ))
    assert 10 * np.log10(np.square(changed).mean() / np.square(sound).mean()) < -90


@pytest.mark.parametrize("wishes", [AUDIOSR, AUDIOLBM], ids=["sr", "lbm"])
def test_silence_stays_silent(running: Running, tmp_path: Path, wishes: dict[str, Any]) -> None:
    key = brought(running, tmp_path / "s.wav", np.zeros((2, 40_000), np.float32))
    record = running.record(upscale(running, key, **wishes, **FILE, cutoff_hz=6000))
    assert not sound_of(running, record)[0].any() and record.details["energy_gained_db"] is None


@pytest.mark.parametrize("wishes", [AUDIOSR, AUDIOLBM], ids=["sr", "lbm"])
def test_a_cancel_amid_sampling_leaves_nothing_behind(running: Running, tmp_path: Path, wishes: dict[str, Any]) -> None:
    key = brought(running, tmp_path / "a.wav", muffled(1, RATE_HZ))
    before = running.application.library.count()
    request = Request("upscale", {"source": key, **wishes, "steps": 500, "sampler": "ddim"})
    job = running.application.scheduler.submit(request)

    def sampling() -> bool:
        row = running.application.scheduler.views.row(running.running(job))
        return row["stage"] == "INFERRING" and 0.13 < row["progress"] < 0.45

    running.until(sampling, timeout_s=60)
    running.application.scheduler.cancel(job.id)
    assert running.done(job, timeout_s=30).status == "CANCELED"
    running.until(lambda: not leftovers(running.settings))
    assert running.application.library.count() == before


@pytest.mark.parametrize(("free_gb", "together"), [(16.0, True), (7.0, False)])
def test_two_files_of_a_batch_run_beside_each_other_where_memory_is_roomy(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_gb: float, together: bool
) -> None:
    monkeypatch.setattr("engine.jobs.dispatch.free_mb", lambda device: int(1024 * free_gb))
    scheduler = running.application.scheduler
    sources = tuple(brought(running, tmp_path / f"{n}.wav", muffled(1, 20 * RATE_HZ) / (n + 1)) for n in range(3))
    params = {**AUDIOLBM, "steps": 500, "cutoff_hz": 6000}
    jobs = scheduler.submit_batch(Batch(secrets.token_hex(16), "upscale", params, "source", sources))

    def sampling() -> set[str]:
        rows = [scheduler.views.row(running.job(job)) for job in jobs]
        assert all(row["status"] in ("PENDING", "RUNNING") for row in rows)
        return {row["id"] for row in rows if row["stage"] == "INFERRING"}

    running.until(lambda: len(sampling()) == (2 if together else 1), timeout_s=60)
    statuses = [running.job(job).status for job in jobs]
    assert statuses == ["RUNNING", "RUNNING" if together else "PENDING", "PENDING"]
    scheduler.cancel_batch(str(jobs[0].batch_id))
    running.done(*jobs)
