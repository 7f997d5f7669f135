"""Overtones for the treble.

What lies above a frequency (Butterworth, 24 dB per octave) goes into x / sqrt(1 + x²) and is added. The curve's
antiderivative gives samples of the band-limited result (J. Parker, V. Zavalishin, E. Le Bivic, "Reducing the aliasing
of nonlinear waveshaping using continuous-time convolution", DAFx 2016); for this curve the quotient has the closed form
(a + b) / (sqrt(1 + a²) + sqrt(1 + b²)), which no two equal samples can make 0 / 0.
"""

import math

import numpy as np
from numba import njit
from scipy import signal

from engine.audio.block import Audio
from engine.audio.effects import State
from engine.audio.layouts import Layout, as_layout
from engine.audio.processor import Processor
from engine.match.processors.equaliser import HIGHEST, cascade
from engine.match.style import ExciterSettings


class Exciter(Processor):
    def reset(self, rate_hz: int, layout: Layout | int, params: ExciterSettings) -> None:
        layout = as_layout(layout)
        self.traits = (rate_hz,)
        self._channels, self._lfe = layout.channels, list(layout.lfe)
        self._on = params.from_hz < HIGHEST * rate_hz and params.amount > 0
        edge = min(params.from_hz, HIGHEST * rate_hz)
        self._sections = np.asarray(signal.butter(4, edge, "highpass", fs=rate_hz, output="sos"))
        self._drive, self._amount = 10 ** (params.drive_db / 20), params.amount

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        if state is None:
            state = {"memory": np.zeros((2, self._channels, 2)), "last": np.zeros(self._channels)}
        if not self._on:
            return audio, state
        last = state["last"].copy()
        treble, after = cascade(audio, self._sections, state["memory"])
        if self._lfe:
            treble[self._lfe] = 0
        out = np.empty_like(audio)
        _saturate(audio, treble, self._drive, self._amount / self._drive, last, out)
        return out, {**after, "last": last}


@njit(cache=True, nogil=True, fastmath=True)
def _saturate(audio, treble, drive, share, last, out):  # type: ignore[no-untyped-def]
    for channel in range(audio.shape[0]):
        before = np.float32(last[channel])
        root = np.float32(math.sqrt(1 + before * before))
        for n in range(audio.shape[1]):
            driven = np.float32(treble[channel, n] * drive)
            next_root = np.float32(math.sqrt(np.float32(1) + driven * driven))
            out[channel, n] = audio[channel, n] + np.float32(share) * (driven + before) / (next_root + root)
            before, root = driven, next_root
        last[channel] = before
