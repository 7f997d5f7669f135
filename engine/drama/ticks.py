"""How long work tells that it goes on, and hears that it is no longer wanted."""

import threading
from collections.abc import Callable
from typing import TypeVar

Tick = Callable[[float], object]
"""Told which share of the work is done, 0 to 1, several times a second; it may raise, which stops the work."""
LOOK_S = 0.1

T = TypeVar("T")


def untold(share: float) -> None:
    """For whoever waits until the work is done."""


def awaited(call: Callable[[], T], look: Callable[[], object]) -> T:
    """What a call returns that cannot be stopped, such as one to another program; raises what it raises. Meanwhile
    `look` is called again and again: where it raises, the call is left to itself."""
    returned: list[T] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            returned.append(call())
        except BaseException as error:  # it is raised below
            raised.append(error)

    working = threading.Thread(target=work, name="awaited", daemon=True)
    working.start()
    while working.is_alive():
        look()
        working.join(LOOK_S)
    if raised:
        raise raised[0]
    return returned[0]
