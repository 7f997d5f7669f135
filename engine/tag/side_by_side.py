"""Listeners side by side on a few threads, each of which hears its blocks in their order."""

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

MOST_THREADS = 3
"""As many as the heaviest listeners; the calls that take long leave the interpreter's lock alone."""
MOST_WAITING = 8
"""Blocks of one listener, beyond which whoever decodes waits for it."""


def threads_here() -> int:
    """How many threads listen on this computer."""
    return min(os.cpu_count() or 1, MOST_THREADS)


class SideBySide:
    """A context: `give` hands a block over, leaving it waits until all is heard. What a listener raises, `give` or
    leaving it raises; the blocks that wait are then let go.

    `listeners`: what takes the next samples of each, float32 [samples].
    """

    def __init__(self, listeners: Sequence[Callable[[NDArray[np.float32]], object]], threads: int) -> None:
        self._listeners = listeners
        self._waiting = [deque[NDArray[np.float32]]() for _ in listeners]
        self._busy = [False] * len(listeners)
        self._changed = threading.Condition()
        self._over = False
        self._error: BaseException | None = None
        self._threads = [threading.Thread(target=self._work, name=f"listening-{at}") for at in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._changed:
            self._over = True
            if kind is not None:
                self._let_go()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        if kind is None and self._error is not None:
            raise self._error

    def give(self, at: int, samples: NDArray[np.float32]) -> None:
        """The next samples for the listener at this place; they must not be changed afterwards."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting[at]) < MOST_WAITING or self._error is not None)
            if self._error is not None:
                raise self._error
            self._waiting[at].append(samples)
            self._changed.notify_all()

    def _work(self) -> None:
        while (taken := self._next()) is not None:
            at, samples = taken
            try:
                self._listeners[at](samples)
            except BaseException as error:  # it is raised where the blocks come from
                with self._changed:
                    self._error = self._error or error
                    self._let_go()
            with self._changed:
                self._busy[at] = False
                self._changed.notify_all()

    def _next(self) -> tuple[int, NDArray[np.float32]] | None:
        """The oldest block of the idle listener that has most of them waiting; None when there will be no more."""
        with self._changed:
            while True:
                idle = [at for at, waiting in enumerate(self._waiting) if waiting and not self._busy[at]]
                if idle:
                    at = max(idle, key=lambda place: len(self._waiting[place]))
                    self._busy[at] = True
                    return at, self._waiting[at].popleft()
                if self._over and not any(self._waiting):
                    return None
                self._changed.wait()

    def _let_go(self) -> None:
        for waiting in self._waiting:
            waiting.clear()
