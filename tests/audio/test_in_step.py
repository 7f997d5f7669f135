"""What was written is read back where it was and as long: every format, every rate, and from any moment on."""

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from engine.audio.block import Audio
from engine.audio.decode import blocks, probe
from engine.audio.encode import write
from engine.audio.resample import resample, resampled_length
from engine.parameters import Format
from tests.audio.sounds import noise

RATES = (8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000)


def dull(samples: int) -> Audio:
    """Noise that the codecs leave in."""
    return sosfilt(butter(4, 0.3, output="sos"), noise(2, samples), axis=1).astype(np.float32)


def whole(path: Path, start_s: float = 0.0) -> Audio:
    return np.concatenate(list(blocks(path, start_s=start_s)), axis=1)


def lag(heard: Audio, expected: Audio, most: int = 4000) -> int:
    """By how many samples `heard` is later: the peak of the cross-correlation."""
    size = 2 ** int(np.ceil(np.log2(heard.shape[1] + most)))
    spectra = [np.fft.rfft(audio[0].astype(np.float64), size) for audio in (heard, expected)]
    correlation = np.fft.irfft(spectra[0] * np.conj(spectra[1]), size)
    return int(np.argmax(np.concatenate([correlation[-most:], correlation[: most + 1]]))) - most


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("format_", list(Format))
def test_a_file_is_in_step_with_what_was_written(tmp_path: Path, format_: Format, rate_hz: int) -> None:
    sound, path = dull(2 * rate_hz + 37), tmp_path / f"sound.{format_}"
    rate_out = write(path, sound, rate_hz, format=format_).rate_hz
    expected = sound if rate_out == rate_hz else resample(sound, rate_hz, rate_out)
    heard = whole(path)
    assert heard.shape == expected.shape
    assert probe(path).samples == expected.shape[1]
    assert lag(heard, expected) == 0
    for first in (1, 1000, rate_out + 7):
        part = whole(path, first / rate_out)
        assert part.shape[1] == heard.shape[1] - first
        assert np.abs(part - heard[:, first:]).max() < 1e-4


@pytest.mark.parametrize("rate_in", RATES)
@pytest.mark.parametrize("rate_out", RATES)
def test_another_rate_moves_nothing(rate_in: int, rate_out: int) -> None:
    """The centre of a soft pulse stays where it was to a fiftieth of a sample."""
    samples, at = rate_in // 2 + 13, rate_in // 5
    width = 4 / min(rate_in, rate_out)
    time_s = (np.arange(samples) - at) / rate_in
    pulse = np.exp(-((time_s / width) ** 2))[None].astype(np.float32)
    made = resample(pulse, rate_in, rate_out)[0].astype(np.float64)
    assert len(made) == resampled_length(samples, rate_in, rate_out)
    centre = float((np.arange(len(made)) * made).sum() / made.sum())
    assert centre == pytest.approx(at * rate_out / rate_in, abs=0.02)
