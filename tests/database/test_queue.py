"""What every form of the queue keeps: a job is claimed once, and who lost it changes nothing any more."""

import random
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import Connection, event, insert, select, update

from engine.command import Lane
from engine.commands import command
from engine.database import Database, jobs
from engine.errors import AppError, Code
from engine.jobs.events import EventBus, JobChanged, OrderChanged
from engine.jobs.job import MAX_RETRIES, Job, Request
from engine.jobs.job_views import JobViews
from engine.jobs.queue import Queue, new_row
from engine.settings import PROJECT

DEBUG = command("debug", debug=True)
ERROR = AppError(Code.INTERNAL, "io_fault", reason="").body()


def entered(database: Database, count: int, **params: object) -> list[str]:
    """Ids of so many waiting jobs, in their order."""
    checked = DEBUG.params.checked(params)
    rows = [new_row(Request("debug", {}, request_id=uuid.uuid4().hex), DEBUG, checked) for _ in range(count)]
    with database.write() as tx:
        tx.execute(insert(jobs), [{**row, "rank": float(n), "error": None} for n, row in enumerate(rows)])
    return [row["id"] for row in rows]


def nothing(_: Connection) -> None:
    """No track to index."""


def claimed(queue: Queue) -> Job:
    job = queue.claim(Lane.LIGHT)
    assert job
    return job


def test_of_two_processes_that_claim_thousands_each_gets_what_the_other_does_not(url: str, full: bool) -> None:
    database = Database(url)
    database.migrate()
    ids = entered(database, 10_000 if full else 2_000)
    claimers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.database.claimer", url], cwd=PROJECT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for claimer in claimers:
        assert claimer.stdout and claimer.stdout.readline() == "ready\n"
    said: list[list[str]] = [[], []]

    def listen(number: int) -> None:
        said[number] = claimers[number].communicate("go\n")[0].split("\n")[:-1]

    listeners = [threading.Thread(target=listen, args=(number,)) for number in range(2)]
    for listener in listeners:
        listener.start()
    for listener in listeners:
        listener.join()
    assert [claimer.returncode for claimer in claimers] == [0, 0]
    assert all(len(lines) > len(ids) // 20 for lines in said), "both were at it"
    assert Counter(line for lines in said for line in lines) == Counter(f"{job_id} 1" for job_id in ids)
    with database.read() as connection:
        found = connection.execute(select(jobs.c.status, jobs.c.attempt)).all()
    database.close()
    assert set(found) == {("RUNNING", 1)} and len(found) == len(ids)


def test_a_claim_takes_the_next_that_is_ready(database: Database) -> None:
    queue = Queue(database)
    first, second, third, fourth, fifth = entered(database, 5)
    with database.write() as tx:
        tx.execute(update(jobs).where(jobs.c.id == first).values(not_before=1e12))
        tx.execute(update(jobs).where(jobs.c.id == second).values(batch_id="b" * 32))
        tx.execute(update(jobs).where(jobs.c.id == third).values(lane=Lane.MODEL))
    assert queue.claim(Lane.LIGHT, only=[]) is None
    assert queue.claim(Lane.LIGHT, held={"b" * 32}, only={first, second, third, fourth}).id == fourth  # type: ignore[union-attr]
    assert claimed(queue).id == second and claimed(queue).id == fifth
    assert queue.claim(Lane.LIGHT) is None and queue.claim(Lane.LIGHT, only=[second]) is None


@pytest.mark.parametrize("late", ["complete", "fail", "pass", "cancel"])
@pytest.mark.parametrize("since", ["begun again", "waits again", "over"])
def test_whoever_lost_a_job_changes_nothing(database: Database, late: str, since: str) -> None:
    queue = Queue(database)
    (job_id,) = entered(database, 1)
    lost = claimed(queue)
    with mock.patch("engine.jobs.queue.retry_delay_s", return_value=0.0):
        assert queue.fail(lost, ERROR, recoverable=True)
    now = queue.get(job_id)
    if since != "waits again":
        now = claimed(queue)
    if since == "over":
        assert queue.cancel(now)
        now = queue.get(job_id)
    index = mock.Mock()
    verbs = {
        "complete": lambda: queue.complete(lost, ["0" * 32], [], index),
        "fail": lambda: queue.fail(lost, ERROR, recoverable=False),
        "pass": lambda: queue.fail(lost, ERROR, recoverable=True),
        "cancel": lambda: queue.cancel(lost),
    }
    if (late, since) == ("cancel", "waits again"):
        assert verbs[late](), "who wants it gone may say so while nobody has begun it anew"
        return
    assert verbs[late]() is False
    assert queue.get(job_id) == now and index.call_count == 0


def test_a_retry_starts_the_failures_anew_but_not_the_attempts(database: Database) -> None:
    queue = Queue(database)
    (job_id,) = entered(database, 1)
    lost = claimed(queue)
    assert queue.fail(lost, ERROR, recoverable=False)
    assert queue.get(job_id).failures == 1
    assert queue.retry(job_id).failures == 0
    again = claimed(queue)
    assert again.attempt == 2 and not queue.fail(lost, ERROR, recoverable=False)
    assert queue.complete(again, [], [], nothing) and queue.get(job_id).status == "COMPLETED"


def test_after_five_retries_it_is_a_dead_letter(database: Database) -> None:
    queue = Queue(database)
    (job_id,) = entered(database, 1)
    with mock.patch("engine.jobs.queue.retry_delay_s", return_value=0.0):
        for _ in range(MAX_RETRIES + 1):
            assert not queue.get(job_id).dead_letter
            assert queue.fail(claimed(queue), ERROR, recoverable=True)
    assert queue.get(job_id).dead_letter and queue.claim(Lane.LIGHT) is None


def test_the_order_is_what_the_rows_say_whatever_was_done(database: Database) -> None:
    """A random walk through every verb; the places that are kept are those that a fresh look finds."""
    queue, dice = Queue(database), random.Random(4)
    entered(database, 30)

    for _ in range(120):
        waiting, running = queue.waiting(), queue.running()
        over = [job for job in queue.recent() if job.status in ("FAILED", "CANCELED")]
        deeds: list[Callable[[], Any]] = [
            partial(queue.enqueue, Request("debug", {}), DEBUG, DEBUG.params.checked({"seed": -1}))
        ]
        if waiting:
            one = dice.choice(waiting)
            deeds += [
                partial(queue.claim, Lane.LIGHT),
                partial(queue.move, one.id, dice.randint(1, 9)),
                partial(queue.cancel, one),
                partial(queue.cancel_waiting, [one.id]),
            ]
        if running:
            one = dice.choice(running)
            deeds += [
                partial(queue.fail, one, ERROR, recoverable=bool(dice.randint(0, 1))),
                partial(queue.complete, one, [], [], nothing),
            ]
        if over:
            one = dice.choice(over)
            deeds += [partial(queue.retry, one.id), partial(queue.forget, one.id)]
        dice.choice(deeds)()
        assert list(queue.order().items()) == [(job.id, job.rank) for job in Queue(database).waiting()]


def test_progress_reads_nothing_and_a_move_is_one_message(database: Database) -> None:
    queue, bus = Queue(database), EventBus()
    rows, told, asked = JobViews(queue, bus), [], []
    bus.subscribe(told.append)
    ids = entered(database, 1000)
    rows.begun(claimed(queue))
    rows._publish({ids[0]})
    event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    told.clear()
    for tick in range(10):
        rows.progressed(ids[0], tick / 10, "WORKING")
        rows._publish({ids[0]})
    assert asked == [] and [type(event) for event in told] == [JobChanged] * 10
    assert told[-1].row["progress"] == 0.9
    queue.move(ids[-1], 1)
    asked.clear()
    rows._publish({ids[-1]})
    assert len(asked) == 2 and told[-1] == OrderChanged(list(queue.order().items()))
    assert told[-2].row["position"] == 1 and next(iter(queue.order())) == ids[-1]
