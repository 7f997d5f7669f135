"""Which fingerprints are of one recording, also in a library of ten thousand.

Source: Chromaprint's fingerprints are compared by the bits that differ at the shift at which the fewest do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.tag.fingerprint import SILENCE, Words

SAME = 0.6
"""From this similarity on two sounds are one recording."""
MOST_SHIFT = 80
"""Words, 9.9 s: so much may be missing at the beginning of one of them."""
LEAST_WORDS = 16
"""What shorter sounds have in common may be chance."""

_KEPT_BYTES = (0xFFFFFF00, 0xFFFF00FF, 0xFF00FFFF, 0x00FFFFFF)
_NEIGHBOURS = 8
_LEAST_SHARED = 8


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


def duplicates(prints: Sequence[Words]) -> list[Duplicates]:
    """Every pair of a library that is `SAME`, the first places first.

    Only pairs that share words, or all but one byte of them, are compared. Of a word that many sounds hold, each is
    paired with the next few, so that the cost grows with the words of the library and a great many copies of one sound
    still hang together.
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
    pairs = np.concatenate([pair for mask in _KEPT_BYTES for pair in _sharing(words & np.uint32(mask), holders)])
    pairs.sort()
    often = np.unique(pairs[_LEAST_SHARED - 1 :][pairs[_LEAST_SHARED - 1 :] == pairs[: 1 - _LEAST_SHARED]])
    return [(int(pair >> 32), int(pair & 0xFFFFFFFF)) for pair in often]


def _sharing(keys: Words, holders: NDArray[np.int32]) -> Iterator[NDArray[np.int64]]:
    """Holders of one key, the first of two in the upper 32 bits; `holders` do not fall."""
    order = np.argsort(keys, kind="stable")
    keys, holders = keys[order], holders[order]
    for further in range(1, _NEIGHBOURS + 1):
        one, other = holders[:-further], holders[further:]
        both = (keys[:-further] == keys[further:]) & (one != other)
        yield (one[both].astype(np.int64) << 32) | other[both]
