"""Which tracks go best with what is wanted, and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.tag.search.likeness import Mask, best
from engine.tag.search.packed import Packed

REASONS = 3
"""Labels that are told for a track."""
LEAST_REASON = 0.1
"""Of the score, what a label must have given to be told."""
FLATNESS = 60
"""Of rank fusion: how little the first places count more than those behind them."""


@dataclass(frozen=True)
class RankedTrack:
    """`score`: the mean lift of what is wanted, in spreads of the library. `why`: label -> what it gave of the score,
    the most first; a label that is not wanted gives by being low."""

    track: str
    score: float
    why: Mapping[str, float]


def ranked(lifts: Packed, weights: Mapping[str, float], n: int, among: Mask | None = None) -> list[RankedTrack]:
    """At most `n` tracks on which what is wanted stands out, the best first.

    `lifts`: rows of labels, 0 the mean of the library. `weights`: label -> how much of it is wanted. `among`: bool
    [tracks], which are considered.
    """
    wanted = {column: weights[label] for column, label in enumerate(lifts.columns) if weights.get(label)}
    if not wanted:
        return []
    columns = list(wanted)
    amounts = np.array([wanted[column] for column in columns], np.float32)
    amounts /= np.abs(amounts).sum()
    scores = np.zeros(len(lifts.rows), np.float32)
    for column, amount in zip(columns, amounts, strict=True):
        scores += amount * lifts.rows[:, column].astype(np.float32)
    if among is not None:
        scores[~among] = -np.inf
    rows = [row for row in best(scores, n).tolist() if scores[row] > 0]
    given = amounts * lifts.rows[np.ix_(rows, columns)]
    labels = [lifts.columns[column] for column in columns]
    return [
        RankedTrack(lifts.track(row), score, _why(labels, parts, score))
        for row, parts, score in zip(rows, given.tolist(), scores[rows].tolist(), strict=True)
    ]


def _why(labels: Sequence[str], given: Sequence[float], score: float) -> dict[str, float]:
    most = sorted(zip(given, labels, strict=True), key=lambda part: -part[0])[:REASONS]
    return {label: part for part, label in most if part >= LEAST_REASON * score}


def fused(*rankings: Sequence[str]) -> list[str]:
    """One ranking of several, by the places that a track has in them: reciprocal rank fusion, Cormack 2009."""
    scores: dict[str, float] = defaultdict(float)
    for ranking in rankings:
        for place, track in enumerate(ranking, start=1):
            scores[track] += 1 / (FLATNESS + place)
    return sorted(scores, key=lambda track: -scores[track])
