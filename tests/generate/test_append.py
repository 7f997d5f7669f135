"""Append mode: clip first, new part at its loudness."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.generate.append import appended
from engine.generate.params import GenerateParams
from engine.generate.run import run
from engine.library.inputs import Input
from tests.fake_job import FakeJob

RATE_HZ = 44_100


def clip(folder: Path, level: float, seconds: float = 1.0, rate_hz: int = 22_050, channels: int = 1) -> Path:
    noise = np.random.default_rng(1).uniform(-level, level, (round(seconds * rate_hz), channels))
    soundfile.write(folder / "clip.wav", noise, rate_hz, subtype="FLOAT")
    return folder / "clip.wav"


def noise(level: float, seconds: float = 0.5) -> np.ndarray:
    return np.random.default_rng(2).uniform(-level, level, (2, round(seconds * RATE_HZ))).astype(np.float32)


@pytest.mark.parametrize(
    ("of_clip", "of_new", "gain"), [(0.2, 0.1, 2.0), (0.1, 0.2, 0.5), (0.9, 0.01, 4.0), (0.001, 0.9, 0.25)]
)
def test_the_new_part_takes_the_clips_loudness_within_limits(
    tmp_path: Path, of_clip: float, of_new: float, gain: float
) -> None:
    new = noise(of_new)
    sound, facts = appended(clip(tmp_path, of_clip, rate_hz=RATE_HZ), new, RATE_HZ)
    whole = np.concatenate(list(sound), axis=1)
    assert whole.shape == (2, RATE_HZ + new.shape[1])
    assert facts["continuation_loudness_gain_applied"] == pytest.approx(gain, rel=0.02)
    applied = np.float32(facts["continuation_loudness_gain_applied"])
    assert np.allclose(whole[:, RATE_HZ:], new * applied, rtol=1e-3)
    original, _ = soundfile.read(tmp_path / "clip.wav")
    assert np.allclose(whole[0, :RATE_HZ], original, atol=1e-6)


def test_nothing_is_clipped_and_what_would_be_inaudible_keeps_its_level(tmp_path: Path) -> None:
    spike = noise(0.1)
    spike[:, 100] = 0.8
    sound, facts = appended(clip(tmp_path, 1.0), spike, RATE_HZ)
    assert np.abs(list(sound)[-1]).max() <= 1.0 and not facts["continuation_loudness_reverted"]
    quiet = noise(0.002)
    _, facts = appended(clip(tmp_path, 0.0004), quiet, RATE_HZ)
    assert facts["continuation_loudness_reverted"] and facts["continuation_loudness_gain_applied"] == 1.0
    _, facts = appended(clip(tmp_path, 0.0), noise(0.1), RATE_HZ)
    assert facts["continuation_loudness_gain_applied"] == 1.0  # after silence nothing is matched


def test_a_generated_part_follows_the_clip_and_the_record_says_so(tmp_path: Path) -> None:
    job = FakeJob(tmp_path)
    job.inputs["upload:" + "a" * 32] = Input(clip(tmp_path, 0.3, 2.0, 48_000, channels=6))
    run(GenerateParams(prompt="calm piano", duration=3, seed=1, continuation_source="upload:" + "a" * 32), job)
    track = job.tracks[-1]
    assert track["audio"].shape == (2, 5 * RATE_HZ)
    assert track["parameters"]["append_mode"] and track["parameters"]["continuation_original_seconds"] == 2.0
    assert track["midi"][:4] == b"MThd"
