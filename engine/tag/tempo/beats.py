"""Beats and bars out of activations: the likeliest path through bars of steady beats.

The model is that of madmom's `DBNDownBeatTrackingProcessor` with its defaults (F. Krebs, S. Böck, G. Widmer, "An
efficient state-space model for joint tempo and meter tracking", 2015): within a beat the tempo stays, from one to the
next it changes with a probability that falls exponentially. Here a whole beat is one step, with the sums of its frames
taken from running sums; the path is the same, without the memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.tag.tempo.beatnet import FPS, Activations

SLOWEST_BPM, FASTEST_BPM = 55.0, 215.0
METRES = (2, 3, 4)
_STEADINESS = 100.0
"""How much likelier no change of tempo is than one by the factor e: exp(-_STEADINESS · |ratio - 1|)."""
_PARTS = 16
"""The first of so many parts of a beat is where its activation is expected."""
_LEAST_ACTIVE = 0.05
"""The sound before the first and after the last activation of at least this has no beats."""
_FLOOR = 1e-12
_SEGMENT = 12_000
"""Frames whose ways back are in memory at once."""

_Scores = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Beats:
    """When beats are, and where in their bars. `beats_per_bar` is 0 where there are none."""

    times_s: NDArray[np.float64]
    numbers: NDArray[np.int64]
    """The first of a bar is 1."""
    beats_per_bar: int


def decode(
    activations: Activations,
    slowest_bpm: float = SLOWEST_BPM,
    fastest_bpm: float = FASTEST_BPM,
    metres: Sequence[int] = METRES,
) -> Beats:
    """The likeliest beats between two tempos, in bars of one of `metres`."""
    active = np.flatnonzero(activations.max(axis=1, initial=0) >= _LEAST_ACTIVE)
    if not active.size:
        return Beats(np.zeros(0), np.zeros(0, np.int64), 0)
    first, last = int(active[0]), int(active[-1]) + 1
    heard = activations[first:last]
    paths = _Paths(heard, 60 * FPS / fastest_bpm, 60 * FPS / slowest_bpm, metres)
    found, beats_per_bar = paths.best()
    frames = [start + int(heard[start:end].max(axis=1).argmax()) for start, end, _ in found]
    numbers = np.array([number for *_, number in found], np.int64)
    return Beats((np.array(frames, np.float64) + first) / FPS, numbers, beats_per_bar)


class _Paths:
    """Scores by when a beat begins, which of which bar it is (a row), and how many frames it lasts (a column)."""

    def __init__(self, activations: Activations, shortest: float, longest: float, metres: Sequence[int]) -> None:
        self.frames = len(activations)
        self.lengths = np.arange(round(shortest), round(longest) + 1)
        self.active = -(-self.lengths // _PARTS)
        chance = np.exp(-_STEADINESS * np.abs(self.lengths[:, None] / self.lengths - 1))
        chance[chance <= np.spacing(1)] = 0
        with np.errstate(divide="ignore"):
            self.change = np.log(chance / chance.sum(axis=0))
        self.places = [(metre, number) for metre in metres for number in range(1, metre + 1)]
        self.before = np.array([self.places.index((metre, number - 1 or metre)) for metre, number in self.places])
        self.kinds = np.array([2 if number == 1 else 1 for _, number in self.places])
        pairs = np.asarray(activations, np.float64)
        logs = np.log(np.maximum(np.column_stack([(1 - pairs.sum(axis=1)) / (_PARTS - 1), pairs]), _FLOOR))
        self.sums = np.concatenate([np.zeros((1, 3)), np.cumsum(logs, axis=0)])

    def best(self) -> tuple[list[tuple[int, int, int]], int]:
        """Start, end and number of the active part of each beat, and the metre."""
        scores = self._begun()
        starts = list(range(0, self.frames, _SEGMENT))
        kept = []
        for start in starts:
            kept.append(scores)
            back, scores = self._advance(scores, start)
        reach = len(scores)
        over = np.arange(reach)[:, None] < reach - self.lengths
        open_ = np.where(over[:, None], -np.inf, scores)
        place, row, column = (int(index) for index in np.unravel_index(int(open_.argmax()), open_.shape))
        at, metre = self.frames - reach + place, self.places[row][0]
        found: list[tuple[int, int, int]] = []
        for start, scores in zip(reversed(starts), reversed(kept), strict=True):
            if start != starts[-1]:
                back, _ = self._advance(scores, start)
            while at >= start:
                found.append((at, at + int(self.active[column]), self.places[row][1]))
                row, column = int(self.before[row]), int(back[at - start, row, column])
                at -= int(self.lengths[column])
        found.append((at, at + int(self.active[column]), self.places[row][1]))
        inside = [(max(0, start), min(self.frames, end), number) for start, end, number in reversed(found)]
        return [part for part in inside if part[0] < part[1]], metre

    def _begun(self) -> _Scores:
        """Of beats that were on their way when the sound began, all as likely as each other in bars of one metre."""
        reach = int(self.lengths[-1])
        scores = np.zeros((reach, len(self.places), len(self.lengths)))
        for row, (metre, _) in enumerate(self.places):
            for column in range(len(self.lengths)):
                for place in range(reach):
                    gain = _gain(self.sums, place - reach, self.lengths[column], self.active[column], self.kinds[row])
                    scores[place, row, column] = gain - np.log(metre * self.lengths.sum())
        return scores

    def _advance(self, scores: _Scores, start: int) -> tuple[NDArray[np.uint16], _Scores]:
        """From the scores of beats that began in the frames before `start` [reach, rows, columns] to those a segment
        later; and how long the beat before each was, as a column [frames, rows, columns]."""
        count = min(_SEGMENT, self.frames - start)
        known = np.concatenate([scores, np.empty((count, *scores.shape[1:]))])
        back = np.empty((count, *scores.shape[1:]), np.uint16)
        _walk(known, back, start, self.sums, self.lengths, self.active, self.change, self.before, self.kinds)
        return back, known[count:].copy()


@njit(cache=True, nogil=True)
def _gain(sums, start, length, active, kind):  # type: ignore[no-untyped-def]
    """What a beat of some length that begins at a frame gains from its frames, as far as they are in the sound."""
    last = len(sums) - 1
    first, middle = min(max(start, 0), last), min(max(start + active, 0), last)
    end = min(max(start + length, 0), last)
    return sums[middle, kind] - sums[first, kind] + sums[end, 0] - sums[middle, 0]


@njit(cache=True, nogil=True)
def _walk(known, back, start, sums, lengths, active, change, before, kinds):  # type: ignore[no-untyped-def]
    """Fills `back` and what of `known` is behind the beginning; see `_Paths._advance`."""
    frames, rows, columns = back.shape
    reach = len(known) - frames
    ended = np.empty(columns)
    for place in range(frames):
        for row in range(rows):
            for column in range(columns):
                ended[column] = known[reach + place - lengths[column], before[row], column]
            for column in range(columns):
                best, chosen = -np.inf, 0
                for other in range(columns):
                    score = ended[other] + change[column, other]
                    if score > best:
                        best, chosen = score, other
                back[place, row, column] = chosen
                gain = _gain(sums, start + place, lengths[column], active[column], kinds[row])
                known[reach + place, row, column] = best + gain
