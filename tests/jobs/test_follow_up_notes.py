"""Whoever settles a follow-up waits for no storage; what that does not take is written when it is back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, cast
from unittest import mock

import pytest
from sqlalchemy.exc import OperationalError

from engine.errors import AppError, Code
from engine.events import InProcessEvents
from engine.jobs import follow_up_notes
from engine.jobs.follow_up_notes import FollowUpNotes
from engine.jobs.queue import Queue
from engine.library.library import Library
from engine.trace import Origin
from tests.waiting import until

AWAY = AppError(Code.UNAVAILABLE, "storage_away", recoverable=True)
GONE = AppError(Code.NOT_FOUND, "track_not_found")


class OneTrackQueue:
    """Each job has made one track, and nothing follows it."""

    def get(self, job_id: str) -> Any:
        return mock.Mock(track_ids=[job_id], user="ann", origin=Origin(None, None))

    def children(self, job_id: str) -> list[Any]:
        return []


class AwayLibrary:
    """Each attempt to write raises the next of `faults`, and waits until it is `back`."""

    def __init__(self, *faults: Exception) -> None:
        self.faults, self.written, self.asked = list(faults), list[str](), list[str]()
        self.back = threading.Event()

    def set_postprocess(self, track_id: str, say: Callable[[], Any]) -> None:
        self.asked.append(track_id)
        self.back.wait()
        if self.faults:
            raise self.faults.pop(0)
        assert say().status == "done"
        self.written.append(track_id)

    def row(self, track_id: str) -> dict[str, Any]:
        return {"id": track_id}


def notes_in(library: AwayLibrary) -> FollowUpNotes:
    return FollowUpNotes(cast(Queue, OneTrackQueue()), cast(Library, library), InProcessEvents())


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    with mock.patch.object(follow_up_notes, "RETRY_S", 0.01):
        yield


def test_nobody_waits_and_many_notes_of_one_track_are_one() -> None:
    library = AwayLibrary()
    with closing(notes_in(library)) as notes:
        notes.note("first")
        until(lambda: library.asked == ["first"])
        for _ in range(100):
            notes.note("second")
        assert library.written == []
        library.back.set()
    assert library.written == ["first", "second"], "who closes it waits"


@pytest.mark.parametrize("fault", [AWAY, OSError("away"), OperationalError("SELECT 1", {}, Exception("away"))])
def test_what_the_storage_did_not_take_is_written_when_it_is_back(fault: Exception) -> None:
    library = AwayLibrary(fault, fault)
    library.back.set()
    with closing(notes_in(library)) as notes:
        notes.note("track")
        until(lambda: library.written == ["track"])
    assert library.asked == ["track"] * 3


def test_what_is_gone_is_not_asked_for_again() -> None:
    library = AwayLibrary(GONE)
    library.back.set()
    with closing(notes_in(library)) as notes:
        notes.note("gone")
        notes.note("there")
        until(lambda: library.written)
    assert sorted(library.asked) == ["gone", "there"] and library.written == ["there"]
