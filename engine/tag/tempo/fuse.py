"""One tempo out of two witnesses: TempoCNN knows the octave, the beats know the decimals."""

from dataclasses import dataclass, replace
from math import log2

import numpy as np
from numpy.typing import NDArray

from engine.tag.tempo.beatnet import FPS, Activations, HeardBeats
from engine.tag.tempo.beats import Beats, decode
from engine.tag.tempo.tempocnn import CLASSES, SLOWEST_BPM, TempoDistribution

CURVE_STEP_S = 2.0
LEAST_CONFIDENCE = 0.25
"""81 of 82 composed pieces have 0.30 and more; noise, drones, rain, strokes and notes at random have 0.21 at most."""
_REACH_S = 5.0
"""The tempo of a moment is that of the beats so far before and behind it."""
_FREELY = 4.0
"""So many times likelier must beats at another tempo be than those that were looked for at any."""
_LEAST_SHARE = 0.2
_SAME = 0.04
_FAMILY = (0.5, 1.0, 2.0, 1 / 3, 3.0)
_AROUND = 1.18
_AT_IT = 1.09
_UNSTEADY = 0.2
"""Spread of a curve from which on no one tempo is asked for."""
_ON_THE_LINE = 0.8
"""Share of the beats that lie on a line, from which on it is the tempo."""
_USUAL_BPM, _OCTAVES = 110.0, 0.6


@dataclass(frozen=True)
class Pulse:
    """How a sound is counted. Times are seconds from its beginning, in order.

    `bpm` is rounded to two decimals. `confidence`, 0 to 1: below LEAST_CONFIDENCE there is likely no pulse. A bar has
    `beats_per_bar`, and its first beat is in `downbeats_s`. `alternative_bpm` is the half or the double, whichever is
    likelier. `curve_bpm` has the tempo at every multiple of CURVE_STEP_S.
    """

    bpm: float
    confidence: float
    alternative_bpm: float
    beats_s: tuple[float, ...]
    downbeats_s: tuple[float, ...]
    beats_per_bar: int
    curve_bpm: tuple[float, ...]


def fuse(
    distribution: TempoDistribution,
    activations: Activations,
    low_bpm: float | None = None,
    high_bpm: float | None = None,
) -> Pulse | None:
    """The tempo of a sound, between two limits where they are given; None without at least four beats at such a
    tempo."""
    free = _Heard.of(distribution, activations, decode(activations))
    if free is None:
        return None
    low, high = low_bpm or 0.0, high_bpm or float("inf")
    fits = low <= free.bpm <= high
    found = [free] if fits else []
    if not (fits and spread(free.curve) > _UNSTEADY and free.confidence >= LEAST_CONFIDENCE):
        for bpm in _others(distribution, free.bpm, low, high):
            beats = decode(activations, max(low, bpm / _AROUND), min(high, bpm * _AROUND))
            other = _Heard.of(distribution, activations, beats)
            found += [other] if other else []
    if not found:
        return None
    heard = max(found, key=lambda one: one.likelihood * (_FREELY if one is free else 1.0))
    return Pulse(
        bpm=round(heard.bpm, 2),
        confidence=round(heard.confidence, 3),
        alternative_bpm=round(_alternative(distribution, heard.bpm), 2),
        beats_s=_seconds(heard.times_s),
        downbeats_s=_seconds(heard.times_s[heard.beats.numbers == 1]),
        beats_per_bar=heard.beats.beats_per_bar,
        curve_bpm=tuple(round(float(value), 2) for value in heard.curve),
    )


def pulse_of(
    distribution: TempoDistribution, heard: HeardBeats, low_bpm: float | None = None, high_bpm: float | None = None
) -> Pulse | None:
    """The tempo as the first network has it, and the beats and bars at it as the mean of all has them; as `fuse`."""
    found = fuse(distribution, heard.first, low_bpm, high_bpm)
    if found is None:
        return None
    low, high = max(low_bpm or 0.0, found.bpm / _AT_IT), min(high_bpm or float("inf"), found.bpm * _AT_IT)
    beats = fuse(distribution, heard.mean, low, high)
    if beats is None or abs(beats.bpm / found.bpm - 1) > _SAME:
        return found
    return replace(beats, confidence=found.confidence, alternative_bpm=found.alternative_bpm)


def tempo_curve(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Beats a minute at every multiple of CURVE_STEP_S up to the last of at least two beats: the slope of a line
    through those near. Before the first beat it is what it is there."""
    centres = np.arange(0.0, times_s[-1] + 1e-9, CURVE_STEP_S)
    inside = np.clip(centres, times_s[0], times_s[-1])
    starts = np.searchsorted(times_s, inside - _REACH_S)
    ends = np.searchsorted(times_s, inside + _REACH_S, side="right")
    wide = np.maximum(ends - starts, 2)
    starts = np.clip(starts, 0, len(times_s) - wide)
    return np.array([60 / _slope(times_s[start : start + count]) for start, count in zip(starts, wide, strict=True)])


def spread(curve: NDArray[np.float64]) -> float:
    """How far its tenth and ninetieth percentile lie apart, as a share of its median: below 0.02 a tempo is steady."""
    low, high = np.percentile(curve, (10, 90))
    return float((high - low) / np.median(curve))


@dataclass(frozen=True, eq=False)
class _Heard:
    """Beats, their times between frames, the curve of their tempo, and the tempo of all. `contrast`: how much more
    active they are than what lies between them; `agreement`: how likely TempoCNN finds their tempo or an octave."""

    beats: Beats
    times_s: NDArray[np.float64]
    curve: NDArray[np.float64]
    bpm: float
    contrast: float
    agreement: float
    likelihood: float

    @classmethod
    def of(cls, distribution: TempoDistribution, activations: Activations, beats: Beats) -> "_Heard | None":
        if len(beats.times_s) < 4:
            return None
        times_s, weight = _between_frames(beats.times_s, activations)
        curve = tempo_curve(times_s)
        bpm = _bpm(times_s, weight, float(np.median(curve)))
        contrast = _contrast(activations, beats)
        agreement = min(1.0, sum(distribution.near(factor * bpm) for factor in _FAMILY))
        return cls(
            beats, times_s, curve, bpm, contrast, agreement, contrast * (distribution.near(bpm) + 0.01) * _usual(bpm)
        )

    @property
    def confidence(self) -> float:
        return float(np.sqrt(self.contrast * self.agreement))


def _contrast(activations: Activations, beats: Beats) -> float:
    active = activations.sum(axis=1)
    frames = np.rint(beats.times_s * FPS).astype(int)
    between = np.ones(len(active), bool)
    for shift in (-1, 0, 1):
        between[np.clip(frames + shift, 0, len(active) - 1)] = False
    return max(0.0, float(active[frames].mean() - (active[between].mean() if between.any() else 0.0)))


def _between_frames(
    times_s: NDArray[np.float64], activations: Activations
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Beats moved to the top of a parabola through the activations about them; and how active each is."""
    active = np.pad(activations.sum(axis=1, dtype=np.float64), 1, mode="edge")
    frames = np.rint(times_s * FPS).astype(int)
    before, at, after = (active[frames + shift] for shift in range(3))
    bend = np.minimum(before - 2 * at + after, -1e-9)
    return (frames + np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) / FPS, np.maximum(at, 1e-3)


def _slope(times_s: NDArray[np.float64]) -> float:
    places = np.arange(len(times_s)) - (len(times_s) - 1) / 2
    return float(places @ times_s / (places @ places))


def _bpm(times_s: NDArray[np.float64], weight: NDArray[np.float64], usual: float) -> float:
    """From `usual` on, by a line through the beats, on which what is far from it counts ever less; where most are far,
    it stays `usual`."""
    places = np.arange(len(times_s)) - (len(times_s) - 1) / 2
    slope = 60 / usual
    start = float(np.median(times_s - slope * places))
    for _ in range(10):
        apart = np.abs(times_s - start - slope * places)
        usual_apart = np.clip(1.5 * np.median(apart), 0.003, slope / 20)
        share = weight / (1 + (apart / usual_apart) ** 2)
        middle = share @ places / share.sum()
        slope = float(share @ ((places - middle) * times_s) / (share @ (places - middle) ** 2))
        start = float(share @ (times_s - slope * places) / share.sum())
    near = np.abs(times_s - start - slope * places) < slope / 16
    return 60 / slope if weight[near].sum() >= _ON_THE_LINE * weight.sum() else usual


def _others(distribution: TempoDistribution, found: float, low: float, high: float) -> list[float]:
    """TempoCNN's own tempo and the octaves of the beats', as far as they are within the limits and likely."""
    tempos = SLOWEST_BPM + np.arange(CLASSES)
    share = np.where((low <= tempos) & (tempos <= high), distribution.share, 0)
    octaves = [bpm for factor in _FAMILY if low <= (bpm := factor * found) <= high]
    candidates = [bpm for bpm in octaves if found not in octaves or distribution.near(bpm) >= _LEAST_SHARE]
    peak = TempoDistribution(share).bpm
    if low <= peak <= high and (distribution.near(peak) >= _LEAST_SHARE or not octaves):
        candidates.append(peak)
    if not candidates:
        candidates = [min(high, max(low, found))]
    others: list[float] = []
    for bpm in candidates:
        if all(abs(bpm / known - 1) > _SAME for known in [found, *others]):
            others.append(bpm)
    return others


def _usual(bpm: float) -> float:
    """How often music is counted so, beside the tempo that is commonest."""
    return float(np.exp(-0.5 * (log2(bpm / _USUAL_BPM) / _OCTAVES) ** 2))


def _alternative(distribution: TempoDistribution, found: float) -> float:
    """The half or the double, whichever is likelier, or else nearer to what is usual."""
    return max((found / 2, found * 2), key=lambda bpm: (distribution.near(bpm) + 0.1) * _usual(bpm))


def _seconds(times_s: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(time), 3) for time in times_s)
