"""The built-in engine keeps every engine's contract; what is not there is said."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import firwin

from engine.errors import AppError, Code
from engine.library.inputs import Input
from engine.upscale.harmonic import Harmonic
from engine.upscale.params import UpscaleParams
from engine.upscale.run import run
from engine.upscale.splice import filtered, low_pass
from tests.audio.sounds import noise
from tests.engine_contract import Case, EngineContract
from tests.fake_job import FakeJob
from tests.split.made_sources import written

KEY = "upload:" + "0" * 32


@cache
def muffled(seconds: int) -> np.ndarray:
    return filtered(noise(1, seconds * 48_000) * 0.3, low_pass(6000, 48_000))


def use(engine: Harmonic, job: FakeJob, seed: int, seconds: int = 1) -> np.ndarray:
    def tick(share: float) -> None:
        job.progress(share, 1)

    return engine.restore(muffled(seconds), cutoff_hz=6000, peak=0.3, seed=seed, tick=tick)


def toil(engine: Harmonic, job: FakeJob) -> None:
    for seed in range(200):
        use(engine, job, seed, 20)


class TestHarmonic(EngineContract):
    case = Case("harmonic", lambda models: Harmonic(), use, toil)


@pytest.mark.parametrize("fall_db", [-12, -70])
def test_treble_follows_what_the_recording_does_below_the_cut_off(fall_db: int) -> None:
    """From 11 kHz on by so many dB an octave, low-passed at 16 kHz: rather softer above than what was there."""
    spectrum = np.fft.rfft(noise(1, 4 * 48_000))
    octaves = np.log2(np.maximum(np.fft.rfftfreq(4 * 48_000, 1 / 48_000), 11_000) / 11_000)
    whole = np.fft.irfft(spectrum * 10 ** (fall_db * octaves / 20)).astype(np.float32)
    low = filtered(whole, low_pass(16_000, 48_000))
    made = Harmonic().restore(low, cutoff_hz=16_000, peak=0.3, seed=1, tick=lambda share: None)
    taps = firwin(801, [17_500, 19_500], pass_zero=False, fs=48_000)
    there, ours = (
        10 * np.log10(np.square(filtered(sound, taps)[0, 4800:-4800]).reshape(-1, 960).mean(axis=1))
        for sound in (whole, made)
    )
    assert -18 < np.mean(ours) - np.mean(there) < 9
    assert np.abs(np.diff(ours)).mean() < 1.6 * np.abs(np.diff(there)).mean()


@pytest.mark.parametrize("seed", range(3))
def test_a_pause_of_digital_silence_within_a_song_stays_finite_and_silent(seed: int) -> None:
    sound = muffled(4).copy()
    sound[:, 60_000:130_000] = 0
    made = Harmonic().restore(sound, cutoff_hz=6000, peak=0.3, seed=seed, tick=lambda share: None)
    assert np.isfinite(made).all() and not made[:, 62_000:128_000].any()


def test_a_network_without_weights_says_so(tmp_path: Path) -> None:
    job = FakeJob(tmp_path)
    job.inputs[KEY] = Input(written(tmp_path / "a.wav", muffled(1), 48_000))
    with pytest.raises(AppError) as caught:
        run(UpscaleParams(source=KEY, model="audiolbm", target_rate="192000"), job)
    assert caught.value.code is Code.MODEL_MISSING
