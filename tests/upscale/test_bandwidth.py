"""The detector of the highest frequency that a sound holds."""

import numpy as np
import pytest
from scipy import signal

from engine.audio.block import Audio
from engine.upscale.bandwidth import BandwidthMeter

RATE_HZ = 48_000
NOISE: Audio = (0.1 * np.random.default_rng(0).standard_normal((2, 4 * RATE_HZ))).astype(np.float32)


def found(sound: Audio, rate_hz: int = RATE_HZ, block: int = 10_007) -> float:
    bandwidth = BandwidthMeter(rate_hz)
    for start in range(0, sound.shape[1], block):
        bandwidth.add(sound[:, start : start + block])
    return bandwidth.cutoff_hz()


@pytest.mark.parametrize("cutoff_hz", [2000, 4000, 8000, 11_000, 16_000, 20_000])
@pytest.mark.parametrize("kind", ["elliptic", "chebyshev", "butterworth"])
def test_a_low_pass_is_found_within_a_tenth(kind: str, cutoff_hz: int) -> None:
    sections = {
        "elliptic": lambda: signal.ellip(8, 0.1, 90, cutoff_hz, fs=RATE_HZ, output="sos"),
        "chebyshev": lambda: signal.cheby1(8, 0.1, cutoff_hz, fs=RATE_HZ, output="sos"),
        "butterworth": lambda: signal.butter(8, cutoff_hz, fs=RATE_HZ, output="sos"),
    }[kind]()
    sound = signal.sosfiltfilt(sections, NOISE, axis=1).astype(np.float32)
    assert found(sound) == pytest.approx(cutoff_hz, rel=0.1)


@pytest.mark.parametrize("power", [0, 0.5, 1])
def test_what_falls_gently_to_its_end_lacks_nothing(power: float) -> None:
    spectrum = np.fft.rfft(NOISE, axis=1)
    sound = np.fft.irfft(spectrum / np.arange(1, spectrum.shape[1] + 1) ** power, axis=1).astype(np.float32)
    assert found(sound) == RATE_HZ / 2


def test_a_floor_of_noise_under_a_cut_is_no_treble() -> None:
    sections = signal.ellip(8, 0.1, 90, 9000, fs=RATE_HZ, output="sos")
    sound = signal.sosfiltfilt(sections, NOISE, axis=1) + 1e-4 * NOISE[:, ::-1]
    assert found(sound.astype(np.float32)) == pytest.approx(9000, rel=0.1)


def test_an_old_rate_shows_after_resampling() -> None:
    from engine.audio.resample import resample

    assert found(resample(NOISE, 16_000, RATE_HZ)) == pytest.approx(8000, rel=0.1)


@pytest.mark.parametrize("sound", [np.zeros((1, 9000)), np.ones((2, 1)), np.full((1, 50_000), 0.5)])
def test_silence_one_sample_and_an_offset_are_left_alone(sound: Audio) -> None:
    assert found(sound.astype(np.float32)) == RATE_HZ / 2


def test_how_the_blocks_were_cut_does_not_matter() -> None:
    sound = signal.sosfiltfilt(signal.butter(8, 7000, fs=RATE_HZ, output="sos"), NOISE, axis=1).astype(np.float32)
    assert found(sound, block=1_000_000) == found(sound, block=999)
