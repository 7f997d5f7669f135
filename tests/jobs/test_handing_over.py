"""A node whose storage is away when a job begins: its other jobs go on, and what waits for it is not burnt."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from engine.cluster.patience import patiently
from engine.command import Lane
from engine.database import jobs
from engine.errors import AppError, Code
from engine.jobs.job import MAX_RETRIES, Job, JobStatus, Request
from engine.jobs.queue import LOCAL_POOL
from engine.library.storage import Storage, StoredObject
from engine.messages import translate
from tests.database.test_queue import entry
from tests.jobs.test_settling_aside import AwayStorage, OneNode
from tests.waiting import until

LOST = OperationalError("UPDATE", {}, Exception("the answer was lost"))


class UnreadableStorage(AwayStorage):
    """What is in it cannot be seen, from `away` on: whoever looks waits until it is `back`, or is refused."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)
        self.back.set()
        self.refuses = False

    def away(self, *, refuses: bool) -> None:
        self.refuses = refuses
        self.waited_for.clear()
        self.back.clear()

    def stat(self, key: str) -> StoredObject | None:
        if not self.back.is_set():
            self.waited_for.set()
            if self.refuses:
                raise AppError(Code.UNAVAILABLE, "storage_away", recoverable=True)
            self.back.wait()
        return self._storage.stat(key)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[OneNode]:
    with closing(OneNode(tmp_path, UnreadableStorage)) as found:
        yield found


@pytest.fixture
def storage(node: OneNode) -> UnreadableStorage:
    assert isinstance(node.storage, UnreadableStorage)
    return node.storage


@pytest.fixture
def source(node: OneNode) -> str:
    (track_id,) = node.ended(node.begin(seed=1)).track_ids
    return f"track:{track_id}"


def asked(node: OneNode, storage: UnreadableStorage, source: str, *, refuses: bool, **params: Any) -> Job:
    """A job whose sound nobody can see any more, and its ticket."""
    job = node.control.submit(_request(source, **params))
    storage.away(refuses=refuses)
    node.tickets.hold(LOCAL_POOL)
    node.control.dispatch.wake()
    assert storage.waited_for.wait(60)
    return job


def ticketed(node: OneNode, job: Job) -> Job:
    """It, after one more ticket came."""
    node.tickets.hold(LOCAL_POOL)
    node.control.dispatch.wake()
    return node.queue.get(job.id)


def _request(source: str, **params: Any) -> Request:
    return Request("debug", {"max_concurrency": 2, "source": source, **params})


def test_while_the_storage_hangs_other_jobs_go_on_and_all_claims_are_renewed(
    node: OneNode, storage: UnreadableStorage, source: str
) -> None:
    other = node.begin(seed=2, steps=10_000, step_s=0.05)
    until(lambda: node.queue.get(other.id).status == "RUNNING")
    job = asked(node, storage, source, refuses=False)
    node.renewed(job, other)
    node.control.cancel(other.id)
    assert node.ended(other).status == "CANCELED"
    storage.back.set()
    done = node.ended(job)
    assert (done.status, done.attempt, len(done.track_ids)) == ("COMPLETED", 1, 1)


def test_a_job_is_canceled_while_its_sound_is_waited_for_and_its_worker_lives_on(
    node: OneNode, storage: UnreadableStorage, source: str
) -> None:
    job = asked(node, storage, source, refuses=False)
    worker = node.control.dispatch.pool.worker_of(job.id)
    node.control.cancel(job.id)
    assert node.ended(job).status == "CANCELED"
    storage.back.set()
    assert node.ended(node.begin(seed=3)).status == "COMPLETED"
    assert worker in node.control.dispatch.pool.all() and worker.exit_code is None


def test_an_outage_of_the_storage_burns_no_job(node: OneNode, storage: UnreadableStorage, source: str) -> None:
    with mock.patch("engine.jobs.settlement.OUTAGE_PAUSE_S", 0.05):
        job = asked(node, storage, source, refuses=True)
        until(lambda: ticketed(node, job).attempt > MAX_RETRIES + 2)
        now = node.queue.get(job.id)
        assert (now.failures, now.interruptions, now.lost_nodes, now.dead_letter) == (0, 0, 0, False)
        storage.back.set()
        until(lambda: ticketed(node, job).status == "COMPLETED")


def test_a_ticket_is_served_though_the_database_goes_while_its_job_begins(
    node: OneNode, storage: UnreadableStorage, source: str
) -> None:
    """The sound has gone, and the first time that this is to be written down there is nobody to take it."""
    fail, told = node.queue.fail, [LOST]

    def once(*arguments: Any, **named: Any) -> bool:
        if told:
            raise told.pop()
        return fail(*arguments, **named)

    job = node.control.submit(_request(source))
    with mock.patch.object(storage, "stat", lambda key: None), mock.patch.object(node.queue, "fail", once):
        ticket = node.tickets.hold(LOCAL_POOL)
        node.control.dispatch.wake()
        assert ticket.over.wait(60)
    assert (node.queue.get(job.id).status, told) == ("FAILED", [])


def test_a_ticket_is_served_though_its_job_cannot_begin_at_all(node: OneNode) -> None:
    with mock.patch.object(node.control.dispatch.pool, "free_memory", side_effect=[MemoryError, None]):
        job = node.begin(seed=4)
        until(lambda: node.queue.get(job.id).status == "RUNNING")
        node.ended(node.begin(seed=5))
        until(lambda: not node.tickets._held)
    assert node.control.dispatch.pool.worker_of(job.id) is None


def test_a_node_whose_workers_do_not_start_leaves_jobs_to_others(
    node: OneNode, caplog: pytest.LogCaptureFixture
) -> None:
    job = node.queue.enqueue(entry(seed=6))
    with node.control.dispatch.lock, caplog.at_level(logging.ERROR):
        node.control.dispatch._give_up(Lane.LIGHT, {"code": "INTERNAL"})
    assert node.queue.get(job.id).status == "PENDING" and "no worker starts here" in caplog.text


def test_after_an_outage_that_ended_without_an_error_no_job_is_lost(node: OneNode) -> None:
    """The database hangs and goes on, and nobody could renew a claim meanwhile."""
    job = node.queue.enqueue(entry(seed=6))
    assert node.queue.claim(Lane.LIGHT, LOCAL_POOL, "other:host:1", job_id=job.id)
    expired, asked, again, answers = node.queue.expired, *(threading.Event() for _ in range(3))

    def silence(seconds_ago: float) -> None:
        with node.database.write() as tx:
            tx.execute(update(jobs).where(jobs.c.id == job.id).values(heartbeat_at=time.time() - seconds_ago))

    def hangs() -> list[Job]:
        found = expired()
        if asked.is_set():
            again.set()
        else:
            asked.set()
            answers.wait()
        return found

    silence(60.0)
    with (
        mock.patch.object(node.queue, "expired", hangs),
        mock.patch("engine.jobs.dispatch.HEARTBEAT_S", 1.0),
        mock.patch("engine.jobs.dispatch.EXPIRES_S", 0.1),
    ):
        assert asked.wait(60)
        dispatch = node.control.dispatch
        until(lambda: time.monotonic() - dispatch._due_at > 1.0)
        silence(0.0)
        answers.set()
        assert again.wait(60)
        now = node.queue.get(job.id)
    assert (now.status, now.lost_nodes) == (JobStatus.RUNNING, 0)


def test_who_fell_silent_and_lost_its_job_does_not_cancel_it(node: OneNode) -> None:
    job = node.begin(seed=7, steps=10_000, step_s=0.05)
    until(lambda: node.control.views.row(node.queue.get(job.id))["progress"])
    assert node.queue.put_back(node.queue.get(job.id), lost_node=True)
    until(lambda: not node.control.dispatch.pool.running())
    assert node.queue.get(job.id).status == "PENDING"


def test_a_failure_that_could_not_be_settled_goes_before_the_death_of_its_worker(node: OneNode) -> None:
    """The database is away when the job has failed, and its worker dies before it is back."""
    refused, answers, fail = threading.Event(), threading.Event(), node.queue.fail

    def away(*arguments: Any, **named: Any) -> bool:
        if not answers.is_set():
            refused.set()
            answers.wait()
            raise LOST
        return fail(*arguments, **named)

    with mock.patch.object(node.queue, "fail", away):
        job = node.begin(seed=8, fail="INTERNAL")
        assert refused.wait(60)
        worker = node.control.dispatch.pool.worker_of(job.id)
        assert worker is not None
        worker.kill()
        until(lambda: worker not in node.control.dispatch.pool.all())
        answers.set()
        done = node.ended(job)
    assert (done.status, done.interruptions, done.failures) == ("FAILED", 0, 1)


def test_a_node_that_starts_while_the_storage_is_away_waits_for_it(
    node: OneNode, storage: UnreadableStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an earlier life has finished is published when it is back."""
    dispatch = node.control.dispatch
    with mock.patch.object(dispatch._settlement.library, "publish", side_effect=LOST):
        job = node.begin(seed=9)
        until(lambda: dispatch._settlement.unsettled)
        node.control.stop()
    asked: list[str] = []

    def put(key: str, source: Path, *, exclusive: bool = False) -> bool:
        asked.append(key)
        if len(asked) < 3:
            raise AppError(Code.UNAVAILABLE, "storage_away", recoverable=True)
        return AwayStorage.put(storage, key, source, exclusive=exclusive)

    with mock.patch.object(storage, "put", put), mock.patch("engine.cluster.patience.PAUSES_S", (0.01,)):
        patiently(node.control.recover, "en")
    assert capsys.readouterr().err.count(translate("error.storage_away", "en")) == 1, "each reason is told once"
    done = node.queue.get(job.id)
    assert (done.status, done.attempt, len(done.track_ids)) == ("COMPLETED", 1, 1)
