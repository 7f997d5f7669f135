"""A cancel is never lost: not to a node that begins the job in that moment, nor to one that puts it back."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from engine.command import Lane
from engine.database.opening import open_index
from engine.events import InProcessEvents
from engine.jobs.control import Control
from engine.jobs.intake import Nothing
from engine.jobs.job import Job, JobStatus
from engine.jobs.queue import LOCAL_POOL, Queue
from engine.jobs.sql_queue import SqlQueue
from engine.library.library import Library
from engine.state.files import StateFiles
from tests.conftest import make_settings
from tests.database.test_queue import ERROR, entry

NODE = "folder elsewhere:host:1"


class OvertakenQueue:
    """Somebody else is at work right after a job was looked up for the first time."""

    def __init__(self, queue: SqlQueue, meanwhile: Callable[[Job], object]) -> None:
        self._queue, self._meanwhile = queue, meanwhile
        self._looked = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def get(self, job_id: str) -> Job:
        found = self._queue.get(job_id)
        if not self._looked:
            self._looked = True
            self._meanwhile(found)
        return found


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlQueue]:
    with closing(open_index(make_settings(tmp_path_factory.mktemp("queue")))) as database:
        yield SqlQueue(database)


def begun(queue: SqlQueue, job: Job) -> Job:
    found = queue.claim(Lane.LIGHT, LOCAL_POOL, NODE, job_id=job.id)
    assert found
    return found


def canceled_at_server(folder: Path, queue: SqlQueue, job: Job, meanwhile: Callable[[Job], object]) -> Job:
    overtaken = cast(Queue, OvertakenQueue(queue, meanwhile))
    settings = make_settings(folder)
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    control = Control(settings, overtaken, cast(Library, None), InProcessEvents(), StateFiles(settings), Nothing())
    control.cancel(job.id)
    return queue.get(job.id)


def test_a_job_that_is_begun_meanwhile_is_asked_to_stop(tmp_path: Path, queue: SqlQueue) -> None:
    job = queue.enqueue(entry(seed=1))
    now = canceled_at_server(tmp_path, queue, job, lambda found: begun(queue, found))
    assert (now.status, now.cancel_requested) == (JobStatus.RUNNING, True)


def test_a_job_that_is_put_back_meanwhile_is_canceled(tmp_path: Path, queue: SqlQueue) -> None:
    job = begun(queue, queue.enqueue(entry(seed=2)))
    assert canceled_at_server(tmp_path, queue, job, lambda found: queue.put_back(found)).status is JobStatus.CANCELED


def test_a_job_that_ends_meanwhile_stays_as_it_ended(tmp_path: Path, queue: SqlQueue) -> None:
    job = begun(queue, queue.enqueue(entry(seed=3)))
    ends = lambda found: queue.complete(found, [], [], lambda tx: None)  # noqa: E731
    assert canceled_at_server(tmp_path, queue, job, ends).status is JobStatus.COMPLETED


@pytest.mark.parametrize(
    "settle",
    [
        lambda queue, job: queue.put_back(job),
        lambda queue, job: queue.put_back(job, ERROR, lost_node=True),
        lambda queue, job: queue.fail(job, ERROR, recoverable=True),
    ],
)  # fmt: skip
def test_who_puts_a_job_back_without_having_heard_of_its_cancel_cancels_it(
    queue: SqlQueue, settle: Callable[[SqlQueue, Job], bool]
) -> None:
    job = begun(queue, queue.enqueue(entry(request_id=uuid.uuid4().hex)))
    assert queue.request_cancel(job)
    assert settle(queue, job), "as it was claimed, without the request"
    assert queue.get(job.id).status is JobStatus.CANCELED
    assert not settle(queue, job), "it is over"
