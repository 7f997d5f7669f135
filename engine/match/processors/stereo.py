"""Width: the side signal of every left-right pair, louder or softer, the same everywhere or band by band."""

import numpy as np

from engine.audio.block import Audio
from engine.audio.convolution import Convolver
from engine.audio.effects import State
from engine.audio.layouts import Layout, as_layout
from engine.audio.processor import BLOCK, Processor
from engine.match.processors.bands import half_length, linear_phase
from engine.match.style import StereoSettings


class Width(Processor):
    """The mid signal stays to the bit what it was, only later where there are bands."""

    def reset(self, rate_hz: int, layout: Layout | int, params: StereoSettings) -> None:
        layout = as_layout(layout)
        self._pairs, self._channels = layout.pairs, layout.channels
        widths = params.widths()
        edges = [band.high_hz for band in params.bands if band.high_hz is not None]
        banded = bool(self._pairs) and any(width != widths[0] for width in widths)
        self._half = half_length(rate_hz) if banded else 0
        self.traits = rate_hz, banded, *edges
        self._change = np.float32(widths[0] - 1)
        self._filter = None
        if banded:
            taps = linear_phase(np.array([widths]) - 1, edges, rate_hz)
            self._filter = Convolver(np.repeat(taps, len(self._pairs), axis=0))

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        if state is None:
            state = {"before": np.zeros((self._channels, self._half), np.float32), "filter": None}
        if not self._pairs or (self._filter is None and not self._change):
            return audio, state
        left, right = ([pair[i] for pair in self._pairs] for i in (0, 1))
        side = (audio[left] - audio[right]) * np.float32(0.5)
        if self._filter is None:
            out, added, after = audio.copy(), side * self._change, state
        else:
            joined = np.concatenate([state["before"], audio], axis=1)
            out = joined[:, :BLOCK].copy()
            added, memory = self._filter.process(side, state["filter"])
            after = {"before": joined[:, BLOCK:], "filter": memory}
        out[left] += added
        out[right] -= added
        return out, after
