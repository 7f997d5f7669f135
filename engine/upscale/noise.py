"""Noise that belongs to a moment: whoever asks for the same stretch of time is given the same numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ROWS_AT_ONCE = 64


def timed_noise(seed: int, draw: Sequence[int], first: int, rows: int, width: int) -> NDArray[np.float32]:
    """Unit Gaussian noise float32 [rows, width]: rows `first` and on of an endless table.

    `draw` names the table, so that one seed has many. Philox counts instead of going on from a state (Salmon, Moraes,
    Dror, Shaw 2011): each block of rows has a counter of its own, and no row depends on where one began to read.
    """
    key = np.random.SeedSequence([seed, *draw]).generate_state(2, np.uint64)
    start, end = first // ROWS_AT_ONCE, -(-(first + rows) // ROWS_AT_ONCE)
    blocks = [
        np.random.Generator(np.random.Philox(key=key, counter=[0, block, 0, 0])).standard_normal(
            (ROWS_AT_ONCE, width), np.float32
        )
        for block in range(start, end)
    ]
    skipped = first - start * ROWS_AT_ONCE
    return np.concatenate(blocks)[skipped : skipped + rows] if blocks else np.zeros((0, width), np.float32)
