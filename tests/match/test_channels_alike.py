"""One channel and two equal ones are the same sound: what is found, and what comes out, is the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio.encode import write
from engine.audio.loudness import measure
from engine.library.inputs import Input
from engine.match.params import MatchParams
from engine.match.render import render
from engine.match.run import run
from engine.match.style import EqBand, StyleParams
from engine.parameters import Format
from tests.fake_job import FakeJob
from tests.match.test_command import REFERENCE, SOURCE, music

RATE_HZ = 44_100
BRIGHT = StyleParams(
    eq=(EqBand(type="high_shelf", f_hz=4000, gain_db=5), EqBand(f_hz=300, q=1, gain_db=-4)), limiter=None
)


def as_file(path: Path, mono: np.ndarray, channels: int) -> Path:
    write(path, np.repeat(mono, channels, axis=0), RATE_HZ, format=Format.WAV, bit_depth="32f")
    return path


@pytest.fixture(scope="module")
def sounds() -> dict[str, np.ndarray]:
    def brightened(mono: np.ndarray) -> np.ndarray:
        return np.concatenate(list(render(mono, RATE_HZ, 1, BRIGHT)), axis=1)

    dry = music(12, 1, channels=1, level=0.1)
    return {"target": dry, "A": 2 * brightened(dry), "B": brightened(music(12, 2, channels=1, level=0.3))}


@pytest.mark.parametrize("mode", ["A", "B"])
def test_a_match_is_the_same_for_one_channel_and_for_two_equal_ones(
    tmp_path: Path, sounds: dict[str, np.ndarray], mode: str
) -> None:
    made: dict[tuple[int, int], dict[str, Any]] = {}
    for own, theirs in ((1, 1), (1, 2), (2, 1), (2, 2)):
        job = FakeJob(tmp_path)
        job.inputs = {
            SOURCE: Input(as_file(tmp_path / "song.wav", sounds["target"], own)),
            REFERENCE: Input(as_file(tmp_path / "model.wav", sounds[mode], theirs)),
        }
        run(MatchParams(source=SOURCE, reference=REFERENCE, mode=mode), job)
        made[own, theirs] = job.tracks[0]
    plain = made[1, 1]
    told = plain["details"]["match"]
    assert abs(told["gain_db"]) > 3 and told["rendered"]["eq"]
    for pair, track in made.items():
        match = track["details"]["match"]
        assert match["rendered"] == told["rendered"], pair
        assert match["gain_db"] == pytest.approx(told["gain_db"], abs=0.01), pair
        assert match["ceiling_dbtp"] == pytest.approx(told["ceiling_dbtp"], abs=0.01), pair
        assert np.abs(track["audio"] - plain["audio"]).max() < 1e-3 * np.abs(plain["audio"]).max(), pair


@pytest.mark.parametrize("rate_hz", [8000, 44_100, 96_000])
def test_loudness_is_the_same_for_one_channel_and_for_two_equal_ones(rate_hz: int) -> None:
    mono = music(3, 1, channels=1, rate_hz=rate_hz)
    one, two = measure(mono, rate_hz), measure(np.repeat(mono, 2, axis=0), rate_hz)
    assert one.loudness_lufs == pytest.approx(two.loudness_lufs, abs=1e-6)
    assert one.true_peak_dbtp == two.true_peak_dbtp
