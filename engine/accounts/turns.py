"""Work that would hold every client up, done beside them: a bounded number at a time, and a bounded number waiting."""

import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from engine.errors import AppError, Code

T = TypeVar("T")

RETRY_AFTER_S = 5


class Turns:
    """`at_once` calls at a time; a further one waits, and one that comes when `waiting` do is refused.

    Under eventlet each runs in a thread of the system's own, for a library in C gives green threads no way on.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = threading.BoundedSemaphore(at_once)
        self._counting = threading.Lock()
        self._left = at_once + waiting

    def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """What `function(*arguments)` gives, and what it raises. Raises RATE_LIMITED when too many wait."""
        with self._counting:
            if not self._left:
                raise AppError(Code.RATE_LIMITED, "logins_full", detail={"retry_after_s": RETRY_AFTER_S})
            self._left -= 1
        try:
            with self._free:
                return beside_the_loop(function, *arguments)
        finally:
            with self._counting:
                self._left += 1


def beside_the_loop(function: Callable[..., T], *arguments: Any) -> T:
    """What `function(*arguments)` gives. Under eventlet it runs in a thread of the system's own, without the context of
    a request, and must take none of the locks that green threads take."""
    if "eventlet" in sys.modules:
        from eventlet import patcher, tpool

        if patcher.is_monkey_patched("thread"):
            found: T = tpool.execute(function, *arguments)
            return found
    return function(*arguments)
