"""Waiting for what is to come, not for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL_S = 0.02


def until(condition: Callable[[], T], timeout_s: float = 30, every_s: float = POLL_S) -> T:
    """Look again and again until `condition` gives something true; that. Raises TimeoutError."""
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for did not come")
        time.sleep(every_s)
    return found
