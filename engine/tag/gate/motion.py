"""How much a sound changes: noise, hum and machines keep their spectrum, speech and music do not."""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.signal.windows import hann

from engine.audio.block import Regrouper
from engine.tag.listener import Mono

_FFT, _HOP = 512, 256
_BINS = np.array([2, 4, 6, 9, 13, 18, 25, 34, 46, 62, 84, 114, 154, 208, 257])
"""Edges of the bands, of 31 Hz each at 16 kHz."""
_FRAMES = (19, 28)
"""Blocks last 0.30 and 0.45 s in turn, so that a loop of half a second does not look the same in each."""
_BELOW_DB = 40.0
"""Bands that lie further below the loudest one are not looked at."""
_SILENT_DB = -100.0
"""The power of a band, relative to a full-scale sine, below which nothing is there."""


class MotionMeter:
    """Sound at 16 kHz comes in; what is kept is one figure for each block."""

    def __init__(self) -> None:
        self._stretches = Regrouper(sum(_FRAMES) * _HOP)
        self._before = np.zeros(_FFT - _HOP, np.float32)
        self._window = hann(_FFT, sym=False).astype(np.float32)
        self._last: NDArray[np.float64] | None = None
        self._changes: list[float] = []

    def add(self, samples: Mono) -> None:
        for stretch in self._stretches.add(samples[None]):
            sound = np.concatenate([self._before, stretch[0]])
            self._before = stretch[0, -len(self._before) :]
            frames = np.lib.stride_tricks.sliding_window_view(sound, _FFT)[::_HOP] * self._window
            power = np.square(np.abs(rfft(frames, axis=1)) * (2 / self._window.sum()), dtype=np.float64)
            bands = np.add.reduceat(power[:, : _BINS[-1]], _BINS[:-1], axis=1)
            for block in np.split(bands, [_FRAMES[0]]):
                self._compare(10 * np.log10(block.mean(axis=0) + 10 ** (_SILENT_DB / 10)))

    def _compare(self, levels_db: NDArray[np.float64]) -> None:
        if self._last is not None:
            highest = np.maximum(levels_db, self._last)
            heard = highest > max(float(highest.max()) - _BELOW_DB, _SILENT_DB + 10)
            if heard.any():
                self._changes.append(float(np.abs(levels_db - self._last)[heard].mean()))
        self._last = levels_db

    def result_db(self) -> float | None:
        """The change between neighbouring blocks that a fifth of them exceed, in dB, the mean over bands; None where
        nothing could be heard. A voice now and then in front of a fan is motion enough."""
        return float(np.quantile(self._changes, 0.8)) if self._changes else None
