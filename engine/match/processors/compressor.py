"""Compression in one to four bands.

Feed-forward, the level in dB through a static curve, its gain smoothed with attack and release (D. Giannoulis,
M. Massberg, J. Reiss, "Digital dynamic range compressor design", JAES 2012). Levels and gains are reckoned once every
`hop` samples, about 0.7 ms, and gains drawn in straight lines between.
"""

import math

import numpy as np
from numba import njit

from engine.audio.block import Audio
from engine.audio.convolution import Convolver
from engine.audio.effects import State
from engine.audio.layouts import Layout, as_layout
from engine.audio.processor import BLOCK, Processor
from engine.match.processors.bands import half_length, linear_phase
from engine.match.style import CompressorSettings

RMS_S = 0.010
_HOP_S = 0.0007


def hop_of(rate_hz: int) -> int:
    """Samples between two gains: a power of two."""
    return int(min(256, max(1, 2 ** round(math.log2(_HOP_S * rate_hz)))))


class Compressor(Processor):
    """Linear-phase bands, so that what is not compressed comes out as it went in."""

    def __init__(self) -> None:
        self.lowest_db: list[list[float]] = []
        """For each band the deepest gain reduction (0 or less, without make-up) in each block so far."""

    def reset(self, rate_hz: int, layout: Layout | int, params: CompressorSettings) -> None:
        channels = as_layout(layout).channels
        bands, self._channels, self._hop = params.bands, channels, hop_of(rate_hz)
        edges = [band.high_hz for band in bands if band.high_hz is not None]
        self._active = [place for place, band in enumerate(bands) if band.ratio > 1 or band.makeup_db]
        # the last part is what the others leave of the delayed sound, so that the sum is exact
        own = np.eye(len(bands))[self._active if len(self._active) < len(bands) else self._active[:-1]]
        self._half = half_length(rate_hz) if len(own) else 0
        self.traits = rate_hz, len(own), *edges
        self._filters: Convolver | None = None
        if len(own):
            filters = linear_phase(own, edges, rate_hz)
            self._filters = Convolver(np.repeat(filters[:, None], channels, axis=1))
        hop_s = self._hop / rate_hz

        def pole(time_s: float) -> float:
            return math.exp(-hop_s / time_s)

        self._numbers = np.array(
            [
                [b.threshold_db, 1 - 1 / b.ratio, pole(b.attack_ms / 1000), pole(b.release_ms / 1000), b.makeup_db]
                for b in bands
            ]
        )
        self._rms_pole = pole(RMS_S)
        self.lowest_db[:] = [[] for _ in bands]

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        if state is None:
            self.lowest_db[:] = [[] for _ in self.lowest_db]
            state = {
                "filters": None,
                "before": np.zeros((self._channels, self._half), np.float32),
                "square": np.zeros((len(self._numbers), self._channels)),
                "reduction_db": np.zeros(len(self._numbers)),
            }
        parts, after = self._cut(audio, state)
        square, reduction = state["square"].copy(), state["reduction_db"].copy()
        lowest = [0.0] * len(self._numbers)
        # what no band changes comes last, if there is any
        out = parts[-1].copy() if len(parts) > len(self._active) else np.zeros_like(audio)
        for place, part in zip(self._active, parts, strict=False):
            numbers = self._numbers[place]
            lowest[place] = compress(part, out, numbers, self._rms_pole, self._hop, square[place], reduction, place)
        for band, deepest in zip(self.lowest_db, lowest, strict=True):
            band.append(deepest)
        return out, {**after, "square": square, "reduction_db": reduction}

    def _cut(self, audio: Audio, state: State) -> tuple[list[Audio], State]:
        """What each active band hears, and the rest."""
        if self._filters is None:
            return [audio], {"filters": None, "before": state["before"]}
        joined = np.concatenate([state["before"], audio], axis=1)
        parts, memory = self._filters.process(audio, state["filters"])
        rest = joined[:, :BLOCK] - parts[0]
        for part in parts[1:]:
            rest -= part
        return [*parts, rest], {"filters": memory, "before": joined[:, BLOCK:]}


@njit(cache=True, nogil=True, fastmath=True)
def compress(band, out, numbers, rms_pole, hop, square, reduction, place):  # type: ignore[no-untyped-def]
    """Adds the compressed band to `out`; returns the deepest gain reduction in dB (0 or less).

    `square` float64 [channels] is the running mean square, `reduction` float64 [bands] the gain reduction in dB.
    """
    threshold, slope, attack, release, makeup = numbers
    channels = band.shape[0]
    reduced = reduction[place]
    gain = 10 ** ((reduced + makeup) / 20)
    deepest = 0.0
    for start in range(0, band.shape[1], hop):
        level = 0.0
        for channel in range(channels):
            total = np.float32(0)
            for n in range(start, start + hop):
                total += band[channel, n] * band[channel, n]
            square[channel] = rms_pole * square[channel] + (1 - rms_pole) * total / hop
            if square[channel] < 1e-20:
                square[channel] = 0.0
            level = max(level, square[channel])
        over = 10 * math.log10(level + 1e-20) - threshold
        wanted = -slope * over if over > 0 else 0.0
        pole = attack if wanted < reduced else release
        reduced = wanted + pole * (reduced - wanted)
        deepest = min(deepest, reduced)
        after = 10 ** ((reduced + makeup) / 20)
        step = (after - gain) / hop
        for channel in range(channels):
            for n in range(hop):
                out[channel, start + n] += band[channel, start + n] * np.float32(gain + step * (n + 1))
        gain = after
    reduction[place] = reduced
    return deepest
