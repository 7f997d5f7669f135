"""Which fingerprints are of one recording, also in a library of ten thousand.

Source: Chromaprint's fingerprints are compared by the bits that differ at the shift at which the fewest do.
"""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.tag.fingerprint import SILENCE, Fingerprint, Words
from engine.tag.tasks import DuplicateFacts

SAME = 0.75
"""From this similarity on two sounds are one recording. Of 76 composed ones another codec, 20 dB, a fade or 5 s less at
the beginning leaves 0.86 at the least, and 2 % faster 0.64 at the most."""
MOST_SHIFT = 80
"""Words, 9.9 s: so much may be missing at the beginning of one of them."""
LEAST_WORDS = 16
"""What shorter sounds have in common may be chance."""

_KEPT_BYTES = (0xFFFFFF00, 0xFFFF00FF, 0xFF00FFFF, 0x00FFFFFF)
_NEIGHBOURS = 8
_LEAST_SHARED = 8
_MANY_WORDS = 10_000_000
"""Of ten thousand tracks of two minutes. Of so many, three bytes are shared by chance, and whole words alone tell; so
many are sorted at a time."""

MOST_GROUPS, MOST_OF_A_GROUP = 500, 100


@dataclass(frozen=True)
class Duplicates:
    """Two sounds of a library by their place in it, `first` before `second`, and how similar they are, `SAME` to 1."""

    first: int
    second: int
    similarity: float


def similarity(a: Words, b: Words) -> float:
    """1 - 2 · share of bits that differ, at the best shift: 1 for the same, near 0 for others.

    0 where no `LEAST_WORDS` can be compared; moments at which both are silent say nothing.
    """
    room = np.zeros(MOST_SHIFT, np.uint32)
    beside = np.concatenate([room, b, room, np.zeros(max(0, a.size - b.size), np.uint32)])[: a.size + 2 * MOST_SHIFT]
    there = np.zeros(beside.size, bool)
    there[MOST_SHIFT : MOST_SHIFT + b.size] = True
    if not a.size or beside.size < a.size:
        return 0.0
    wrong = np.bitwise_count(a ^ np.lib.stride_tricks.sliding_window_view(beside, a.size))
    telling = np.lib.stride_tricks.sliding_window_view(there, a.size) & ~((wrong == 0) & (a == SILENCE))
    words = telling.sum(axis=1)
    alike = 1.0 - (wrong * telling).sum(axis=1, dtype=np.int64) / (16.0 * np.maximum(words, 1))
    return float(alike[words >= LEAST_WORDS].max(initial=0.0))


def find_duplicates(prints: Path) -> DuplicateFacts:
    """A light task. `prints`: a JSON list a line for each track, of its fingerprint as the facts have it."""
    with prints.open(encoding="utf-8") as lines:
        words = [_words(json.loads(line)) for line in lines]
    groups = grouped(duplicates(words))
    told = [
        [(first, 1.0), *((other, round(similarity(words[first], words[other]), 3)) for other in others)]
        for first, *others in (group[:MOST_OF_A_GROUP] for group in groups[:MOST_GROUPS])
    ]
    return DuplicateFacts(told, len(groups))


def grouped(pairs: Sequence[Duplicates]) -> list[list[int]]:
    """Places that hang together by pairs, in order."""
    groups: dict[int, list[int]] = {}
    for pair in pairs:
        one, other = (groups.setdefault(place, [place]) for place in (pair.first, pair.second))
        if one is not other:
            one += other
            groups |= dict.fromkeys(other, one)
    return sorted(sorted(group) for group in {id(group): group for group in groups.values()}.values())


def _words(text: str) -> Words:
    """None of what cannot be read."""
    with contextlib.suppress(ValueError):
        return Fingerprint.of_text(text, 0.0).words
    return np.zeros(0, np.uint32)


def duplicates(prints: Sequence[Words]) -> list[Duplicates]:
    """Every pair of a library that is `SAME`, the first places first.

    Only pairs that share words, or all but one byte of them where there are not too many, are compared. Of a word that
    many sounds hold, each is paired with the next few, so that the cost grows with the words of the library and a great
    many copies of one sound still hang together.
    """
    found = []
    for first, second in _candidates(prints):
        alike = similarity(prints[first], prints[second])
        if alike >= SAME:
            found.append(Duplicates(first, second, alike))
    return found


def _candidates(prints: Sequence[Words]) -> list[tuple[int, int]]:
    """Pairs that share enough of their words, in order."""
    known = [np.unique(words[words != SILENCE]) for words in prints]
    if not known:
        return []
    words = np.concatenate(known)
    holders = np.repeat(np.arange(len(known), dtype=np.int32), [each.size for each in known])
    if words.size > _MANY_WORDS:
        found = list(_sharing(words, holders, 2))
    else:
        found = [pair for mask in _KEPT_BYTES for pair in _sharing(words & np.uint32(mask), holders, _NEIGHBOURS)]
    pairs = np.concatenate(found)
    pairs.sort()
    often = np.unique(pairs[_LEAST_SHARED - 1 :][pairs[_LEAST_SHARED - 1 :] == pairs[: 1 - _LEAST_SHARED]])
    return [(int(pair >> 32), int(pair & 0xFFFFFFFF)) for pair in often]


def _sharing(keys: Words, holders: NDArray[np.int32], neighbours: int) -> Iterator[NDArray[np.int64]]:
    """Holders of one key, the first of two in the upper 32 bits; `holders` do not fall."""
    parts = 1 + keys.size // _MANY_WORDS
    part_of = keys % np.uint32(parts) if parts > 1 else np.zeros(keys.size, np.uint32)
    for part in range(parts):
        places = np.flatnonzero(part_of == part)
        places = places[np.argsort(keys[places], kind="stable")]
        own, holding = keys[places], holders[places]
        for further in range(1, neighbours + 1):
            one, other = holding[:-further], holding[further:]
            both = (own[:-further] == own[further:]) & (one != other)
            yield (one[both].astype(np.int64) << 32) | other[both]
