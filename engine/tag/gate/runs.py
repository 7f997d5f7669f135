"""Stretches of frames in which something is there, found as the frames come."""

import numpy as np
from numpy.typing import NDArray


class Runs:
    """Stretches that are at least `shortest` frames long; a gap of fewer than `gap` frames does not end one."""

    def __init__(self, shortest: int, gap: int) -> None:
        self._shortest, self._gap = shortest, gap
        self._found: list[tuple[int, int]] = []
        self._open: tuple[int, int] | None = None
        self._at = 0

    def add(self, active: NDArray[np.bool_]) -> None:
        """The next frames, [frames]."""
        edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8))) + self._at
        self._at += len(active)
        for first, end in edges.reshape(-1, 2).tolist():
            if self._open and first - self._open[1] < self._gap:
                self._open = (self._open[0], end)
            else:
                self._close()
                self._open = (first, end)

    def finish(self) -> list[tuple[int, int]]:
        """First frame of each stretch and the one after its last."""
        self._close()
        self._open = None
        return self._found

    def _close(self) -> None:
        if self._open and self._open[1] - self._open[0] >= self._shortest:
            self._found.append(self._open)
