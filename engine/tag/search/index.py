"""What a library's records come to: the rows that searches go through, made anew where tracks were added or changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.tag.search.labels import known
from engine.tag.search.lifts import lifts, table
from engine.tag.search.likeness import directions
from engine.tag.search.packed import Packed, packed
from engine.tag.search.scores import scores_of, vector

EMBEDDING = "musicnn"
"""The vector of the facts that tells how alike tracks are: MSD's embedding, then MTT's."""
NUMBERS = 200
"""How much of it counts: MSD's half finds as many pieces of a genre as both do, in half the time."""


@dataclass(frozen=True)
class Tagged:
    """A track, its id and the facts of its record. `loudness_lufs`: where it is known."""

    track: str
    facts: Mapping[str, Any]
    loudness_lufs: float | None = None


def lifts_of(tracks: Sequence[Tagged]) -> Packed:
    """For `ranked`: the tracks that have scores, by the labels that these speak for."""
    scored = [(one.track, scores) for one in tracks if (scores := scores_of(one.facts, one.loudness_lufs))]
    names, values = table([scores for _, scores in scored])
    return lifts([track for track, _ in scored], names, values, known(names))


def vectors_of(tracks: Sequence[Tagged]) -> Packed:
    """For `similar`: the tracks that have an embedding as long as the first one's."""
    found = [(one.track, row[:NUMBERS]) for one in tracks if (row := vector(one.facts, EMBEDDING)) is not None]
    alike = [(track, row) for track, row in found if len(row) == len(found[0][1])]
    if not alike:
        return packed([])
    rows = directions(np.stack([row for _, row in alike]))
    return packed([(track, row) for (track, _), row in zip(alike, rows, strict=True)])
