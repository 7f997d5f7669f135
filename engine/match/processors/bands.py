"""Cutting a sound into bands that add up to it again, without turning any phase.

The bands have the magnitudes of fourth-order Linkwitz-Riley crossovers (S. Lipshitz and J. Vanderkooy, "A family of
linear-phase crossover networks", JAES 1983: 1 / (1 + (f / fc)^4) and its complement), as linear-phase filters.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

_LENGTH_S = 0.09
"""Long enough for crossovers from 50 Hz up; below, transitions get wider, and the sum stays what it was."""


def half_length(rate_hz: int) -> int:
    """Samples by which the filters lag behind."""
    return max(64, round(_LENGTH_S * rate_hz / 2))


def band_shares(edges_hz: Sequence[float], f_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of each band, from the lowest up, there is at these frequencies: [bands, frequencies], sums of 1."""
    lows = [1 / (1 + (np.asarray(f_hz, np.float64) / edge) ** 4) for edge in edges_hz]
    # a crossover far above another one still lets a little through below it: what is lower has the first say
    steps = [np.zeros(len(f_hz)), *np.maximum.accumulate(np.array(lows).reshape(len(lows), -1)), np.ones(len(f_hz))]
    return np.diff(np.array(steps), axis=0)


def linear_phase(gains: NDArray[np.float64], edges_hz: Sequence[float], rate_hz: int) -> NDArray[np.float64]:
    """Filters [filters, 2 half + 1] whose gain is `gains` [filters, bands] in the bands."""
    half = half_length(rate_hz)
    size = fft.next_fast_len(16 * half, real=True)
    f_hz = np.arange(size // 2 + 1) * rate_hz / size
    response = fft.irfft(gains @ band_shares(edges_hz, f_hz), size, axis=1)
    taps = np.roll(response, half, axis=1)[:, : 2 * half + 1] * signal.windows.hann(2 * half + 1)
    # a window on the response widens transitions; the gain at 0 Hz is put right again
    taps[:, half] += gains[:, 0] - taps.sum(axis=1)
    return np.asarray(taps)
