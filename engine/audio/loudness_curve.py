"""Loudness over time and true peak in one quick pass (ITU-R BS.1770-4, EBU Tech 3341 and 3342).

libebur128 gives the same numbers (a test compares them), but not the momentary loudness of every 100 ms without a call
for each, and it oversamples all that there is to find one peak.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.audio.block import Audio
from engine.audio.layouts import Layout, as_layout
from engine.audio.limiter import between, phases

ABSOLUTE_LUFS = -70.0
HOP_S = 0.1


def k_weighting(rate_hz: int) -> NDArray[np.float64]:
    """Both sections for any rate as rows of [b0 b1 b2 1 a1 a2] (B. De Man, "Evaluation of implementations of the EBU
    R128 loudness measurement", AES 145, 2018)."""
    k = math.tan(math.pi * 1681.9744509555319 / rate_hz)
    q, high = 0.7071752369554193, 10 ** (3.99984385397 / 20)
    band, a0 = high**0.499666774155, 1 + k / 0.7071752369554193 + k * k
    shelf = [high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k]
    poles = [a0, 2 * (k * k - 1), 1 - k / q + k * k]
    first = np.array([*shelf, *poles]) / a0
    k, q = math.tan(math.pi * 38.13547087613982 / rate_hz), 0.5003270373253953
    a0 = 1 + k / q + k * k
    return np.array([first, [1, -2, 1, 1, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]])


@dataclass(frozen=True)
class LoudnessCurves:
    """None where a measure is undefined."""

    integrated: float | None
    range_lu: float | None
    momentary: NDArray[np.float64]
    """LUFS every 100 ms from 0.4 s on; -inf in silence."""
    short_term: NDArray[np.float64]
    """LUFS every 100 ms from 3 s on."""


class LoudnessCurve:
    """A stream's loudness, peaks and energies."""

    def __init__(self, rate_hz: int, layout: Layout | int, *, peaks: bool = True) -> None:
        """Without `peaks` it is quicker, and both peaks stay 0."""
        layout = as_layout(layout)
        channels = layout.channels
        self._sections, self._phases, self._peaks = k_weighting(rate_hz), phases(rate_hz), peaks
        self._weights = np.array(layout.loudness_weights, np.float64)
        self._memory = np.zeros((channels, 2, 2))
        self._rate_hz, self._hop = rate_hz, max(1, round(HOP_S * rate_hz))
        self._done = 0
        self._open = np.zeros(2 + channels)  # sums of this hop so far, columns as in `steps`
        self._steps: list[NDArray[np.float64]] = []
        self._reach = len(self._phases[0]) // 2
        self._last = np.zeros((channels, 2 * self._reach), np.float32)
        self.sample_peaks, self._true_peak = np.zeros(channels), np.zeros(1)
        self.samples = 0

    def add(self, audio: Audio) -> None:
        """The next block, float32 [channels, samples]."""
        steps = np.zeros(((self._done + audio.shape[1]) // self._hop, len(self._open)))
        self._done = energies(
            audio, self._sections, self._memory, self._weights, self._open, self._done, self._hop, steps
        )
        self._steps.append(steps)
        self.samples += audio.shape[1]
        if not self._peaks:
            return
        if audio.shape[1]:
            self.sample_peaks = np.maximum(self.sample_peaks, np.maximum(audio.max(axis=1), -audio.min(axis=1)))
        joined = np.concatenate([self._last, audio], axis=1)
        _true_peak(joined, self._phases, self._true_peak)
        self._last = joined[:, joined.shape[1] - 2 * self._reach :].copy()

    def finish(self) -> None:
        """The last samples' peaks."""
        rest = np.concatenate([self._last, np.zeros_like(self._last)], axis=1)
        _true_peak(rest, self._phases, self._true_peak)
        self._last = rest[:, :0]

    def true_peak(self) -> float:
        """Linear; never below the sample peak."""
        return max(float(self._true_peak[0]), float(self.sample_peaks.max()))

    def steps(self) -> NDArray[np.float64]:
        """Means of each 100 ms: [steps, (weighted square, first channel by second, square of each channel)]."""
        return np.concatenate(self._steps) if self._steps else np.zeros((0, len(self._open)))

    def total(self) -> NDArray[np.float64]:
        """Means of everything, columns as in `steps`."""
        return np.asarray((self.steps().sum(axis=0) * self._hop + self._open) / max(1, self.samples))

    def loudness(self) -> LoudnessCurves:
        weighted = self.steps()[:, 0]
        momentary, short = lufs(running_mean(weighted, 4)), lufs(running_mean(weighted, 30))
        return LoudnessCurves(gated(momentary), loudness_range(short), momentary, short)


def running_mean(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    if len(values) < width:
        return np.zeros(0)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(values, width).mean(axis=1))


def lufs(weighted: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10 * np.log10(weighted))


def gated(momentary: NDArray[np.float64]) -> float | None:
    """Integrated loudness of blocks of 400 ms with 75 % overlap."""
    audible = momentary[momentary >= ABSOLUTE_LUFS]
    if not len(audible):
        return None
    return _mean(audible[audible >= _mean(audible) - 10])


def _mean(values: NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.mean(10 ** (values / 10))))


def audible_short_term(short_term: NDArray[np.float64]) -> NDArray[np.float64]:
    """Through both gates of EBU Tech 3342."""
    audible = short_term[short_term >= ABSOLUTE_LUFS]
    return audible[audible >= _mean(audible) - 20] if len(audible) else audible


def loudness_range(short_term: NDArray[np.float64]) -> float | None:
    """EBU Tech 3342, in LU."""
    audible = audible_short_term(short_term)
    if not len(audible):
        return None
    low, high = np.percentile(audible, [10, 95])
    return float(high - low)


@njit(cache=True, nogil=True, fastmath={"contract", "nsz"})
def weighted_pair(a, b, sections, memory_a, memory_b):  # type: ignore[no-untyped-def]
    """Sums of squares of two channels: weighted, weighted, plain, plain; and of one times the other.

    Two at once take as long as one: each sample waits for the one before it, and the processor is idle meanwhile.
    """
    b0, b1, b2, a1, a2 = sections[0, 0], sections[0, 1], sections[0, 2], sections[0, 4], sections[0, 5]
    c1, c2 = sections[1, 4], sections[1, 5]
    s0, s1, s2, s3 = memory_a[0, 0], memory_a[0, 1], memory_a[1, 0], memory_a[1, 1]
    t0, t1, t2, t3 = memory_b[0, 0], memory_b[0, 1], memory_b[1, 0], memory_b[1, 1]
    heard_a, heard_b, plain_a, plain_b, both = 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(len(a)):
        x = np.float64(a[n])
        y = b0 * x + s0
        s0 = b1 * x - a1 * y + s1
        s1 = b2 * x - a2 * y
        z = y + s2
        s2 = s3 - 2 * y - c1 * z
        s3 = y - c2 * z
        u = np.float64(b[n])
        v = b0 * u + t0
        t0 = b1 * u - a1 * v + t1
        t1 = b2 * u - a2 * v
        w = v + t2
        t2 = t3 - 2 * v - c1 * w
        t3 = v - c2 * w
        heard_a += z * z
        heard_b += w * w
        plain_a += x * x
        plain_b += u * u
        both += x * u
    memory_a[0, 0], memory_a[0, 1], memory_a[1, 0], memory_a[1, 1] = s0, s1, s2, s3
    memory_b[0, 0], memory_b[0, 1], memory_b[1, 0], memory_b[1, 1] = t0, t1, t2, t3
    return heard_a, heard_b, plain_a, plain_b, both


@njit(cache=True, nogil=True)
def forget(memory):  # type: ignore[no-untyped-def]
    """What has died away must not turn into slow subnormal numbers: `memory` [channels, 2, 2]."""
    for channel in range(memory.shape[0]):
        for k in range(2):
            for i in range(2):
                if abs(memory[channel, k, i]) < 1e-30:
                    memory[channel, k, i] = 0.0


@njit(cache=True, nogil=True, fastmath={"contract", "nsz"})
def energies(audio, sections, memory, weights, total, done, hop, steps):  # type: ignore[no-untyped-def]
    """Means of each `hop` into `steps`; what is not whole yet stays in `total` as a sum. Returns its length."""
    channels, count = audio.shape
    unused = np.zeros((2, 2))
    at, step = 0, 0
    while at < count:
        size = min(hop - done, count - at)
        for first in range(0, channels, 2):
            second = min(first + 1, channels - 1)
            aside = memory[second] if second > first else unused
            heard_a, heard_b, plain_a, plain_b, both = weighted_pair(
                audio[first, at : at + size], audio[second, at : at + size], sections, memory[first], aside
            )
            total[0] += weights[first] * heard_a
            total[2 + first] += plain_a
            if second > first:
                total[0] += weights[second] * heard_b
                total[2 + second] += plain_b
                if first == 0:
                    total[1] += both
        forget(memory)
        done += size
        at += size
        if done == hop:
            for place in range(len(total)):
                steps[step, place] = total[place] / hop
                total[place] = 0.0
            step += 1
            done = 0
    return done


@njit(cache=True, nogil=True, fastmath=True)
def _true_peak(sound, phases, peak):  # type: ignore[no-untyped-def]
    """Raises peak[0] to what lies between the samples of `sound` [channels, count + 2 reach], where it could."""
    reach = len(phases[0]) // 2
    step = 256
    loudest = 0.0
    for weights in phases:
        total = 0.0
        for weight in weights:
            total += abs(weight)
        loudest = max(loudest, total)
    gaps = np.empty(step, np.float32)
    for channel in range(sound.shape[0]):
        row = sound[channel]
        for start in range(0, len(row) - 2 * reach, step):
            size = min(step, len(row) - 2 * reach - start)
            piece = row[start : start + size + 2 * reach]
            top = np.float32(0)
            for n in range(len(piece)):
                top = max(top, abs(piece[n]))
            if top * loudest <= peak[0]:
                continue
            gaps[:size] = 0
            for weights in phases:
                between(piece, weights, gaps[:size])
            for n in range(size):
                peak[0] = max(peak[0], gaps[n])
