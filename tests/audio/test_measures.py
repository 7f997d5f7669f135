"""Loudness, peaks, resampling, channels."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audio import encode
from engine.audio.loudness import LoudnessLevels, LoudnessMeter, measure, normalise_gain_db
from engine.audio.peaks import peaks, peaks_of
from engine.audio.resample import Resampler, resample, resampled_length
from engine.errors import AppError, Code
from engine.parameters import Format
from tests.audio.sounds import noise, tones


def sine(frequency_hz: float, dbfs: float, seconds: float, rate_hz: int, channels: int = 2) -> np.ndarray:
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    wave = 10 ** (dbfs / 20) * np.sin(2 * np.pi * frequency_hz * time_s)
    return np.repeat(wave[None].astype(np.float32), channels, axis=0)


@pytest.mark.parametrize("rate_hz", [44100, 48000, 96000])
def test_ebu_tech_3341_case_1(rate_hz: int) -> None:
    """Stereo 1 kHz sine at -23 dBFS reads -23.0 LUFS ±0.1."""
    levels = measure(sine(1000, -23, 20, rate_hz), rate_hz)
    assert levels.loudness_lufs == pytest.approx(-23, abs=0.1)
    assert levels.true_peak_dbtp == pytest.approx(-23, abs=0.2)


def test_ebu_tech_3341_case_3_gating() -> None:
    """10 s at -36, 60 s at -23, 10 s at -36 dBFS reads -23.0 LUFS ±0.1."""
    quiet, loud = sine(1000, -36, 10, 48000), sine(1000, -23, 60, 48000)
    assert measure(np.concatenate([quiet, loud, quiet], axis=1), 48000).loudness_lufs == pytest.approx(-23, abs=0.1)


def test_ebu_tech_3341_case_15_true_peak() -> None:
    """A sine at a quarter of the rate, between the samples: -6 dBTP +0.2/-0.4."""
    levels = measure(sine(12000, -6.02, 1, 48000), 48000)
    assert -6.42 <= levels.true_peak_dbtp <= -5.8
    shifted = np.sin(np.pi / 2 * np.arange(48000) + np.pi / 4)[None].astype(np.float32) * 0.5
    levels = measure(shifted, 48000)
    assert -6.42 <= levels.true_peak_dbtp <= -5.8


def test_a_peak_in_the_last_samples_is_seen() -> None:
    audio = np.zeros((1, 48000), np.float32)
    audio[0, -2:] = 0.9
    assert measure(audio, 48000).true_peak_dbtp > 0.5


@pytest.mark.parametrize("channels", [1, 2, 6, 9, 64])
@pytest.mark.parametrize("rate_hz", [1000, 8000, 48000, 768000])
@pytest.mark.parametrize("samples", [0, 1, 300])
def test_short_sound_and_silence_are_undefined(channels: int, rate_hz: int, samples: int) -> None:
    assert measure(np.zeros((channels, samples), np.float32), rate_hz) == LoudnessLevels(None, None)
    if samples:
        levels = measure(np.full((channels, samples), 0.5, np.float32), rate_hz)
        assert levels.loudness_lufs is None
        assert levels.true_peak_dbtp >= -6.021


@given(cut=st.integers(1, 60_000), channels=st.integers(1, 10))
def test_loudness_does_not_depend_on_blocks(cut: int, channels: int) -> None:
    audio = noise(channels, 50_000)
    meter = LoudnessMeter(48000, channels)
    for start in range(0, 50_000, cut):
        meter.add(audio[:, start : start + cut])
    assert meter.result() == measure(audio, 48000) == meter.result()
    with pytest.raises(RuntimeError):
        meter.add(audio)


def test_the_meter_refuses_what_is_no_sound() -> None:
    meter = LoudnessMeter(48000, 2)
    with pytest.raises(AppError) as caught:
        meter.add(np.full((2, 10), np.nan, np.float32))
    assert (caught.value.code, caught.value.key) == (Code.INVALID_INPUT, "not_finite")
    with pytest.raises(ValueError, match="expected audio"):
        meter.add(np.zeros((3, 10), np.float32))
    with pytest.raises(AppError) as refused:
        LoudnessMeter(10, 2)
    assert refused.value.code is Code.INVALID_INPUT


@pytest.mark.parametrize("dtype", [np.float64, np.int16])
def test_other_number_types_measure_alike(dtype: type) -> None:
    audio = np.ones((2, 48000), dtype) if dtype is np.int16 else noise(2, 48000).astype(dtype)
    assert measure(audio, 48000) == measure(audio.astype(np.float32), 48000)


@given(target=st.floats(-40, -5), ceiling=st.floats(-6, 0), level=st.floats(0.001, 0.3))
def test_normalising_meets_the_target_or_the_ceiling(target: float, ceiling: float, level: float) -> None:
    audio = noise(2, 48_000, level=level)
    gain = 10 ** (normalise_gain_db(measure(audio, 48000), target, ceiling) / 20)
    after = measure(audio * np.float32(gain), 48000)
    assert after.true_peak_dbtp <= ceiling + 0.01
    assert after.loudness_lufs <= target + 0.05
    rooms = (target - after.loudness_lufs) / 0.05, (ceiling - after.true_peak_dbtp) / 0.01
    assert min(rooms) < 1, "one of the two limits is reached"


def test_normalising_lifts_nothing_undefined() -> None:
    assert normalise_gain_db(LoudnessLevels(None, None), -14) == 0
    assert normalise_gain_db(LoudnessLevels(None, -20), -14) == 0
    assert normalise_gain_db(LoudnessLevels(None, 3), -14, -1) == -4


@given(
    rate_in=st.sampled_from([1000, 8000, 16000, 32000, 44100, 48000, 96001, 768000]),
    rate_out=st.sampled_from([8000, 16000, 32000, 44100, 48000]),
    samples=st.integers(0, 30_000), cut=st.integers(1, 40_000), channels=st.integers(1, 3),
)  # fmt: skip
def test_resampling_has_exact_length_and_no_seams(
    rate_in: int, rate_out: int, samples: int, cut: int, channels: int
) -> None:
    audio = noise(channels, samples)
    whole = resample(audio, rate_in, rate_out)
    assert whole.shape == (channels, resampled_length(samples, rate_in, rate_out))
    assert abs(whole.shape[1] - max(min(samples, 1), samples * rate_out / rate_in)) <= 0.5
    resampler = Resampler(rate_in, rate_out, channels)
    parts = [resampler.add(audio[:, i : i + cut]) for i in range(0, samples, cut)]
    np.testing.assert_allclose(np.concatenate([*parts, resampler.finish()], axis=1), whole, atol=1e-6)


@pytest.mark.parametrize(("rate_in", "rate_out"), [(44100, 48000), (48000, 44100), (32000, 48000), (96000, 16000)])
def test_resampling_keeps_a_tone_in_phase(rate_in: int, rate_out: int) -> None:
    before, expected = tones(2, rate_in, rate_in), tones(2, rate_out, rate_out)
    error = (resample(before, rate_in, rate_out) - expected)[:, 1000:-1000]
    assert 20 * np.log10(np.abs(error).max() / 0.4) < -100


@given(
    samples=st.integers(1, 40_000), points=st.integers(1, 300), channels=st.integers(1, 3), cut=st.integers(1, 50_000)
)
def test_peaks_enclose_every_sample(samples: int, points: int, channels: int, cut: int) -> None:
    audio = noise(channels, samples, level=0.3)
    blocks = (audio[:, i : i + cut] for i in range(0, samples, cut))
    result = peaks_of(blocks, 48000, points)
    high, low = result["peaks"]
    assert len(high) == len(low) == min(points, samples)
    assert max(high) == pytest.approx(audio.max(), abs=6e-4)
    assert min(low) == pytest.approx(audio.min(), abs=6e-4)
    assert all(-1 <= b <= a <= 1 for a, b in zip(high, low, strict=True))
    assert result["duration_s"] == samples / 48000
    assert result == peaks_of([audio], 48000, points)


def test_peaks_lie_where_the_sound_is(tmp_path: Path) -> None:
    audio = np.zeros((2, 480_000), np.float32)
    audio[1, 240_000:241_000] = -0.5
    encode.write(tmp_path / "a", audio, 48000, format=Format.FLAC)
    high, low = peaks(tmp_path / "a", 100)["peaks"]
    assert [i for i, value in enumerate(low) if value < -0.4] == [50]
    assert set(high) == {0.0}


def test_peaks_of_nothing() -> None:
    assert peaks_of([], 48000) == {"duration_s": 0, "peaks": [[], []]}
