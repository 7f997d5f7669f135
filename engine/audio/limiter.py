"""The true-peak limiter: 4x oversampled detection, lookahead, and a second look at what came out.

The needed gain is held back over the lookahead (running minimum), comes back exponentially, and is smoothed by two
running means, together as long as the lookahead: it is never above what a peak needs. It comes back in an eighth of the
release from a single peak, which would else take what follows it along, and with the release from what lasts: the
lower of two gains, a quick one and one that needs `_LASTING_S` to sink. A gain that moves between the
samples from which a peak is interpolated can still miss by a little; a second stage mends that.
"""

import math
from typing import Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.audio.block import Audio
from engine.audio.effects import State
from engine.audio.layouts import Layout, as_layout
from engine.audio.processor import Processor

_MARGIN_DB = 0.02
"""Under the ceiling: what another interpolator may see that this one does not, and rounding to 24 bits."""
_GUARD_S = 0.001
_LEAST_AHEAD = 4
_LASTING_S = 0.05
_QUICK = 8
_LOWERED = 10 ** (-0.01 / 20)
STEP = 4096
"""Samples between two noted gains; divides a block."""


class Limiting(Protocol):
    """What a limiter is asked for: the highest true peak of what comes out, dBTP; how long before a peak the gain
    begins to sink; the time constant with which it comes back from what lasts."""

    @property
    def tp_db(self) -> float: ...
    @property
    def lookahead_ms(self) -> float: ...
    @property
    def release_ms(self) -> float: ...


def ceiling_of(params: Limiting) -> float:
    """What no sample and nothing between two samples exceeds: linear."""
    return float(10 ** ((params.tp_db - _MARGIN_DB) / 20))


Phases = tuple[tuple[np.float32, ...], ...]


def phases(rate_hz: int) -> Phases:
    """Interpolation between two samples, weights by phase: to four times the rate under 96 kHz, else to twice.

    Windowed sinc (Hann) of the same length as libebur128's: 48 samples of the finer rate; BS.1770-4, annex 2 asks for
    192 kHz or more. Tuples, so that the compiler knows how long they are.
    """
    factor = 4 if rate_hz < 96_000 else 2
    reach = 24 // factor
    rows = []
    for phase in range(1, factor):
        t = np.arange(-reach + 1, reach + 1) - phase / factor
        rows.append(tuple((np.sinc(t) * 0.5 * (1 + np.cos(math.pi * t / reach))).astype(np.float32)))
    return tuple(rows)


class Recovery:
    """From the gain that each sample needs to a smooth one never above it, `ahead` (1 or more) samples later."""

    def __init__(self, ahead: int, release_s: float, rate_hz: float) -> None:
        self.ahead = ahead
        self._short = ahead // 2 + 1
        self._long = ahead + 2 - self._short  # both means together reach over ahead + 1 samples
        times_s = (release_s / _QUICK, release_s, _LASTING_S)
        self._poles = tuple(math.exp(-1 / (time_s * rate_hz)) for time_s in times_s)

    def process(self, need: NDArray[np.float64], state: State | None) -> tuple[NDArray[np.float64] | None, State]:
        """`need` [samples], 1 or less -> the gain, None where it is 1 throughout, and what is to be remembered."""
        if state is None:
            state = {"need": np.ones(self.ahead), "gain": np.ones(2), "held": np.ones(self.ahead)}
        samples, held, gain = len(need), state["held"], state["gain"]
        need = np.concatenate([state["need"], need])
        after = {"need": need[samples:], "gain": gain, "held": held}
        if need.min() >= 1 and gain.min() >= 1 and held.min() >= 1:
            return None, after
        gain = gain.copy()
        released = np.concatenate([held, np.empty(samples)])
        hold_and_release(need, self.ahead, self._poles, gain, released[len(held) :])
        curve = smooth(smooth(released, self._short), self._long)
        return curve, {**after, "gain": gain, "held": released[samples:].copy()}


class _Stage:
    """One limiter: `ahead` samples of lookahead, plus what interpolation and smoothing need."""

    def __init__(self, rate_hz: int, channels: int, ceiling: float, ahead: int, release_s: float) -> None:
        self._phases, self._channels, self._ceiling = phases(rate_hz), channels, ceiling
        self._recovery = Recovery(max(_LEAST_AHEAD, ahead), release_s, rate_hz)
        self._reach = len(self._phases[0]) // 2
        self._late = self._recovery.ahead + self._reach

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        if state is None:
            state = {"sound": np.zeros((self._channels, self._late + self._reach), np.float32), "recovery": None}
        samples = audio.shape[1]
        sound = np.concatenate([state["sound"], audio], axis=1)
        # needs of the samples that are now surrounded by enough others, `reach` behind the newest
        need = needed(sound[:, self._recovery.ahead :], self._phases, self._ceiling, samples)
        gain, recovery = self._recovery.process(need, state["recovery"])
        out = sound[:, self._reach : self._reach + samples].copy()
        curve = None if gain is None else gain.astype(np.float32)
        if curve is not None:
            out *= curve
        return out, {"sound": sound[:, samples:].copy(), "recovery": recovery, "curve": curve}


class Limiter(Processor):
    """Never a true peak over the ceiling."""

    def __init__(self) -> None:
        self.lowest_db: list[float] = []
        """The lowest gain, 0 or less, in each `STEP` samples so far."""
        self.lowered = 0
        """Samples so far whose gain was more than 0.01 dB down."""

    def reset(self, rate_hz: int, layout: Layout | int, params: Limiting) -> None:
        channels = as_layout(layout).channels
        ceiling = ceiling_of(params)
        release_s = params.release_ms / 1000
        self._first = _Stage(rate_hz, channels, ceiling, round(params.lookahead_ms * rate_hz / 1000), release_s)
        self._second = _Stage(rate_hz, channels, ceiling, round(_GUARD_S * rate_hz), _GUARD_S)
        self.traits = rate_hz, params.lookahead_ms

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        if state is None:
            self.lowest_db, self.lowered = [], 0
            state = {"first": None, "second": None}
        out, first = self._first.process(audio, state["first"])
        out, second = self._second.process(out, state["second"])
        self._note(first["curve"], audio.shape[1])
        return out, {"first": first, "second": second}

    def _note(self, curve: NDArray[np.float32] | None, samples: int) -> None:
        if curve is None:
            self.lowest_db += [0.0] * (samples // STEP)
            return
        lowest = curve.reshape(-1, STEP).min(axis=1).astype(np.float64)
        self.lowest_db += [min(0.0, round(20 * math.log10(gain), 3)) for gain in lowest]
        self.lowered += int(np.count_nonzero(curve < _LOWERED))


@njit(cache=True, nogil=True, fastmath=True)
def between(row, weights, gaps):  # type: ignore[no-untyped-def]
    """Raises each of `gaps` to what is interpolated there. `weights` is a tuple: its known length makes vectors."""
    for n in range(len(gaps)):
        made = np.float32(0)
        for k in range(len(weights)):
            made += weights[k] * row[n + k]
        gaps[n] = max(gaps[n], abs(made))


@njit(cache=True, nogil=True, fastmath=True)
def beside(row, gaps):  # type: ignore[no-untyped-def]
    """Raises each of `gaps` but the last to the sample behind it."""
    for n in range(len(gaps) - 1):
        gaps[n] = max(gaps[n], abs(row[n]))


@njit(cache=True, nogil=True, fastmath=True)
def needed(sound, phases, ceiling, count):  # type: ignore[no-untyped-def]
    """The gain, at most 1, that keeps each of `count` samples and both gaps beside it under the ceiling.

    `sound` [channels, count + 2 reach]; the first result is for its sample `reach`. A peak between two samples counts
    for both.
    """
    reach = len(phases[0]) // 2
    step = 512
    result = np.ones(count)
    loudest = 0.0  # what interpolation can add at most
    for weights in phases:
        total = 0.0
        for weight in weights:
            total += abs(weight)
        loudest = max(loudest, total)
    tops = np.empty(step + 1, np.float32)
    for start in range(0, count, step):
        size = min(step, count - start)
        piece = sound[:, start : start + size + 2 * reach]
        gaps = tops[: size + 1]  # gap n lies between the samples reach - 1 + n and reach + n
        gaps[:] = 0
        top = np.float32(0)
        for channel in range(piece.shape[0]):
            row = piece[channel]
            for n in range(len(row)):
                top = max(top, abs(row[n]))
        if top * loudest <= ceiling:
            continue
        for channel in range(piece.shape[0]):
            for weights in phases:
                between(piece[channel], weights, gaps)
            beside(piece[channel, reach:], gaps)
        for n in range(size):
            peak = max(gaps[n], gaps[n + 1])
            result[start + n] = ceiling / peak if peak > ceiling else 1.0
    return result


@njit(cache=True, nogil=True)
def hold_and_release(need, ahead, poles, gain, out):  # type: ignore[no-untyped-def]
    """Running minimum of `need` over itself and the next `ahead`, at once on the way down, exponentially on the way up.

    `poles`: the quick gain's release, the slow one's, and the slow one's attack; `gain` float64 [2] are their last
    values; `out` [len(need) - ahead]. The minimum by van Herk's two passes over pieces.
    """
    width = ahead + 1
    count = len(out)
    suffix = need.copy()
    for n in range(len(need) - 2, -1, -1):
        if (n + 1) % width:
            suffix[n] = min(suffix[n], suffix[n + 1])
    prefix = 1.0
    for n in range(ahead):
        prefix = need[n] if n % width == 0 else min(prefix, need[n])
    quick_pole, slow_pole, attack_pole = poles
    quick, slow = gain
    for n in range(count):
        last = n + ahead
        prefix = need[last] if last % width == 0 else min(prefix, need[last])
        low = min(suffix[n], prefix)
        quick = min(low, low + quick_pole * (quick - low))
        slow = low + (attack_pole if low < slow else slow_pole) * (slow - low)
        if quick > 0.9999999:
            quick = 1.0
        if slow > 0.9999999:
            slow = 1.0
        out[n] = min(quick, slow)
    gain[0], gain[1] = quick, slow


@njit(cache=True, nogil=True)
def smooth(values, width):  # type: ignore[no-untyped-def]
    """Mean of each run of `width` values: [len(values) - width + 1]."""
    out = np.empty(len(values) - width + 1)
    total = 0.0
    for n in range(width):
        total += values[n]
    out[0] = total / width
    for n in range(1, len(out)):
        total += values[n + width - 1] - values[n - 1]
        out[n] = total / width
    return out
