"""A picture of a sound: time from left to right, linear frequency from bottom to top, level as colour."""

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import rfft

from engine.audio.block import Audio
from engine.audio.decode import open_source
from engine.audio.peaks import between

COLUMNS, ROWS = 1400, 256
FLOOR_DB = -100.0
WINDOW = 2048
_HOPS_AT_ONCE = 256
_COLOURS = ((0, 4, 6, 12), (0.25, 38, 20, 84), (0.5, 136, 34, 106), (0.72, 222, 82, 50), (0.88, 250, 180, 62),
            (1.0, 252, 252, 210))  # fmt: skip
"""Share of the range, red, green, blue: every step is lighter than the one below it."""


class SpectrumMeter:
    """Collects the loudest spectrum of each moment; memory does not grow with the length of the sound."""

    def __init__(self, rate_hz: int, samples: int | None = None) -> None:
        """`samples`: how many there will be, where that is known; a short sound is looked at in smaller steps."""
        self._window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
        self._scale = 2.0 / float(self._window.sum())
        usual = WINDOW // 2 if rate_hz > 8000 else WINDOW // 8
        self._hop = usual if samples is None else max(WINDOW // 32, min(usual, samples // COLUMNS))
        self._rest = np.zeros((0, WINDOW // 2), np.float32)  # half a window of silence before the first sample
        self._columns: list[NDArray[np.float32]] = []
        self._hops_a_column = 1
        self._open: list[NDArray[np.float32]] = []

    def add(self, audio: Audio) -> None:
        """`audio`: float32 [channels, samples], the next of the sound."""
        if self._rest.shape[0] != audio.shape[0]:
            self._rest = np.zeros((audio.shape[0], WINDOW // 2), np.float32)
        sound = np.concatenate([self._rest, np.nan_to_num(audio)], axis=1)
        hops = max(0, (sound.shape[1] - WINDOW) // self._hop + 1)
        for first in range(0, hops, _HOPS_AT_ONCE):
            count = min(_HOPS_AT_ONCE, hops - first)
            part = sound[:, first * self._hop : (first + count - 1) * self._hop + WINDOW]
            self._take(np.lib.stride_tricks.sliding_window_view(part, WINDOW, axis=1)[:, :: self._hop])
        self._rest = sound[:, hops * self._hop :]

    def _take(self, frames: NDArray[np.float32]) -> None:
        """`frames`: [channels, hops, WINDOW]."""
        magnitude = np.abs(rfft(frames * self._window, axis=2, workers=1)) * self._scale
        power = np.mean(np.square(magnitude), axis=0)[:, : WINDOW // 2]
        rows = power.reshape(power.shape[0], ROWS, -1).max(axis=2).astype(np.float32)
        for row in rows:
            self._open.append(row)
            if len(self._open) == self._hops_a_column:
                self._columns.append(np.max(self._open, axis=0))
                self._open = []
        while len(self._columns) >= 2 * COLUMNS:
            pairs = np.stack(self._columns[: len(self._columns) // 2 * 2]).reshape(-1, 2, ROWS)
            odd = self._columns[len(self._columns) // 2 * 2 :]
            self._open = [*odd, *self._open]
            self._columns = list(pairs.max(axis=1))
            self._hops_a_column *= 2

    def result(self) -> NDArray[np.float32]:
        """Levels in dB of full scale, FLOOR_DB..0, float32 [ROWS, columns]; the first row is the highest frequency."""
        if self._rest.shape[0]:  # what is left, with silence behind it
            self.add(np.zeros((self._rest.shape[0], WINDOW), np.float32))
        columns = [*self._columns, *([np.max(self._open, axis=0)] if self._open else [])]
        power = np.stack(columns).T if columns else np.zeros((ROWS, 1), np.float32)
        if power.shape[1] > COLUMNS:
            edges = np.linspace(0, power.shape[1], COLUMNS + 1).astype(int)
            power = np.maximum.reduceat(power, edges[:-1], axis=1)
        levels = 10.0 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10)))
        return np.asarray(np.clip(levels, FLOOR_DB, 0.0)[::-1], np.float32)


def levels_of(sound: Iterable[Audio], rate_hz: int, samples: int | None = None) -> NDArray[np.float32]:
    """See `SpectrumMeter`; `sound` as blocks of float32 [channels, samples]."""
    meter = SpectrumMeter(rate_hz, samples)
    for block in sound:
        meter.add(block)
    return meter.result()


def picture(levels: NDArray[np.float32]) -> bytes:
    """Levels in dB as a PNG of as many pixels."""
    share = (levels - FLOOR_DB) / -FLOOR_DB
    at, *channels = np.array(_COLOURS).T
    pixels = np.stack([np.interp(share, at, channel) for channel in channels], axis=2)
    file = io.BytesIO()
    Image.fromarray(np.rint(pixels).astype(np.uint8), "RGB").save(file, "PNG")
    return file.getvalue()


def spectrogram_png(path: Path, from_s: float = 0.0, to_s: float | None = None) -> bytes:
    """The picture of a sound file, or of its part from one second to another. Raises as `decode.probe` does."""
    with open_source(path) as source:
        samples = None if to_s is None else round((to_s - from_s) * source.rate_hz)
        return picture(levels_of(between(source, from_s, to_s), source.rate_hz, samples))
