"""What a library's records come to: rows of numbers that searches go through, made anew where tracks have changed.

Four sets of rows, of the same tracks in the same order: `lifts` for `ranked`, `vectors` for `similar`, `described` for
any text, `marks` to filter by. They follow from the `base`, which is kept so that only tracks that are new or have
changed are read again.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.speech.keys import TONALITIES
from engine.tag.search.filters import among, key_number
from engine.tag.search.labels import known
from engine.tag.search.lifts import lifts, table
from engine.tag.search.likeness import directions
from engine.tag.search.packed import Packed
from engine.tag.search.scores import scores_of, vector

EMBEDDING = "musicnn"
"""The vector of the facts that tells how alike tracks are: MSD's embedding, then MTT's."""
NUMBERS = 200
"""Of each half. Tracks are compared by the sum of both directions: in half the time of both beside each other it finds
as many pieces of a genre (0.69 of the nearest five), and the other half of a recording nearly as often (0.82 of 76,
both 0.84, MSD's alone 0.68)."""
DESCRIBED = "clamp3"
"""The vector of the facts beside which a text has one."""
KEY, VECTOR, TEXT = "key", "vector:", "text:"
"""Columns of the base beside the scores: the key's number, and the numbers of both vectors."""
MARKS = ("bpm", "key", "vector", "text")
"""Tempo and key, NaN where unknown, and 1 where there is an embedding, and a vector for texts."""
ID_BYTES = 32
_AT_ONCE = 2000
_KEY_NUMBERS: Mapping[Any, float] = {key.name: float(key_number(key)) for key in TONALITIES}


@dataclass(frozen=True)
class Tagged:
    """A track: its id, the facts of its record, and what tells them from others of the same track, 16 characters."""

    track: str
    facts: Mapping[str, Any]
    digest: str = "0" * 16

    @classmethod
    def read(cls, line: str) -> "Tagged":
        """Of a line that a server wrote: ID, digest, JSON."""
        start = ID_BYTES + len(cls.digest)
        return cls(line[:ID_BYTES], json.loads(line[start:]), line[ID_BYTES:start])


def base_of(tracks: Iterable[Tagged]) -> Packed:
    """float16 [tracks, scores and numbers], NaN where a track has none; its ids are those of the tracks and digests."""
    parts = list(_parts(iter(tracks)))
    return _joined(parts) if parts else Packed(np.zeros(0, "S48"), np.zeros((0, 0), np.float16))


def _parts(tracks: Iterator[Tagged]) -> Iterator[Packed]:
    while batch := list(islice(tracks, _AT_ONCE)):
        names, values = table([_numbers(one.facts) for one in batch])
        halves = _stacked([vector(one.facts, EMBEDDING) for one in batch], 2 * NUMBERS).reshape(-1, 2, NUMBERS)
        embedded = directions(halves.reshape(-1, NUMBERS)).astype(np.float32).reshape(halves.shape).sum(axis=1)
        described = _stacked([vector(one.facts, DESCRIBED) for one in batch])
        ids = np.array([f"{one.track:\0<{ID_BYTES}}{one.digest}".encode() for one in batch], "S48")
        columns = (*names, *_numbered(VECTOR, NUMBERS), *_numbered(TEXT, described.shape[1]))
        with np.errstate(over="ignore"):  # what is too large to be true is infinite, and counts as missing
            rows = np.concatenate([values, embedded, described], axis=1).astype(np.float16)
        yield Packed(ids, rows, columns)


def _stacked(found: Sequence[NDArray[np.float32] | None], width: int | None = None) -> NDArray[np.float32]:
    """The first `width` numbers of each, all of the first one's where that is None; NaN where one has fewer."""
    width = next((len(one) for one in found if one is not None), 0) if width is None else width
    rows = np.full((len(found), width), np.nan, np.float32)
    for row, one in enumerate(found):
        if one is not None and len(one) >= width:
            rows[row] = one[:width]
    return rows


def _numbered(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{at}" for at in range(count)]


def _numbers(facts: Mapping[str, Any]) -> dict[str, float]:
    loudness, name = facts.get("loudness_lufs"), (facts.get("key") or {}).get("name")
    found = scores_of(facts, loudness if isinstance(loudness, int | float) else None)
    return found | {KEY: _KEY_NUMBERS.get(name, math.nan)}


def _joined(parts: Sequence[Packed]) -> Packed:
    columns = tuple(sorted({name for part in parts for name in part.columns}))
    at = {name: place for place, name in enumerate(columns)}
    rows = np.full((sum(len(part.ids) for part in parts), len(columns)), np.nan, np.float16)
    start = 0
    for part in parts:
        end = start + len(part.ids)
        rows[start:end, [at[name] for name in part.columns]] = part.rows
        start = end
    return Packed(np.concatenate([part.ids for part in parts]), rows, columns)


def renewed(base: Packed, listed: NDArray[np.bytes_], tracks: Iterable[Tagged]) -> Packed:
    """The base of the tracks that are `listed`, by id and digest, and of those that are new: `tracks`."""
    new = base_of(tracks)
    stays = among(base.ids, listed) & ~among(base.ids.astype(f"S{ID_BYTES}"), new.ids.astype(f"S{ID_BYTES}"))
    kept = Packed(base.ids[stays], base.rows[stays], base.columns)
    parts = [part for part in (kept, new) if len(part.ids)]
    return _joined(parts) if parts else new


def lifts_of(base: Packed) -> Packed:
    """For `ranked`; 0 where nothing is known."""
    names = [name for name in base.columns if name != KEY and not name.startswith((VECTOR, TEXT))]
    scores = base.rows[:, _places(base, names)].astype(np.float32)
    return lifts([track.decode() for track in _tracks(base)], names, scores, known(names))


def vectors_of(base: Packed) -> Packed:
    """For `similar`: directions, 0 for a track without an embedding."""
    return _directions_of(base, VECTOR)


def described_of(base: Packed) -> Packed:
    """For the vectors of texts: directions, 0 for a track without such a vector, no columns where none has one."""
    return _directions_of(base, TEXT)


def _directions_of(base: Packed, prefix: str) -> Packed:
    rows = np.nan_to_num(base.rows[:, _places(base, _embedding(base, prefix))], posinf=0.0, neginf=0.0)
    return Packed(_tracks(base), directions(rows))


def marks_of(base: Packed) -> Packed:
    """What `MARKS` says."""
    rows = np.full((len(base.ids), len(MARKS)), np.nan, np.float16)
    for column, name in enumerate(("measured:tempo_bpm", KEY)):
        if name in base.columns:
            rows[:, column] = base.rows[:, base.columns.index(name)]
    for column, prefix in ((2, VECTOR), (3, TEXT)):
        embedding = base.rows[:, _places(base, _embedding(base, prefix))]
        rows[:, column] = np.isfinite(embedding).all(axis=1) & embedding.any(axis=1)
    return Packed(_tracks(base), rows, MARKS)


def _tracks(base: Packed) -> NDArray[np.bytes_]:
    return base.ids.astype(f"S{ID_BYTES}")


def _embedding(base: Packed, prefix: str) -> list[str]:
    return _numbered(prefix, sum(name.startswith(prefix) for name in base.columns))


def _places(base: Packed, names: Sequence[str]) -> list[int]:
    at = {name: place for place, name in enumerate(base.columns)}
    return [at[name] for name in names]
