"""Threads that work ahead: order, errors, and an end when nobody wants any more."""

import threading
from collections.abc import Iterator

import pytest

from engine.audio.ahead import ahead


def test_same_items_in_order() -> None:
    assert list(ahead(ahead(range(1000)))) == list(range(1000))
    assert list(ahead([])) == []


def test_errors_come_after_what_was_made_before_them() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("no more")

    got = []
    with pytest.raises(OSError, match="no more"):
        got.extend(iter(ahead(broken())))
    items = ahead(broken())
    assert next(items) == 1
    with pytest.raises(OSError, match="no more"):
        next(items)


def test_closing_ends_the_thread_and_closes_the_source() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    before = threading.active_count()
    items = ahead(ahead(endless()))
    assert next(items) == 1
    del items
    assert closed.wait(10)
    for thread in threading.enumerate():
        if thread.name == "ahead":
            thread.join(10)
    assert threading.active_count() == before
