"""What is to be told of the ends of jobs is written with them, on both databases: none is lost, none told twice."""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import Connection, select

from engine.command import Lane
from engine.database import Database
from engine.database.tables import deliveries, webhooks
from engine.errors import AppError, Code
from engine.jobs import outbox
from engine.jobs.job import Job, JobStatus, Webhook
from engine.jobs.job_rows import revived
from engine.jobs.outbox import BATCH_ENDED, MOST_EACH, Outbox
from engine.jobs.queue import LOCAL_POOL, QueueEntry
from engine.jobs.sql_queue import SqlQueue
from tests.database.test_queue import BATCH, ERROR, entry, nothing

ALL_ENDS = ("job.completed", "job.failed", "job.canceled")
OWNER = "folder:host:1"


class Woken:
    """Counts how often it is told that something is due."""

    def __init__(self) -> None:
        self.times = 0

    def wake(self) -> None:
        self.times += 1

    def stop(self) -> None:
        """Nothing to be stopped."""


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def queue(database: Database, woken: Woken) -> SqlQueue:
    known = Outbox()
    known.open(database, lambda: woken)
    return SqlQueue(database, outbox=known)


def hooked(*events: str, url: str = "https://a.example/", **rest: Any) -> QueueEntry:
    asked = entry(**{"request_id": uuid.uuid4().hex, **rest})
    return replace(asked, request=replace(asked.request, webhook=Webhook(url, events or ALL_ENDS)))


def begun(queue: SqlQueue, job: Job) -> Job:
    found = queue.claim(Lane.LIGHT, LOCAL_POOL, OWNER, job_id=job.id)
    assert found
    return found


def noted(database: Database) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(deliveries).order_by(deliveries.c.created_at)).all())


ENDS: dict[str, Callable[[SqlQueue, Job], object]] = {
    "job.completed": lambda queue, job: queue.complete(begun(queue, job), ["t"], [], nothing),
    "job.failed": lambda queue, job: queue.fail(begun(queue, job), ERROR, recoverable=False),
    "job.canceled": lambda queue, job: queue.cancel(job),
}


@pytest.mark.parametrize("event", ENDS)
def test_each_end_is_noted_once_with_the_job_as_it_is_then(
    database: Database, queue: SqlQueue, woken: Woken, event: str
) -> None:
    wanted, other, silent = (queue.enqueue(each) for each in (hooked(event), hooked("job.nothing"), entry(seed=9)))
    for job in (wanted, other, silent):
        assert ENDS[event](queue, job)
    [row] = noted(database)
    assert (row.event, row.job_id, row.url, row.host, row.attempts) == (
        event, wanted.id, "https://a.example/", "a.example", 0)  # fmt: skip
    assert row.due_at is not None and row.user_id == "local" and woken.times == 1
    assert revived(row.body["job"]) == queue.get(wanted.id)
    assert not queue.cancel(wanted) and len(noted(database)) == 1, "what comes late tells nothing"


def test_what_is_tried_again_by_itself_has_not_ended(database: Database, queue: SqlQueue, woken: Woken) -> None:
    job = queue.enqueue(hooked())
    assert queue.fail(begun(queue, job), ERROR, recoverable=True)
    assert noted(database) == [] and woken.times == 0
    assert queue.cancel(queue.get(job.id)) and [row.event for row in noted(database)] == ["job.canceled"]
    assert queue.retry(job.id).status is JobStatus.PENDING and queue.cancel(queue.get(job.id))
    first, second = noted(database)
    assert first.id != second.id and second.event == "job.canceled"


def test_an_end_that_is_rolled_back_is_not_told(database: Database, queue: SqlQueue, woken: Woken) -> None:
    job = begun(queue, queue.enqueue(hooked()))

    def broken(_: Connection) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        queue.complete(job, [], [], broken)
    with mock.patch.object(outbox.uuid, "uuid4", side_effect=RuntimeError), pytest.raises(RuntimeError):
        queue.complete(job, [], [], nothing)
    assert queue.get(job.id).status is JobStatus.RUNNING and noted(database) == [] and woken.times == 0


def test_whoever_asks_for_the_same_job_is_told_of_it_too(database: Database, queue: SqlQueue) -> None:
    first = queue.enqueue(hooked(url="https://a.example/", request_id=None, seed=5))
    for url in ("https://b.example/", "https://a.example/"):
        assert queue.enqueue(hooked(url=url, request_id=None, seed=5)).id == first.id
    queue.cancel(first)
    assert Counter(row.url for row in noted(database)) == {"https://a.example/": 1, "https://b.example/": 1}
    again = queue.enqueue(hooked(url="https://b.example/", request_id=None, seed=5))
    assert again.id != first.id, "that one is over"


def test_so_many_are_told_of_a_job_and_so_many_deliveries_wait(database: Database, queue: SqlQueue) -> None:
    for number in range(MOST_EACH):
        job = queue.enqueue(hooked(url=f"https://{number}.example/", request_id=None, seed=5))
    with pytest.raises(AppError) as refused:
        queue.enqueue(hooked(url="https://more.example/", request_id=None, seed=5))
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "webhooks_full")
    queue.cancel(job)
    with mock.patch.object(outbox, "MOST_WAITING", MOST_EACH):
        with pytest.raises(AppError) as refused:
            queue.enqueue(hooked())
        assert (refused.value.code, refused.value.key) == (Code.RATE_LIMITED, "deliveries_full")
        assert queue.of("b" * 32).enqueue(hooked()).user == "b" * 32, "another's deliveries do not count"
    assert len(queue.page(limit=9)) == 2, "what was refused is not in the queue"


def test_a_batch_is_told_when_its_last_job_has_ended(database: Database, queue: SqlQueue) -> None:
    jobs = queue.enqueue_all([hooked(BATCH_ENDED, "job.failed", batch_id=BATCH, seed=n) for n in range(4)])
    with database.read() as connection:
        assert connection.execute(select(webhooks.c.subject)).all() == [(BATCH,)]
    ENDS["job.completed"](queue, jobs[0])
    ENDS["job.failed"](queue, jobs[1])
    assert [(row.event, row.job_id) for row in noted(database)] == [("job.failed", jobs[1].id)]
    queue.cancel_waiting(BATCH)
    ended = noted(database)[-1]
    assert (ended.event, ended.job_id, len(noted(database))) == (BATCH_ENDED, BATCH, 2)
    assert ended.body == {"batch": {"id": BATCH, "completed": 1, "failed": 1, "canceled": 2}}


def test_follow_ups_are_told_as_what_they_follow(database: Database, queue: SqlQueue) -> None:
    parent = begun(queue, queue.enqueue(hooked("job.completed")))
    child = replace(entry(seed=7), parent_id=parent.id)
    assert queue.complete(parent, ["t"], [child], nothing)
    [follow_up] = queue.children(parent.id)
    ENDS["job.completed"](queue, follow_up)
    assert [row.job_id for row in noted(database)] == [parent.id, follow_up.id]


def test_a_webhook_goes_with_its_job_and_what_is_due_stays(database: Database, queue: SqlQueue) -> None:
    gone, kept = queue.enqueue(hooked()), queue.enqueue(hooked())
    queue.cancel(gone)
    queue.forget(gone.id)
    queue.prune()
    with database.read() as connection:
        assert connection.scalars(select(webhooks.c.subject)).all() == [kept.id]
    assert [row.job_id for row in noted(database)] == [gone.id]


def test_a_sender_is_made_once_something_is_due_and_for_what_an_earlier_life_left(
    database: Database, queue: SqlQueue
) -> None:
    made: list[Woken] = []

    def make() -> Woken:
        made.append(Woken())
        return made[-1]

    first = Outbox()
    first.open(database, make)
    assert made == []
    queue.cancel(queue.enqueue(hooked()))
    second = Outbox()
    second.open(database, make)
    second.noted()
    assert [each.times for each in made] == [2]
