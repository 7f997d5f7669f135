"""Which tracks are considered at all: by tempo, by key, by name."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.speech.keys import TONALITIES, Tonality
from engine.tag.search.likeness import Mask

NEAR = 0.04
"""How far a tempo may be from the one that is asked for, of it: what a player takes in by pitch alone."""


def by_tempo(bpm: NDArray[Any], low: float, high: float) -> Mask:
    """bool [tracks]: a known tempo from `low` to `high`, beats a minute. `bpm`: [tracks], NaN where none is known."""
    found: Mask = (bpm >= low) & (bpm <= high)
    return found


def near_tempo(bpm: NDArray[Any], wanted: float) -> Mask:
    """bool [tracks]: a tempo that a player brings to the wanted one."""
    return by_tempo(bpm, wanted * (1 - NEAR), wanted * (1 + NEAR))


def by_key(keys: NDArray[Any], wanted: Collection[Tonality]) -> Mask:
    """bool [tracks]: a known key that is among the wanted ones. `keys`: [tracks], as `key_number` says, NaN where none
    is known."""
    return np.isin(keys, [key_number(key) for key in wanted])


def key_number(key: Tonality) -> int:
    """Its place among all."""
    return TONALITIES.index(key)


def among(ids: NDArray[np.bytes_], wanted: NDArray[np.bytes_]) -> Mask:
    """bool [tracks]: the ids that are among the wanted ones, which are as long."""
    return np.isin(_hashes(ids), _hashes(wanted))


def _hashes(ids: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    """A number for each, which is compared faster than the id; two of a hundred thousand never share one."""
    words = -(-ids.dtype.itemsize // 8)
    parts = np.ascontiguousarray(ids.astype(f"S{8 * words}")).view("<u8").reshape(len(ids), words)
    found = np.zeros(len(ids), np.uint64)
    for word in range(words):
        found = (found ^ parts[:, word]) * np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
    return found
