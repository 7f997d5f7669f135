"""The one spectrum that key and chords are heard in."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from engine.tag.filterbank import log_filters
from engine.tag.framing import Framer, Frames
from engine.tag.listener import Mono

RATE_HZ = 44_100
SIZE = 8192
HOP = 4410
FRAMES_PER_S = 10
_AT_ONCE = 100

Magnitudes = NDArray[np.float32]
"""Spectra [frames, SIZE // 2] of frames that begin HOP samples apart, the highest bin left out; an even number of them,
but for the last of a sound."""


class Spectra:
    """Takes sound in, gives magnitudes; a full-scale sine reaches SIZE / 4."""

    def __init__(self) -> None:
        self._framer = Framer(SIZE, HOP, _AT_ONCE)
        self._window = np.hanning(SIZE).astype(np.float32)

    @property
    def duration_s(self) -> float:
        """Of the sound so far."""
        return self._framer.samples / RATE_HZ

    def add(self, samples: Mono) -> Iterator[Magnitudes]:
        return map(self._magnitudes, self._framer.add(samples))

    def finish(self) -> Iterator[Magnitudes]:
        """Those of the frames that reach beyond its end."""
        return map(self._magnitudes, self._framer.finish())

    def _magnitudes(self, frames: Frames) -> Magnitudes:
        magnitudes: Magnitudes = np.abs(rfft(frames * self._window, axis=1)[:, : SIZE // 2])
        return magnitudes


def bands(magnitudes: Magnitudes, low_hz: float, high_hz: float) -> NDArray[np.float32]:
    """log10(1 + x) of the sums in 24 bands an octave, [frames, bands]: what both of madmom's networks read."""
    summed: NDArray[np.float32] = np.log10(1 + magnitudes @ log_filters(RATE_HZ, SIZE, low_hz, high_hz))
    return summed
