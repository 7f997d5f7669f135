"""Work that goes on in a thread of its own while what it has made is used."""

import contextlib
from collections.abc import Generator, Iterable, Iterator
from queue import Queue
from threading import Event, Thread
from typing import TypeVar, cast

T = TypeVar("T")
_MOST = 3


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, up to three of them made before they are asked for; errors come where they would have come.

    When it is closed the thread ends after the item that it is at, having closed `items`.
    """
    queue: Queue[T | _End] = Queue(_MOST)
    stopped = Event()

    def make() -> None:
        error = None
        try:
            with contextlib.ExitStack() as stack:
                if isinstance(items, Generator):
                    stack.callback(items.close)
                for item in items:
                    queue.put(item)
                    if stopped.is_set():
                        break
        except BaseException as raised:  # raised again where the items are used
            error = raised
        queue.put(_End(error))

    Thread(target=make, name="ahead", daemon=True).start()
    item: T | _End | None = None
    try:
        while not isinstance(item := queue.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()
        while not isinstance(item, _End):
            item = cast("T | _End", queue.get())
