"""The most probable row of states behind a row of evidence (Viterbi 1967), decoded as it comes."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating]
"""Logarithms, or what stands for them."""


class Viterbi:
    """`before` and `after` [states]: scores of the first and the last state; `moves` [from, to]. One byte a frame and
    state is kept."""

    def __init__(self, moves: Scores, before: Scores, after: Scores) -> None:
        self._moves, self._after = np.asarray(moves, np.float64), np.asarray(after, np.float64)
        self._best = np.asarray(before, np.float64)
        self._from: list[NDArray[np.uint8]] = []

    def add(self, evidence: Scores) -> None:
        """The next frames, [frames, states]. A move is made into the first of all, too, as madmom's fields have it."""
        states = np.arange(len(self._best))
        pointers = np.empty(evidence.shape, np.uint8)
        for at, row in enumerate(evidence):
            paths = self._best[:, None] + self._moves
            pointers[at] = origin = paths.argmax(axis=0)
            self._best = paths[origin, states] + row
        self._from.append(pointers)

    def result(self) -> NDArray[np.uint8]:
        """The state of every frame."""
        pointers = np.concatenate([np.zeros((0, len(self._best)), np.uint8), *self._from])
        path = np.zeros(len(pointers), np.uint8)
        state = int(np.argmax(self._best + self._after))
        for at in range(len(path) - 1, -1, -1):
            path[at] = state
            state = pointers[at, state]
        return path
