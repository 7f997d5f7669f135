"""What a server did not hear it finds: by looking again and again, and when the broker is back."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from engine.app import _note_end
from engine.cluster.recheck import Recheck
from engine.database import Database
from engine.events import Event, JobChanged, LibraryChanged, TracksRemoved
from engine.jobs.outbox import Outbox
from tests.waiting import until


class CountingSender:
    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1

    def stop(self) -> None:
        """Nothing was begun."""


def row(status: str) -> dict[str, Any]:
    return {"id": "1", "status": status}


@pytest.mark.parametrize(
    ("event", "woken"),
    [
        (LibraryChanged(None), 1), (JobChanged(row("COMPLETED"), "ann"), 1), (JobChanged(row("FAILED"), "ann"), 1),
        (JobChanged(row("RUNNING"), "ann"), 0), (TracksRemoved([], "ann"), 0),
    ],
)  # fmt: skip
def test_who_sends_looks_where_a_job_may_have_ended(tmp_path: Path, event: Event, woken: int) -> None:
    """`LibraryChanged` is what the broker's return tells: an end may have been missed."""
    outbox, sender = Outbox(), CountingSender()
    with closing(Database(f"sqlite:///{tmp_path / 'library.db'}")) as database:
        database.migrate()
        outbox.open(database, lambda: sender)
    _note_end(outbox, event)
    assert sender.woken == woken


def test_each_look_is_repeated_whatever_another_one_raises() -> None:
    looks = {"away": 0, "well": 0}

    def away() -> None:
        looks["away"] += 1
        raise OperationalError("SELECT 1", {}, Exception("away"))

    def well() -> None:
        looks["well"] += 1

    recheck = Recheck(away, well, every_s=0.001)
    recheck.start()
    until(lambda: min(looks.values()) > 3)
    recheck.stop()
