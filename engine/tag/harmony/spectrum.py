"""The one spectrum that key and chords are heard in."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from engine.tag.filterbank import log_filters
from engine.tag.framing import Framer
from engine.tag.listener import Mono

RATE_HZ = 44_100
SIZE = 8192
HOP = 4410
FRAMES_PER_S = 10
_AT_ONCE = 100

Magnitudes = NDArray[np.float32]
"""Spectra [frames, SIZE // 2] of frames that begin HOP samples apart, the highest bin left out."""


class Spectra:
    """Takes sound in, gives magnitudes of at most `_AT_ONCE` frames at a time; a full-scale sine reaches SIZE / 4."""

    def __init__(self) -> None:
        self._framer = Framer(SIZE, HOP)
        self._window = np.hanning(SIZE).astype(np.float32)

    def add(self, samples: Mono) -> Iterator[Magnitudes]:
        for first in range(0, len(samples), _AT_ONCE * HOP):
            yield from self._spectra(self._framer.add(samples[first : first + _AT_ONCE * HOP]))

    def finish(self) -> Iterator[Magnitudes]:
        yield from self._spectra(self._framer.finish())

    def _spectra(self, frames: Magnitudes) -> Iterator[Magnitudes]:
        if len(frames):
            yield np.abs(rfft(frames * self._window, axis=1)[:, : SIZE // 2])


def bands(magnitudes: Magnitudes, low_hz: float, high_hz: float) -> NDArray[np.float32]:
    """log10(1 + x) of the sums in 24 bands an octave, [frames, bands]: what both of madmom's networks read."""
    summed: NDArray[np.float32] = np.log10(1 + magnitudes @ log_filters(RATE_HZ, SIZE, low_hz, high_hz))
    return summed
