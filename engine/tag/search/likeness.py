"""Tracks that are like others: exact cosine over all vectors, block by block."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.tag.search.packed import Packed

BLOCK = 1024
"""Rows that stand in float32 at once: few enough for a processor's cache."""
LIKE, UNLIKE = 0.75, 0.5
"""Shares of what is liked and what is not, beside the start at 1: Rocchio 1971, with SMART's usual weights."""

Vector = NDArray[np.float32]
Mask = NDArray[np.bool_]


def directions(rows: NDArray[Any]) -> NDArray[np.float16]:
    """The rows at length 1, as a file of vectors keeps them; a row of zeros stays one."""
    wide = np.asarray(rows, np.float32)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    return (wide / np.where(lengths > 0, lengths, 1)).astype(np.float16)


def products(rows: NDArray[Any], query: Vector) -> Vector:
    """float32 [tracks]: each of `rows`, finite, times `query` [columns]."""
    found = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), BLOCK):
        found[start : start + BLOCK] = np.asarray(rows[start : start + BLOCK], np.float32) @ query
    return found


def wanted(like: NDArray[Any], unlike: NDArray[Any] | None = None) -> Vector:
    """float32 [columns], length 1: the first row of `like`, nearer to the others, farther from `unlike`."""
    query = np.asarray(like[0], np.float32)
    if len(like) > 1:
        query = query + LIKE * np.asarray(like[1:], np.float32).mean(axis=0)
    if unlike is not None and len(unlike):
        query = query - UNLIKE * np.asarray(unlike, np.float32).mean(axis=0)
    length = np.linalg.norm(query)
    return query / length if length else query


def similar(
    vectors: Packed, like: Sequence[str], n: int, unlike: Sequence[str] = (), among: Mask | None = None
) -> list[tuple[str, float]]:
    """At most `n` tracks and their cosine to what is wanted, the most alike first, none of those named.

    `vectors`: at length 1, as `directions` makes them. `like` has one track at least. `among`: bool [tracks], which are
    considered, by tempo, key or mood. Raises KeyError for a track without a vector.
    """
    liked, unliked = ([vectors.row_of(track) for track in tracks] for tracks in (like, unlike))
    query = wanted(vectors.rows[liked], vectors.rows[unliked])
    if among is None or among.all():
        found = products(vectors.rows, query)
    else:
        found = np.full(len(vectors.rows), -np.inf, np.float32)
        found[among] = products(vectors.rows[among], query)
    found[liked + unliked] = -np.inf
    return [(vectors.track(row), float(found[row])) for row in best(found, n) if found[row] > -np.inf]


def best(scores: Vector, n: int) -> NDArray[np.intp]:
    """The rows of the `n` highest scores, the highest first; of equal ones the first."""
    n = min(max(n, 0), len(scores))
    if not n:
        return np.zeros(0, np.intp)
    if n < len(scores):
        least = np.partition(scores, len(scores) - n)[len(scores) - n]
        rows = np.flatnonzero(scores >= least)
    else:
        rows = np.arange(len(scores))
    order = np.argsort(-scores[rows], kind="stable")
    return rows[order][:n]
