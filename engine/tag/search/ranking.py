"""Which tracks go best with what is wanted, and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.tag.search.likeness import Mask, best, products
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
    wanted = np.array([weights.get(label, 0.0) for label in lifts.columns], np.float32)
    whole = float(np.abs(wanted).sum())
    if not whole:
        return []
    wanted /= whole
    scores = products(lifts.rows, wanted)
    if among is not None:
        scores[~among] = -np.inf
    return [
        RankedTrack(lifts.track(row), float(scores[row]), _why(lifts, wanted * lifts.rows[row], float(scores[row])))
        for row in best(scores, n)
        if scores[row] > 0
    ]


def _why(lifts: Packed, given: NDArray[np.float32], score: float) -> dict[str, float]:
    order = np.argsort(-given, kind="stable")[:REASONS]
    return {lifts.columns[at]: float(given[at]) for at in order if given[at] >= LEAST_REASON * score}


def fused(*rankings: Sequence[str]) -> list[str]:
    """One ranking of several, by the places that a track has in them: reciprocal rank fusion, Cormack 2009."""
    scores: dict[str, float] = defaultdict(float)
    for ranking in rankings:
        for place, track in enumerate(ranking, start=1):
            scores[track] += 1 / (FLATNESS + place)
    return sorted(scores, key=lambda track: -scores[track])
