"""The limiter against a ceiling, in peace, and on its way back."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from engine.audio.block import Audio
from engine.audio.effects import Chain
from engine.audio.limiter import Limiter
from engine.audio.loudness import measure
from engine.audio.processor import BLOCK


@dataclass(frozen=True)
class Settings:
    tp_db: float = -1.0
    lookahead_ms: float = 3.0
    release_ms: float = 100.0


def limited(audio: Audio, rate_hz: int, limiter: Limiter, settings: Settings) -> Audio:
    limiter.reset(rate_hz, audio.shape[0], settings)
    return np.concatenate(list(Chain([limiter], audio.shape[0], block=BLOCK).stream([audio])), axis=1)


def noise(channels: int, samples: int, level: float) -> Audio:
    return (level * np.random.default_rng(0).standard_normal((channels, samples))).astype(np.float32)


def sine(f_hz: float, rate_hz: int, seconds: float, level: float = 0.5) -> np.ndarray:
    return level * np.sin(2 * math.pi * f_hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def nasty(name: str, rate_hz: int) -> Audio:
    samples = 2 * rate_hz
    random = np.random.default_rng(5)
    if name == "quarter":  # a sine whose samples all miss its peaks: 3 dB between them
        return np.float32(2 * np.sin(math.pi / 2 * np.arange(samples) + math.pi / 4))[None]
    if name == "noise":
        return noise(2, samples, 1.5)
    if name == "square":
        return np.float32(np.sign(sine(997, rate_hz, 2) + 1e-9) * 1.5)[None]
    if name == "clicks":
        audio = np.zeros((2, samples), np.float32)
        audio[0, random.integers(0, samples, 60)] = 4
        audio[1, [0, samples - 1]] = -3
        return audio
    if name == "alternating":  # bursts at Nyquist and half of it, with phase jumps
        pattern = np.tile([1.0, -1, 1, 1, -1, -1, 1, -1, -1, 1], samples // 10)
        return np.float32(pattern * random.choice([0.1, 1, 3], samples // 100).repeat(100)[: len(pattern)])[None]
    return np.float32(sine(rate_hz * 0.47, rate_hz, 2, 2) * (np.arange(samples) % 400 < 60))[None]


@pytest.mark.parametrize("name", ["quarter", "noise", "square", "clicks", "alternating", "bursts"])
@pytest.mark.parametrize("rate_hz", [8000, 44100, 96_000])
@pytest.mark.parametrize("lookahead_ms", [0.5, 5.0])
def test_no_true_peak_over_the_ceiling(name: str, rate_hz: int, lookahead_ms: float) -> None:
    audio = nasty(name, rate_hz)
    out = limited(audio, rate_hz, Limiter(), Settings(tp_db=-1, lookahead_ms=lookahead_ms, release_ms=20))
    assert out.shape == audio.shape
    peak = measure(out, rate_hz).true_peak_dbtp
    assert peak is not None and -4 < peak <= -1


def test_limiter_leaves_quiet_sound_as_it_is() -> None:
    audio = noise(2, 3 * BLOCK + 5, 0.05)
    limiter = Limiter()
    assert (limited(audio, 44100, limiter, Settings()) == audio).all()
    assert limiter.lowered == 0 and set(limiter.lowest_db) == {0.0}


@pytest.mark.parametrize(("loud_s", "release_s"), [(0.0003, 0.025), (0.5, 0.2)])
def test_limiter_comes_back_with_its_release(loud_s: float, release_s: float) -> None:
    """From half a second with the release; from a single peak in an eighth of it."""
    audio = np.full((1, 3 * 44100), 0.1, np.float32)
    end = 22050 + round(loud_s * 44100)
    audio[0, 22050:end] = 2
    out = limited(audio, 44100, Limiter(), Settings(tp_db=-6, lookahead_ms=2, release_ms=200))
    gain = out[0] / audio[0]
    down = 1 - gain[end + 200]
    after = 1 - gain[end + 200 + round(release_s * 44100)]
    assert after / down == pytest.approx(math.exp(-1), abs=0.02)
