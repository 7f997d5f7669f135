"""Triangular filters on a logarithmic scale, as madmom's networks and BeatNet's were trained with."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

REFERENCE_HZ = 440.0


@cache
def log_filters(
    rate_hz: int, size: int, low_hz: float, high_hz: float, bands_per_octave: int = 24
) -> NDArray[np.float32]:
    """Weights for the magnitudes of bins 0 to size // 2 - 1 of a `size`-point FFT: float32 [size // 2, bands].

    Corners lie on the scale through `REFERENCE_HZ` from `low_hz` to `high_hz`, each moved to its nearest bin; corners
    that meet there are one. A band rises from one corner to the next and falls to the one after; its sum is 1. For an
    odd `size` the bins count as those of size - 1 (`madmom.audio.filters.LogarithmicFilterbank`).
    """
    first, last = (bands_per_octave * np.log2(edge / REFERENCE_HZ) for edge in (low_hz, high_hz))
    corners_hz = REFERENCE_HZ * 2.0 ** (np.arange(np.floor(first), np.ceil(last)) / bands_per_octave)
    corners_hz = corners_hz[(low_hz <= corners_hz) & (corners_hz <= high_hz)]
    bins = size // 2
    corners = np.unique(np.floor(corners_hz * 2 * bins / rate_hz + 0.5).clip(0, bins - 1))
    peaks = [np.interp(np.arange(bins), corners[band : band + 3], (0.0, 1.0, 0.0)) for band in range(len(corners) - 2)]
    filters = np.stack(peaks, axis=1)
    return np.asarray(filters / filters.sum(axis=0), np.float32)
