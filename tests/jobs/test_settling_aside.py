"""A node whose storage is away publishes beside its loop: its other jobs begin, go on, end and keep their claims."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from sqlalchemy.exc import OperationalError

from engine.command import Lane
from engine.database.opening import open_index
from engine.events import Event, InProcessEvents, JobChanged, Notice
from engine.jobs.control import Control
from engine.jobs.intake import Tickets
from engine.jobs.job import ACTIVE, Job, Request
from engine.jobs.queue import LOCAL_POOL
from engine.jobs.sql_queue import SqlQueue
from engine.library.library import Library
from engine.library.opening import open_storage
from engine.library.storage import Storage
from engine.library.uploads import Uploads
from engine.state.files import StateFiles
from tests.conftest import make_settings
from tests.waiting import until

RENEWALS = 3


class AwayStorage:
    """Whoever puts something into it waits until it is `back`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.back, self.waited_for = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def put(self, key: str, source: Path, *, exclusive: bool = False) -> bool:
        self.waited_for.set()
        self.back.wait()
        return self._storage.put(key, source, exclusive=exclusive)


class OneNode:
    """What a node is without its broker: tickets are handed to it here."""

    def __init__(self, folder: Path, away: type[AwayStorage] = AwayStorage) -> None:
        settings = make_settings(folder)
        self.database = open_index(settings)
        self.storage = away(open_storage(settings))
        for needed in (settings.audio_dir, settings.uploads_dir, settings.jobs_dir, settings.peaks_dir):
            needed.mkdir(parents=True)
        self.queue, self.tickets = SqlQueue(self.database), Tickets({Lane.LIGHT: [LOCAL_POOL]})
        uploads = Uploads(self.storage, settings.uploads_dir, lambda path, name: {})
        library = Library(settings, self.database, self.storage, uploads)
        bus, self.told = InProcessEvents(), list[Event]()
        bus.subscribe(self.told.append)
        self.control = Control(settings, self.queue, library, bus, StateFiles(settings), self.tickets)
        self.control.start()

    def begin(self, **params: Any) -> Job:
        """A job, and a ticket to begin it."""
        job = self.control.submit(Request("debug", {"max_concurrency": 2, **params}))
        self.tickets.hold(LOCAL_POOL)
        self.control.dispatch.wake()
        return job

    def ended(self, job: Job) -> Job:
        return until(lambda: (now := self.queue.get(job.id)).status not in ACTIVE and now)

    def renewed(self, *jobs: Job) -> None:
        """Wait until each of these claims was renewed some more times."""
        seen: dict[str, set[float | None]] = {job.id: set() for job in jobs}

        def enough() -> bool:
            for job in jobs:
                seen[job.id].add(self.queue.get(job.id).heartbeat_at)
            return all(len(times) > RENEWALS for times in seen.values())

        until(enough)

    def told_of(self, job: Job) -> list[str]:
        """The states of a job, as pages were told them."""
        return [
            event.row["status"] for event in self.told if isinstance(event, JobChanged) and event.row["id"] == job.id
        ]

    def close(self) -> None:
        self.storage.back.set()
        self.control.stop()
        self.database.close()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[OneNode]:
    with closing(OneNode(tmp_path)) as found:
        yield found


def test_while_the_storage_is_away_other_jobs_go_on_and_all_claims_are_renewed(node: OneNode) -> None:
    other = node.begin(seed=1, steps=10_000, step_s=0.05)
    finished = node.begin(seed=2)
    assert node.storage.waited_for.wait(60)
    node.renewed(finished, other)
    before = node.control.views.row(node.queue.get(other.id))["progress"]
    until(lambda: node.control.views.row(node.queue.get(other.id))["progress"] > before)
    node.control.cancel(other.id)
    assert node.ended(other).status == "CANCELED"
    failing = node.begin(seed=3, fail="INTERNAL")
    assert node.ended(failing).status == "FAILED"
    assert node.queue.get(finished.id).status == "RUNNING"
    node.storage.back.set()
    done = node.ended(finished)
    assert (done.status, done.attempt, len(done.track_ids)) == ("COMPLETED", 1, 1)


def test_a_worker_that_dies_while_its_result_is_published_changes_nothing(node: OneNode) -> None:
    job = node.begin(seed=4)
    assert node.storage.waited_for.wait(60)
    worker = node.control.dispatch.pool.worker_of(job.id)
    assert worker
    worker.kill()
    until(lambda: worker not in node.control.dispatch.pool.all())
    node.renewed(job)
    node.storage.back.set()
    done = node.ended(job)
    assert (done.status, done.attempt, done.interruptions, len(done.track_ids)) == ("COMPLETED", 1, 0, 1)
    assert node.ended(node.begin(seed=5)).status == "COMPLETED"


def test_an_end_is_told_whatever_fails_behind_it(node: OneNode) -> None:
    """The job is settled: nothing of it is kept as running, and nobody is told that it cannot be settled."""
    node.storage.back.set()
    away = OperationalError("SELECT 1", {}, Exception("the database is away"))
    with mock.patch.object(node.queue, "end_idle_holds", side_effect=away) as asked:
        job = node.begin(seed=6)
        until(lambda: asked.called and node.told_of(job)[-1:] == ["COMPLETED"])
    assert node.control.views.stages() == []
    assert [event for event in node.told if isinstance(event, Notice)] == []


def test_who_stops_tells_that_its_jobs_wait_again(tmp_path: Path) -> None:
    with closing(OneNode(tmp_path)) as node:
        job = node.begin(seed=7, steps=10_000, step_s=0.05)
        until(lambda: node.told_of(job)[-1:] == ["RUNNING"])
    assert node.told_of(job)[-1] == "PENDING"
