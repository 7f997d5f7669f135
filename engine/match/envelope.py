"""How loud a limiter would leave a sound, without running it: from peaks and energies of every third of a millisecond.

What a limiter does depends on nothing but peaks, and those of a sound that is made louder grow as it does: they are
found once for all gains that are tried. The gain moves so slowly that it goes straight onto K-weighted energies.
"""

from itertools import chain

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.audio.block import Audio
from engine.audio.effects import State
from engine.audio.layouts import Layout, as_layout
from engine.audio.limiter import Recovery, beside, between, ceiling_of, phases
from engine.audio.loudness_curve import HOP_S, forget, gated, k_weighting, lufs, running_mean, weighted_pair
from engine.audio.scratch_audio import ScratchAudio
from engine.match.style import LimiterSettings

_STEP_S = 0.00036
_BATCH = 64
"""Hops that go to the disk together."""


class Envelope:
    """A stream's loudness before and after a limiter; 8 bytes for each step, on disk."""

    def __init__(self, rate_hz: int, layout: Layout | int, scratch: ScratchAudio) -> None:
        """`scratch` for two channels keeps peaks and energies; who opened it closes it."""
        layout = as_layout(layout)
        channels = layout.channels
        self._rate_hz, self._hop = rate_hz, max(1, round(HOP_S * rate_hz))
        self._steps = max(1, round(self._hop / max(1.0, _STEP_S * rate_hz)))
        self._edges = np.round(np.linspace(0, self._hop, self._steps + 1)).astype(np.int64)
        self._sections, self._weights = k_weighting(rate_hz), np.array(layout.loudness_weights, np.float64)
        rows = phases(rate_hz)
        self._middle = rows[len(rows) // 2]  # half way between two samples is enough to tell a loudness
        self._memory = np.zeros((channels, 2, 2))
        self._reach = len(self._middle) // 2
        self._held = np.zeros((channels, self._reach), np.float32)
        self._scratch, self._batch, self._batched = scratch, list[NDArray[np.float32]](), 0
        self._means: list[NDArray[np.float64]] = []

    def add(self, audio: Audio) -> None:
        """The next block, float32 [channels, samples]. Raises DISK_FULL `disk_full`."""
        sound = np.concatenate([self._held, audio], axis=1)
        hops = max(0, sound.shape[1] - 2 * self._reach) // self._hop
        found = np.empty((2, hops * self._steps), np.float32)
        means = np.empty(hops)
        outline(sound, self._sections, self._memory, self._weights, self._middle, self._edges, found, means)
        self._means.append(means)
        self._batch.append(found)
        self._batched += hops
        if self._batched >= _BATCH:
            self._write()
        self._held = sound[:, hops * self._hop :].copy()

    def finish(self) -> None:
        """The last hop, if it is whole."""
        self.add(np.zeros((len(self._held), self._reach), np.float32))
        self._write()

    def _write(self) -> None:
        if not self._batch:
            return
        self._scratch.add([np.concatenate(self._batch, axis=1)])
        self._batch, self._batched = [], 0

    def loudness_lufs(self) -> float | None:
        """Integrated, of the sound as it came; None under 0.4 s and for silence."""
        return _integrated(np.concatenate(self._means))

    def limited_lufs(self, gain_db: float, settings: LimiterSettings) -> float | None:
        """Integrated, with that gain and behind that limiter: to some hundredths of a LU where it takes 1 LU away."""
        gain, step = 10 ** (gain_db / 20), self._hop / self._steps
        window = (settings.lookahead_ms * self._rate_hz / 1000 + 1) / step
        recovery = Recovery(max(1, round(window) - 1), settings.release_ms / 1000, self._rate_hz / step)
        ceiling = ceiling_of(settings) / gain
        state: State | None = None
        energy, sums, means, early = np.zeros(recovery.ahead), np.zeros(0), list[NDArray[np.float64]](), recovery.ahead
        end = np.zeros((2, recovery.ahead), np.float32)  # pushes out what the lookahead still holds
        for peaks, energies in chain(self._scratch, [end]):
            energy = np.concatenate([energy, energies])
            curve, state = recovery.process(ceiling / np.maximum(peaks, ceiling, dtype=np.float64), state)
            louder = energy[: len(peaks)] * (gain if curve is None else gain * curve) ** 2
            energy = energy[len(peaks) :]
            sums = np.concatenate([sums, louder[early:]])
            early = max(0, early - len(louder))
            whole = len(sums) // self._steps * self._steps
            means.append(sums[:whole].reshape(-1, self._steps).sum(axis=1))
            sums = sums[whole:]
        return _integrated(np.concatenate(means))


def _integrated(means: NDArray[np.float64]) -> float | None:
    """From weighted means of each 100 ms."""
    return gated(lufs(running_mean(means, 4)))


@njit(cache=True, nogil=True, fastmath={"contract", "nsz"})
def outline(sound, sections, memory, weights, middle, edges, found, means):  # type: ignore[no-untyped-def]
    """Peaks, and energies as their share in the mean of their hop, of each step between two `edges` of a hop.

    `sound` [channels, reach + hops + reach]; `found` float32 [2, hops * steps]; `means` [hops] weighted mean squares.
    """
    reach = len(middle) // 2
    steps, hop = len(edges) - 1, edges[-1]
    gaps = np.empty(hop + 1, np.float32)
    unused = np.zeros((2, 2))
    for number in range(len(means)):
        piece = sound[:, number * hop : (number + 1) * hop + 2 * reach]
        gaps[:] = 0
        for channel in range(piece.shape[0]):
            between(piece[channel], middle, gaps)
            beside(piece[channel, reach:], gaps)
        total = 0.0
        for step in range(steps):
            start, end = edges[step], edges[step + 1]
            top = np.float32(0)
            for n in range(start, end + 1):
                top = max(top, gaps[n])
            energy = 0.0
            for first in range(0, piece.shape[0], 2):
                second = min(first + 1, piece.shape[0] - 1)
                aside = memory[second] if second > first else unused
                one, other, _, _, _ = weighted_pair(
                    piece[first, reach + start : reach + end],
                    piece[second, reach + start : reach + end],
                    sections,
                    memory[first],
                    aside,
                )
                energy += weights[first] * one
                if second > first:
                    energy += weights[second] * other
            found[0, number * steps + step] = top
            found[1, number * steps + step] = energy / hop
            total += energy
        forget(memory)
        means[number] = total / hop
