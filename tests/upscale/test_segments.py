"""A restoration in segments has the bits of one piece, by every engine, at every rate and length."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio.encode import write
from engine.library.inputs import Input
from engine.parameters import Format
from engine.upscale import COMMAND, segments
from engine.upscale.memory import Tier
from engine.upscale.params import UpscaleParams
from engine.upscale.run import run
from tests.fake_job import FakeJob
from tests.segmenting import SegmentingJob
from tests.upscale.audiolbm.tiny import write_tiny
from tests.upscale.audiosr import tiny
from tests.upscale.test_run import muffled
from tests.wants import wants

SOURCE = "track:" + "1" * 32
SEGMENT_S, WINDOW_S = 2.0, 3.0


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_S", SEGMENT_S)
    monkeypatch.setattr(segments, "LONG_S", 0.0)
    monkeypatch.setattr("engine.upscale.run.Tier", lambda window_s, jobs: Tier(WINDOW_S, jobs))
    monkeypatch.setattr("engine.upscale.run.tier", lambda free_gb: Tier(WINDOW_S, 1))


def both(folder: Path, channels: int, samples: int, rate_hz: int, **wishes: Any) -> tuple[Any, Any, Any]:
    """The track of one piece, that of segments, and these."""
    path = folder / "song.wav"
    write(path, muffled(channels, samples, rate_hz), rate_hz, format=Format.WAV, bit_depth="32f")
    params = UpscaleParams(source=SOURCE, **{"seed": 5, **wishes})
    alone, cut = FakeJob(folder), SegmentingJob(folder, COMMAND, params)
    for job in (alone, cut):
        job.inputs[SOURCE] = Input(path)
        run(params, job)
    return alone.tracks[0], cut.tracks[0], cut.made


@pytest.mark.parametrize(
    ("rate_hz", "channels", "seconds"),
    [(48_000, 2, 8.0), (44_100, 2, 7.0 + 1 / 44_100), (44_100, 6, 5.1), (96_000, 1, 7.5)],
)
def test_the_built_in_engine(tmp_path: Path, rate_hz: int, channels: int, seconds: float) -> None:
    wishes = {"model": "harmonic", "target_rate": "96000" if rate_hz == 96_000 else "48000", "cutoff_hz": 6000}
    one, other, made = both(tmp_path, channels, round(seconds * rate_hz), rate_hz, **wishes)
    assert len(made) >= 2 and np.array_equal(one["audio"], other["audio"])
    assert one["details"] == other["details"]


def test_every_attempt_draws_the_same_seed(tmp_path: Path) -> None:
    """Else the segments of an earlier one were of no use."""
    one, other, made = both(tmp_path, 1, 6 * 48_000, 48_000, model="harmonic", cutoff_hz=6000, seed=None)
    assert len(made) >= 2 and one["parameters"]["seed"] == other["parameters"]["seed"]
    assert np.array_equal(one["audio"], other["audio"])


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(
    "wishes",
    [
        {"model": "audiosr-basic", "steps": 2, "precision": "fp32"},
        {"model": "audiolbm", "steps": 2, "precision": "fp32"},
    ],
    ids=["sr", "lbm"],
)
@pytest.mark.slow
def test_networks(tmp_path: Path, wishes: dict[str, Any], full: bool) -> None:
    if wishes["model"] == "audiosr-basic" and not full:
        pytest.skip(wants("full counts"))
    tiny.install(tmp_path / "models")
    write_tiny(tmp_path / "models", 48_000)
    one, other, made = both(tmp_path, 1, 4 * 44_100 + 1, 44_100, **wishes, cutoff_hz=6000)
    assert len(made) == 2 and np.array_equal(one["audio"], other["audio"])


def test_what_is_to_be_one_piece_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not both(tmp_path, 1, 6 * 48_000, 48_000, model="resample")[2]
    assert not both(tmp_path, 1, 6 * 48_000, 48_000, model="harmonic", cutoff_hz=6000, preview_at_s=2)[2]
    monkeypatch.setattr(segments, "LONG_S", 7.0)
    assert not both(tmp_path, 1, 6 * 48_000, 48_000, model="harmonic", cutoff_hz=6000)[2]
