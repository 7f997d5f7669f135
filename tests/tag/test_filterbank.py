"""Frames and logarithmic filters beside those of madmom-infer 0.2.0."""

from itertools import pairwise

import numpy as np
import pytest
from madmom_infer.audio.filters import LogarithmicFilterbank
from madmom_infer.audio.signal import FramedSignal, Signal
from madmom_infer.audio.stft import fft_frequencies

from engine.tag.filterbank import log_filters
from engine.tag.framing import Framer


@pytest.mark.parametrize(
    ("rate_hz", "size", "low_hz", "high_hz", "bands"),
    [(22_050, 1411, 30, 17_000, 136), (44_100, 8192, 65, 2100, 105), (44_100, 8192, 60, 2600, 113)],
)
def test_filters_are_madmoms(rate_hz: int, size: int, low_hz: float, high_hz: float, bands: int) -> None:
    filters = log_filters(rate_hz, size, low_hz, high_hz)
    expected = LogarithmicFilterbank(fft_frequencies(size // 2, rate_hz), num_bands=24, fmin=low_hz, fmax=high_hz)
    assert filters.shape == (size // 2, bands) and filters.dtype == np.float32
    assert np.abs(filters - np.asarray(expected)).max() < 1e-7


@pytest.mark.parametrize(("size", "hop"), [(1411, 441), (8192, 8820), (256, 1000)])
@pytest.mark.parametrize("samples", [1, 441, 5000, 44_100])
def test_frames_are_madmoms_however_the_sound_is_cut(samples: int, size: int, hop: int) -> None:
    rng = np.random.default_rng(samples)
    sound = rng.normal(size=samples).astype(np.float32)
    expected = np.stack([np.asarray(frame) for frame in FramedSignal(Signal(sound, 22_050), size, hop)])
    framer = Framer(size, hop, at_once=4)
    cuts = [0, *sorted(rng.integers(0, samples + 1, 40)), samples]
    groups = [group for start, end in pairwise(cuts) for group in framer.add(sound[start:end])]
    assert all(len(group) == 4 for group in groups)
    assert np.array_equal(np.concatenate([*groups, *framer.finish()]), expected)
    assert framer.samples == samples
