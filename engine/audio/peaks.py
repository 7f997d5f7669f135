"""What a waveform display draws: the highest and the lowest sample of each stretch."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from engine.audio.block import Audio
from engine.audio.decode import CheckedSource, open_source

_FINE = 16


class Peaks(TypedDict):
    """`peaks` is [maxima, minima], each up to `points` long, over all channels, within ±1, three decimals."""

    duration_s: float
    peaks: list[list[float]]


class PeakMeter:
    """Peaks of a stream whose length nobody knows yet.

    Keeps `_FINE` times as many bins as are wanted and doubles their width when they run out, so memory stays constant.
    """

    def __init__(self, rate_hz: int, points: int = 1000) -> None:
        if points < 1:
            raise ValueError("points must be at least 1")
        self.rate_hz, self.points, self.samples = rate_hz, points, 0
        self._width = 1
        self._high = np.full(2 * _FINE * points, -np.inf, np.float32)
        self._low = np.full(2 * _FINE * points, np.inf, np.float32)

    def add(self, audio: Audio) -> None:
        """The next block, float32 [channels, samples]."""
        if not audio.size:
            return
        while self.samples + audio.shape[1] > len(self._high) * self._width:
            self._halve()
        first = self.samples // self._width
        bins = (self.samples + np.arange(audio.shape[1])) // self._width
        starts = np.flatnonzero(np.diff(bins, prepend=-1))
        high = np.maximum.reduceat(audio.max(axis=0), starts)
        low = np.minimum.reduceat(audio.min(axis=0), starts)
        place = slice(first, first + len(starts))
        self._high[place] = np.maximum(self._high[place], high)
        self._low[place] = np.minimum(self._low[place], low)
        self.samples += audio.shape[1]

    def _halve(self) -> None:
        half = len(self._high) // 2
        self._high[:half] = self._high.reshape(half, 2).max(axis=1)
        self._low[:half] = self._low.reshape(half, 2).min(axis=1)
        self._high[half:], self._low[half:] = -np.inf, np.inf
        self._width *= 2

    def result(self) -> Peaks:
        """The peaks so far; fewer than `points` when there are fewer samples."""
        used = -(-self.samples // self._width)
        count = min(self.points, used)
        starts = np.arange(count) * used // max(count, 1)
        rows = [np.maximum.reduceat(self._high[:used], starts), np.minimum.reduceat(self._low[:used], starts)]
        return {"duration_s": self.samples / self.rate_hz, "peaks": [_rounded(row) for row in rows]}


def _rounded(row: NDArray[np.float32]) -> list[float]:
    return [float(v) for v in np.round(np.clip(row.astype(np.float64), -1, 1), 3) + 0.0]


def peaks_of(blocks: Iterable[Audio], rate_hz: int, points: int = 1000) -> Peaks:
    """Peaks of a stream of float32 [channels, samples]."""
    meter = PeakMeter(rate_hz, points)
    for block in blocks:
        meter.add(block)
    return meter.result()


def peaks(path: str | Path, points: int = 1000, from_s: float = 0.0, to_s: float | None = None) -> Peaks:
    """Peaks of a file, or of its part from one second to another, decoded once. Raises as `decode.probe` does."""
    with open_source(path) as source:
        return peaks_of(between(source, from_s, to_s), source.rate_hz, points)


def between(source: CheckedSource, from_s: float, to_s: float | None) -> Iterator[Audio]:
    """Blocks from one second to another, or to the end; no more is decoded."""
    left = None if to_s is None else max(0, round(to_s * source.rate_hz) - round(from_s * source.rate_hz))
    for block in source.blocks(from_s):
        if left is None:
            yield block
            continue
        yield block[:, :left]
        left -= block.shape[1]
        if left <= 0:
            return
