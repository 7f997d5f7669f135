"""Chords as musicians write them down: bar by bar."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import groupby, pairwise

from engine.tag.facts import ChordFact

NO_CHORD = "N"
_LEAST_SHARE = 0.2
"""A chord that fills less of a bar is left to its neighbour."""
_EARLY = 0.1
"""A section that begins so far before a bar, or behind its beginning, begins with it, in bars."""
_LONGEST_ROUND, _FEWEST_REPEATED = 8, 4
"""Items of a group that is repeated, and of all its repetitions together."""

Bar = list[str]


def chords_of_bars(chords: Sequence[ChordFact], bars_s: Sequence[float], end_s: float) -> list[Bar]:
    """The chords of each bar, in their order; an empty bar has none."""
    starts = [chord.start_s for chord in chords]
    found = []
    for start, stop in pairwise([*bars_s, max(end_s, bars_s[-1])] if bars_s else ()):
        first = max(0, bisect_right(starts, start) - 1)
        bar: Bar = []
        for at in range(first, bisect_left(starts, stop)):
            until = starts[at + 1] if at + 1 < len(starts) else end_s
            share = (min(stop, until) - max(start, starts[at])) / max(stop - start, 1e-9)
            name = chords[at].chord
            if share >= _LEAST_SHARE and name != NO_CHORD and bar[-1:] != [name]:
                bar.append(name)
        found.append(bar)
    return found


def bars_within(bars_s: Sequence[float], start_s: float, end_s: float) -> range:
    """Numbers of the bars that a section has."""
    if len(bars_s) < 2:
        return range(0)
    slack = _EARLY * (bars_s[-1] - bars_s[0]) / (len(bars_s) - 1)
    return range(bisect_left(bars_s, start_s - slack), bisect_left(bars_s, end_s - slack))


def rounds(items: Sequence[str]) -> list[tuple[tuple[str, ...], int]]:
    """`items` as groups that are played so many times: A B A B C is ((A, B), 2), ((C,), 1)."""
    found: list[tuple[tuple[str, ...], int]] = []
    at = 0
    while at < len(items):
        length, times = max(
            ((length, _times(items, at, length)) for length in range(1, _LONGEST_ROUND + 1)),
            key=lambda one: (one[0] * (one[1] if one[1] > 1 else 0), -one[0]),
        )
        if times == 1 or length * times < _FEWEST_REPEATED:
            length, times = 1, 1
        found.append((tuple(items[at : at + length]), times))
        at += length * times
    return _joined(found)


def _times(items: Sequence[str], at: int, length: int) -> int:
    group, times = items[at : at + length], 1
    while len(group) == length and items[at + times * length : at + (times + 1) * length] == group:
        times += 1
    return times


def _joined(groups: Sequence[tuple[tuple[str, ...], int]]) -> list[tuple[tuple[str, ...], int]]:
    """Neighbours that are played once become one."""
    found: list[tuple[tuple[str, ...], int]] = []
    for once, run in groupby(groups, lambda group: group[1] == 1):
        if once:
            found.append((tuple(item for group, _ in run for item in group), 1))
        else:
            found += run
    return found
