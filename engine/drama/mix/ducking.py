"""How far a lane steps back while somebody speaks.

When that is stands on the timeline, so nothing has to be listened for: the lane begins to sink before a line, stays
down after it, and comes back. Between there are raised cosines in decibels. Where a pause is too short to come back
in, the lane stays down: a bed that swells for a moment between two sentences is heard to pump.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_STEP = 64
"""Samples between two reckoned gains; straight lines lie between. Counted from the start of the drama, so that no cut
into blocks is heard."""


@dataclass(frozen=True)
class Duck:
    depth_db: float
    lookahead_s: float = 0.150
    attack_s: float = 0.050
    hold_s: float = 0.300
    release_s: float = 0.600


class Ducker:
    """One lane's curve over the lines."""

    def __init__(self, lines_s: Sequence[tuple[float, float]], duck: Duck) -> None:
        """`lines_s`: start and end of every line, in any order."""
        self._duck = duck
        starts: list[float] = []
        ends: list[float] = []
        shortest_s = duck.hold_s + duck.release_s + duck.attack_s + duck.lookahead_s
        for start, end in sorted(lines_s):
            if ends and start <= ends[-1] + shortest_s:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)
        self._starts, self._ends = np.array(starts), np.array(ends)

    def reduction_db(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """0 or less at each of these times."""
        duck = self._duck
        if not len(self._starts):
            return np.zeros(len(times_s))
        following = np.searchsorted(self._starts, times_s, side="right")
        before = np.where(following > 0, times_s - self._ends[following - 1], np.inf)
        after = np.where(
            following < len(self._starts), self._starts[np.minimum(following, len(self._starts) - 1)] - times_s, np.inf
        )
        released = 1 - np.clip((before - duck.hold_s) / duck.release_s, 0, 1)
        attacked = np.clip((duck.lookahead_s - after) / duck.attack_s, 0, 1)
        return np.asarray(-duck.depth_db * (0.5 - 0.5 * np.cos(np.pi * np.maximum(released, attacked))))

    def gains(self, start: int, count: int, rate_hz: int) -> NDArray[np.float32] | None:
        """Linear gains of `count` samples from sample `start` on, both multiples of 64; None where all are 1."""
        points = np.arange(start, start + count + 1, _STEP)
        reduction = self.reduction_db(points / rate_hz)
        if not reduction.any():
            return None
        gains = 10 ** (reduction / 20)
        steps = np.arange(_STEP) / _STEP
        return np.asarray((gains[:-1, None] + np.diff(gains)[:, None] * steps).reshape(-1), np.float32)
