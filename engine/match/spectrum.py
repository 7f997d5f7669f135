"""Filter banks on short-time spectra, and statistics of levels that need no list of all frames."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.match.features import FLOOR_DB, Statistics

_LOWEST_DB, _HIGHEST_DB, _STEP_DB = FLOOR_DB, 12.0, 0.5
_BINS = round((_HIGHEST_DB - _LOWEST_DB) / _STEP_DB) + 1
CUTOFF_HZ = 20.0
"""What lies below is no sound to anybody."""


def hann(size: int) -> NDArray[np.float32]:
    """Periodic."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


def sine_scale(window: NDArray[np.float32]) -> float:
    """What a sum of |rfft|² is multiplied with so that a sine of full scale has a power of 1."""
    return float(4 / (len(window) * np.square(window, dtype=np.float64).sum()))


def band_weights(centres_hz: Sequence[float], octaves: float, size: int, rate_hz: int) -> NDArray[np.float32]:
    """Shares of each bin of a `size`-point rfft in bands `octaves` wide: [bins, bands]."""
    half = 2 ** (octaves / 2)
    step = rate_hz / size
    low = (np.arange(size // 2 + 1) - 0.5) * step
    centres = np.asarray(centres_hz)
    top = np.minimum(low[:, None] + step, centres[None] * half)
    return np.asarray((np.maximum(0, top - np.maximum(low[:, None], centres[None] / half)) / step), np.float32)


@cache
def mel_weights(count: int, size: int, rate_hz: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Triangles of height 1 on Slaney's mel scale, 20 Hz to half the rate: (centres in Hz, [bins, count])."""
    import librosa  # takes half a second

    centres_hz = librosa.mel_frequencies(count + 2, fmin=20, fmax=rate_hz / 2)[1:-1]
    return centres_hz, librosa.filters.mel(sr=rate_hz, n_fft=size, n_mels=count, fmin=20, norm=None).T


def bark(f_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Critical-band rate (H. Traunmüller, "Analytical expressions for the tonotopic sensory scale", 1990)."""
    z = 26.81 * f_hz / (1960 + f_hz) - 0.53
    return np.where(z < 2, z + 0.15 * (2 - z), np.where(z > 20.1, z + 0.22 * (z - 20.1), z))


def moved_db(level_db: NDArray[np.float64], semitones: float) -> NDArray[np.float64]:
    """Levels at the fine places, a semitone apart, of what was transposed."""
    places = np.arange(len(level_db))
    return np.asarray(np.interp(places - semitones, places, level_db))


def weighted_median(values: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    below = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])


def below_cutoff_db(power: NDArray[np.float64], f_hz: NDArray[np.float64], offset_power: float) -> float | None:
    """What of `power` at `f_hz` lies below `CUTOFF_HZ`, without an offset's own `offset_power`; None for silence."""
    low, total = (float(part.sum()) - offset_power for part in (power[f_hz < CUTOFF_HZ], power))
    return None if total <= 0 else round(float(10 * np.log10(max(low, 1e-12 * total) / total)), 2)


def decibels(power: NDArray[np.floating]) -> NDArray[np.float64]:
    """10 log10, not below `FLOOR_DB`."""
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10))), np.float64)


def rounded(values: NDArray[np.floating] | Sequence[float], digits: int = 3) -> tuple[float, ...]:
    return tuple(round(float(value), digits) for value in values)


class LevelStatistics:
    """Mean power and percentiles of the level in bands, whatever the number of frames."""

    BINS = _BINS

    def __init__(self, bands: int) -> None:
        self.bands, self.frames = bands, 0
        self._power = np.zeros(bands)
        self._counts = np.zeros((bands, _BINS), np.int64)
        self._offset = np.arange(bands) * _BINS

    def add(self, power: NDArray[np.floating]) -> None:
        """The next frames, [frames, bands]."""
        self.frames += len(power)
        self._power += power.sum(axis=0, dtype=np.float64)
        places = self.places(power) + self._offset
        self._counts += np.bincount(places.reshape(-1), minlength=self._counts.size).reshape(self._counts.shape)

    @staticmethod
    def places(power: NDArray[np.floating]) -> NDArray[np.int64]:
        """Which bin of `_STEP_DB` each power belongs to; 0 is the floor."""
        return np.clip((decibels(power) - _LOWEST_DB) / _STEP_DB + 0.5, 0, _BINS - 1).astype(np.int64)

    def mean_db(self) -> NDArray[np.float64]:
        return decibels(self._power / max(1, self.frames))

    def percentile_db(self, share: float) -> NDArray[np.float64]:
        """The level below which a share of 0 to 1 of the frames lies, to 0.5 dB; those at the floor do not count."""
        counts = self._counts.copy()
        counts[:, 0] = 0
        below = np.cumsum(counts, axis=1)
        place = np.argmax(below >= np.maximum(1, share * below[:, -1:]), axis=1)
        return np.asarray(_LOWEST_DB + place * _STEP_DB)

    def statistics(self) -> Statistics:
        return Statistics(
            mean_db=rounded(self.mean_db(), 2),
            p10_db=rounded(self.percentile_db(0.1), 1),
            p50_db=rounded(self.percentile_db(0.5), 1),
            p95_db=rounded(self.percentile_db(0.95), 1),
        )


class Bank:
    """Weights of bands, applied to spectra without their zeros: a matrix product would be little else."""

    def __init__(self, weights: NDArray[np.floating]) -> None:
        """`weights` [bins, bands]; what is not zero in a band lies together."""
        self.bands = weights.shape[1]
        present = weights > 0
        some = present.any(axis=0)
        self._low = np.where(some, present.argmax(axis=0), 0)
        self._high = np.where(some, len(weights) - present[::-1].argmax(axis=0), 0)
        self._weights = np.ascontiguousarray(weights.T, dtype=np.float32)

    def power(self, spectra: NDArray[np.complex64]) -> NDArray[np.float32]:
        """[frames, bins] -> weighted sums of the squared magnitudes [frames, bands]."""
        out = np.empty((len(spectra), self.bands), np.float32)
        banded(spectra, self._low, self._high, self._weights, out)
        return out


@njit(cache=True, nogil=True, fastmath=True)
def banded(spectra, low, high, weights, out):  # type: ignore[no-untyped-def]
    power = np.empty(spectra.shape[1], np.float32)
    for frame in range(spectra.shape[0]):
        row = spectra[frame]
        for k in range(len(power)):
            power[k] = row[k].real * row[k].real + row[k].imag * row[k].imag
        for band in range(out.shape[1]):
            total = np.float32(0)
            shares = weights[band]
            for k in range(low[band], high[band]):
                total += shares[k] * power[k]
            out[frame, band] = total


@njit(cache=True, nogil=True, fastmath=True)
def cross_spectra(spectra, sums):  # type: ignore[no-untyped-def]
    """Adds to `sums` float64 [4, bins] |L|², |R|², Re and Im of L conj R of `spectra` [1 or 2, frames, bins]."""
    pair = spectra.shape[0] == 2
    for frame in range(spectra.shape[1]):
        left, right = spectra[0, frame], spectra[spectra.shape[0] - 1, frame]
        for k in range(len(left)):
            sums[0, k] += left[k].real * left[k].real + left[k].imag * left[k].imag
            if pair:
                sums[1, k] += right[k].real * right[k].real + right[k].imag * right[k].imag
                sums[2, k] += left[k].real * right[k].real + left[k].imag * right[k].imag
                sums[3, k] += left[k].imag * right[k].real - left[k].real * right[k].imag
