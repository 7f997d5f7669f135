"""Which tracks are considered at all: by tempo, by key."""

from collections.abc import Collection, Sequence

import numpy as np

from engine.speech.keys import Tonality
from engine.tag.search.likeness import Mask

NEAR = 0.04
"""How far a tempo may be from the one that is asked for, of it: what a player takes in by pitch alone."""


def by_tempo(bpm: Sequence[float | None], low: float, high: float) -> Mask:
    """bool [tracks]: a known tempo from `low` to `high`, beats a minute."""
    known = np.array([np.nan if one is None else one for one in bpm], float)
    return (known >= low) & (known <= high)


def near_tempo(bpm: Sequence[float | None], wanted: float) -> Mask:
    """bool [tracks]: a tempo that a player brings to the wanted one."""
    return by_tempo(bpm, wanted * (1 - NEAR), wanted * (1 + NEAR))


def by_key(keys: Sequence[Tonality | None], wanted: Collection[Tonality]) -> Mask:
    """bool [tracks]: a known key that is among the wanted ones; `Tonality.compatible` are those that mix with one."""
    return np.array([key is not None and key in wanted for key in keys], bool)
