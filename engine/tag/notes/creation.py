"""From activations to notes: each begins at an onset or around what is left loud, and lasts while its key is active.

Source: the two passes of Basic Pitch's note creation (Bittner and others, ICASSP 2022), the second of which is from
Melodia (Salamon, Gómez, 2012). Here they work on about a minute at a time, cut where least sounds and joined again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from engine.tag.notes.activations import BINS_PER_KEY, KEYS, LOWEST_PITCH, Activations, frame_s, joined
from engine.tag.notes.heard import HeardNote

ONSET, ACTIVE, LOUD = 0.65, 0.3, 0.5
"""From where on an onset counts, a key as sounding, and one that was not struck as a note.

basic-pitch has 0.5, 0.3 and 0.3. These were chosen by 40 composed pieces; on 20 others the F1 of the onsets is 0.62,
with those of basic-pitch 0.52, that of the frames 0.76 and 0.75.
"""
SHORTEST_FRAMES = 12
PATIENCE_FRAMES = 11
"""A key that was inactive for fewer frames still sounds the same note."""
CHUNK_FRAMES = 5200
"""A minute of sound."""

_CONTEXT = 1
_BEND_BINS = 2 * BINS_PER_KEY
_BEND_WIDTH = 5.0


@dataclass(frozen=True)
class _Span:
    """Frames from `start` until `end` of one key; `bends`: int8, thirds of a semitone, one for each frame."""

    start: int
    end: int
    key: int
    strength: float
    bends: NDArray[np.int8]

    def followed_by(self, other: "_Span") -> "_Span":
        long, more = self.end - self.start, other.end - other.start
        strength = (self.strength * long + other.strength * more) / (long + more)
        return _Span(self.start, other.end, self.key, strength, np.concatenate([self.bends, other.bends]))


class ChunkedNotes:
    """Takes activations as they come and gives the notes of all; holds a chunk and a window of them at most."""

    def __init__(self, chunk_frames: int = CHUNK_FRAMES) -> None:
        self._chunk = chunk_frames
        self._parts: list[Activations] = []
        self._first = self._known = 0
        self._open: dict[int, _Span] = {}
        self._notes: list[HeardNote] = []

    def add(self, activations: Activations) -> None:
        self._parts.append(activations)
        if sum(map(len, self._parts)) >= self._chunk:
            whole = joined(self._parts)
            cut = quietest(whole.notes, self._chunk // 2, len(whole) - _CONTEXT)
            self._take(whole, cut)
            self._parts, self._known = [whole.part(cut - _CONTEXT)], _CONTEXT
            self._first += cut - _CONTEXT

    def result(self) -> tuple[HeardNote, ...]:
        """In order of time, then of pitch."""
        if self._parts:
            whole = joined(self._parts)
            self._take(whole, len(whole))
            self._close(self._open.values())
            self._parts, self._open = [], {}
        return tuple(sorted(self._notes, key=lambda note: (note.start_s, note.pitch)))

    def _take(self, whole: Activations, cut: int) -> None:
        """The notes of `whole` from what is known up to the cut; those that touch the cut stay open."""
        begins = onsets_of(whole.onsets)[self._known : cut]
        here, offset = whole.part(self._known, cut), self._first + self._known
        waiting, self._open = self._open, {}
        ready: list[_Span] = []
        for start, end, key in spans(here.notes, begins):
            strength = float(here.notes[start:end, key].mean())
            span = _Span(offset + start, offset + end, key, strength, bends_of(here.contours[start:end], key))
            if start == 0 and key in waiting and not begins[0, key]:
                span = waiting.pop(key).followed_by(span)
            if end == len(here):
                self._open[key] = span
            else:
                ready.append(span)
        self._close([*waiting.values(), *ready])

    def _close(self, found: Iterable[_Span]) -> None:
        self._notes.extend(_note(span) for span in found if span.end - span.start >= SHORTEST_FRAMES)


def _note(span: _Span) -> HeardNote:
    start_s = frame_s(span.start)
    changes = np.flatnonzero(np.diff(span.bends, prepend=np.int8(0)))
    bends = tuple((frame_s(span.start + int(at)) - start_s, int(span.bends[at]) / BINS_PER_KEY) for at in changes)
    velocity = min(127, max(1, round(127 * span.strength)))
    return HeardNote(start_s, frame_s(span.end), span.key + LOWEST_PITCH, velocity, bends)


def quietest(notes: NDArray[np.float32], first: int, end: int) -> int:
    """The frame in the middle of the stretch, as long as a note's patience, in which active keys are least active."""
    active = np.where(notes >= ACTIVE, notes, 0).sum(axis=1, dtype=np.float64)
    around = np.convolve(active, np.ones(2 * PATIENCE_FRAMES + 1), "same")
    return first + int(np.argmin(around[first:end]))


def onsets_of(onsets: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where a key is struck: the peaks of its onsets, [frames, keys] like them."""
    peaks = np.zeros(onsets.shape, bool)
    inner = onsets[1:-1]
    peaks[1:-1] = (inner > onsets[:-2]) & (inner > onsets[2:]) & (inner >= ONSET)
    return peaks


def spans(notes: NDArray[np.float32], begins: NDArray[np.bool_]) -> Iterator[tuple[int, int, int]]:
    """First frame, frame after the last, key; those at an edge may be shorter than a note.

    The latest onset comes first, so that a note ends where its key, or one beside it, is struck again. What no onset
    explains becomes notes around its loudest frames.
    """
    left = np.ascontiguousarray(notes.T)
    frames = len(notes)

    def taken(start: int, end: int, key: int) -> bool:
        if end - start < SHORTEST_FRAMES and start > 0 and end < frames:
            return False
        left[max(0, key - 1) : key + 2, start:end] = 0
        return True

    for start, key in np.argwhere(begins)[::-1].tolist():
        end = start + _lasts(left[key, start:])
        if taken(start, end, key):
            yield start, end, key
    order = np.argsort(left, axis=None, kind="stable")[::-1]
    for at in order[: int(np.count_nonzero(left > LOUD))].tolist():
        key, middle = divmod(at, frames)
        if left[key, middle] > LOUD:
            start = middle + 1 - _lasts(left[key, middle::-1])
            end = middle + _lasts(left[key, middle:])
            if taken(start, end, key):
                yield start, end, key
            else:
                left[max(0, key - 1) : key + 2, start:end] = 0


def _lasts(column: NDArray[np.float32]) -> int:
    """For how many frames a note that begins with the first goes on."""
    active = np.flatnonzero(column >= ACTIVE)
    active = np.concatenate([[0], active])
    gaps = np.flatnonzero(np.diff(active) > PATIENCE_FRAMES)
    return int(active[gaps[0] if gaps.size else -1]) + 1


def bends_of(contours: NDArray[np.float32], key: int) -> NDArray[np.int8]:
    """Contours of a note's frames -> thirds of a semitone from its key to where the contour is strongest.

    A frame or two that differ from those around them, as in an attack, are taken for their neighbours'.
    """
    offsets = np.arange(-_BEND_BINS, _BEND_BINS + 1)
    bins = BINS_PER_KEY * key + BINS_PER_KEY // 2 + offsets
    inside = (bins >= 0) & (bins < BINS_PER_KEY * KEYS)
    near = contours[:, bins[inside]] * np.exp(-0.5 * np.square(offsets[inside] / _BEND_WIDTH)).astype(np.float32)
    strongest = offsets[inside][near.argmax(axis=1)].astype(np.int8)
    smooth: NDArray[np.int8] = median_filter(strongest, size=5, mode="mirror")
    return smooth
