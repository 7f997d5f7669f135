"""The equaliser: second-order sections in series (R. Bristow-Johnson, Audio EQ Cookbook)."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from engine.audio.block import Audio
from engine.audio.effects import Effect, State
from engine.audio.layouts import Layout, as_layout
from engine.audio.processor import Processor
from engine.match.style import EqBand

HIGHEST = 0.49
"""Highest frequency of a band as a share of the sample rate."""
Three = tuple[float, float, float]


def section(band: EqBand, rate_hz: int) -> NDArray[np.float64]:
    """A band as [b0 b1 b2 1 a1 a2]."""
    a = 10 ** (band.gain_db / 40)
    w = 2 * math.pi * band.f_hz / rate_hz
    b, c = coefficients(band.type, a, math.cos(w), math.sin(w) / (2 * band.q))
    return np.array([*b, *c]) / c[0]


def coefficients(kind: str, a: float, cos: float, alpha: float) -> tuple[Three, Three]:
    """(b, a) of one section in the cookbook's terms: `a` is the root of the linear gain, `cos` of the angle."""
    if kind == "peaking":
        return (1 + alpha * a, -2 * cos, 1 - alpha * a), (1 + alpha / a, -2 * cos, 1 - alpha / a)
    sign = 1 if kind == "low_shelf" else -1
    root, up, down = 2 * math.sqrt(a) * alpha, a + 1, (a - 1) * sign
    return (
        (a * (up - down * cos + root), 2 * a * sign * (a - 1 - sign * up * cos), a * (up - down * cos - root)),
        (up + down * cos + root, -2 * sign * (a - 1 + sign * up * cos), up + down * cos - root),
    )


def sections(bands: Sequence[EqBand], rate_hz: int) -> NDArray[np.float64]:
    """Those bands that do something at this rate, as rows of [b0 b1 b2 1 a1 a2]: [bands, 6]."""
    return np.array([section(band, rate_hz) for band in sounding(bands, rate_hz)]).reshape(-1, 6)


def sounding(bands: Sequence[EqBand], rate_hz: int) -> list[EqBand]:
    """Those bands that do something at this rate."""
    return [band for band in bands if band.gain_db and band.f_hz <= HIGHEST * rate_hz]


def response_db(bands: Sequence[EqBand], rate_hz: int, f_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gain in dB of all bands together at these frequencies, for pictures and fits."""
    z = np.exp(-2j * math.pi * np.asarray(f_hz, np.float64) / rate_hz)
    gain = np.zeros(z.shape)
    for b0, b1, b2, _, a1, a2 in sections(bands, rate_hz):
        gain += 20 * np.log10(np.abs((b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z)))
    return gain


class Equaliser(Processor):
    """float64 inside: a bell at 30 Hz in float32 hisses."""

    def reset(self, rate_hz: int, layout: Layout | int, params: Sequence[EqBand]) -> None:
        self._sections = sections(params, rate_hz)
        self._rate_hz, self._channels = rate_hz, as_layout(layout).channels
        self.traits = (rate_hz,)

    def dry(self) -> Effect:
        """Flat: a section's answer may peak after its beginning."""
        flat = Equaliser()
        flat.reset(self._rate_hz, self._channels, [])
        return flat

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        start = np.zeros((len(self._sections), self._channels, 2)) if state is None else state["memory"]
        return cascade(audio, self._sections, start)


class SideEqualiser(Processor):
    """The same for (L - R) / 2 of every left-right pair; the mid signal stays what it was."""

    def reset(self, rate_hz: int, layout: Layout | int, params: Sequence[EqBand]) -> None:
        self._pairs = as_layout(layout).pairs
        self._equaliser = Equaliser()
        self._equaliser.reset(rate_hz, len(self._pairs), params)
        self.traits = (rate_hz,)

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        if not self._pairs:
            return audio, {}
        left, right = ([pair[i] for pair in self._pairs] for i in (0, 1))
        side = (audio[left] - audio[right]) * np.float32(0.5)
        changed, after = self._equaliser.process(side, state)
        out = audio.copy()
        out[left] += changed - side
        out[right] -= changed - side
        return out, after


def cascade(audio: Audio, sections: NDArray[np.float64], memory: NDArray[np.float64]) -> tuple[Audio, State]:
    """Float32 [channels, samples] through sections [count, 6] in series: the result, and the state for what follows.

    `memory` float64 [count, channels, 2]: zeros at a stream's beginning.
    """
    if not len(sections):
        return audio, {"memory": memory}
    out, after = signal.sosfilt(sections, audio, axis=1, zi=memory)
    after[np.abs(after) < 1e-30] = 0  # what has died away must not turn into slow subnormal numbers
    return out.astype(np.float32), {"memory": after}
