"""What every form of the job engine must do: embedded on SQLite, or Celery on a broker with PostgreSQL and a bucket.

A form offers a fixture `engine`, which does one job of each lane at a time.
"""

import time
import uuid
from typing import Any, Protocol

import pytest
from sqlalchemy import update

from engine.database import jobs
from engine.errors import AppError, Code
from engine.events import JobChanged, QueueChanged, TrackAdded
from engine.jobs.batch import Batch
from engine.jobs.dispatch import CANCEL_GRACE_S
from engine.jobs.job import MAX_RETRIES, Job, Request, retry_delay_s
from engine.jobs.queue import ALL
from tests.conftest import Running

LONG = {"steps": 10_000, "step_s": 0.05}


class EngineForm(Protocol):
    server: Running

    def kill_worker(self, job: Job) -> None:
        """The process that runs this job dies."""

    def restart(self) -> None:
        """The server ends and is started again; `server` is the new one."""


@pytest.fixture
def server(engine: EngineForm) -> Running:
    engine.server.events.clear()
    return engine.server


def rows_of(server: Running, job: Job) -> list[dict[str, Any]]:
    """What the page was told of a job, in that order."""
    return [event.row for event in server.events if isinstance(event, JobChanged) and event.row["id"] == job.id]


def at_work(server: Running, **params: Any) -> Job:
    """A job that has told of its progress."""
    job = server.debug(**{**LONG, **params})
    server.until(lambda: server.application.scheduler.views.row(server.job(job))["progress"] > 0, 60)
    return server.job(job)


def ended(server: Running, *jobs: Job) -> None:
    for job in jobs:
        server.application.scheduler.cancel(job.id)
    server.done(*jobs)


def hurry(server: Running, job: Job) -> None:
    """Its pause is over."""
    with server.application.database.write() as tx:
        tx.execute(update(jobs).where(jobs.c.id == job.id).values(not_before=0.0))
    server.application.queue.hold(ALL, False)
    server.application.scheduler.dispatch.wake()


class JobEngineContract:
    def test_a_job_is_done_once_and_each_change_of_it_is_told(self, server: Running) -> None:
        job = server.done(server.debug(prompt="a tone", seed=5, steps=30, step_s=0.05))
        assert (job.status, job.attempt, len(job.track_ids)) == ("COMPLETED", 1, 1), job.error
        record = server.record(job)
        assert (record.job_id, record.prompt, record.parameters.seed) == (job.id, "a tone", 5)
        assert server.audio(record.id).stat().st_size > 1000
        server.until(lambda: any(isinstance(e, TrackAdded) and e.row["job_id"] == job.id for e in server.events))
        server.until(lambda: rows_of(server, job)[-1]["status"] == "COMPLETED")
        rows = rows_of(server, job)
        shares = [row["progress"] for row in rows]
        assert len(shares) > 3 and shares == sorted(shares) and shares[-1] == 1, "it rises and never falls"
        states = list(dict.fromkeys(row["status"] for row in rows))
        assert states == ["PENDING", "RUNNING", "COMPLETED"][-len(states) :] and len(states) > 1
        assert any(row["stage"] == "WORKING" for row in rows) and any(row["eta_s"] is not None for row in rows)

    def test_a_failure_carries_its_code_and_the_next_job_runs(self, server: Running) -> None:
        failed = server.done(server.debug(fail="UNSUPPORTED_AUDIO"))
        assert (failed.status, failed.dead_letter) == ("FAILED", False)
        assert failed.error and failed.error["code"] == "UNSUPPORTED_AUDIO"
        assert server.done(server.debug()).status == "COMPLETED"

    def test_waiting_jobs_are_begun_in_their_order_as_it_was_changed(self, server: Running) -> None:
        control = server.application.scheduler
        blocker = at_work(server)
        waiting = [server.debug(prompt=f"in turn {n}") for n in range(4)]
        control.move(waiting[3].id, 1)
        control.move(waiting[0].id, 9)
        expected = [waiting[number].id for number in (3, 1, 2, 0)]
        assert list(server.application.queue.order()) == expected

        def told() -> list[str]:
            """The order as a page has it, which is told of each job's rank alone."""
            rows = {event.row["id"]: event.row for event in server.events if isinstance(event, JobChanged)}
            waits = [row for row in rows.values() if row["id"] in expected]
            return [row["id"] for row in sorted(waits, key=lambda row: (row["rank"], row["id"]))]

        server.until(lambda: told() == expected)
        ended(server, blocker)
        server.done(*waiting)
        begun = sorted((server.job(job) for job in waiting), key=lambda job: job.started_at or 0)
        assert [job.id for job in begun] == expected

    def test_what_is_held_waits_until_it_is_let_go(self, server: Running) -> None:
        control = server.application.scheduler
        blocker = at_work(server)
        assert control.pause(True)
        held = server.debug(prompt="held")
        ended(server, blocker)
        assert server.job(held).status == "PENDING" and control.views.row(server.job(held))["held"]
        assert control.pause(False) is False
        assert server.done(held).status == "COMPLETED"
        server.until(lambda: [e.paused for e in server.events if isinstance(e, QueueChanged)] == [True, False])

    def test_a_batch_is_held_let_go_and_canceled_by_itself(self, server: Running) -> None:
        control, queue = server.application.scheduler, server.application.queue
        three = server.done(server.debug(tracks=3))
        batch = Batch(uuid.uuid4().hex, "debug", LONG, "source", tuple(f"track:{each}" for each in three.track_ids))
        first, second, third = control.submit_batch(batch)
        again = [job.id for job in control.submit_batch(batch)]
        assert again == [first.id, second.id, third.id], "the same once more is the same"
        server.running(first)
        assert control.pause_batch(batch.id, True)
        ended(server, first)
        assert server.done(server.debug(prompt="beside it")).status == "COMPLETED"
        assert server.job(second).status == "PENDING"
        assert control.pause_batch(batch.id, False) is False
        server.running(second)
        assert control.cancel_batch(batch.id) == 2
        server.done(second, third)
        assert [job.status for job in queue.batch(batch.id)] == ["CANCELED"] * 3

    def test_a_cancel_is_heard_whether_it_waits_or_runs(self, server: Running) -> None:
        blocker = at_work(server)
        waiting = server.debug()
        server.application.scheduler.cancel(waiting.id)
        assert server.job(waiting).status == "CANCELED", "at once"
        ended(server, blocker)
        done = server.job(blocker)
        assert (done.status, done.interruptions, done.track_ids) == ("CANCELED", 0, [])
        server.until(lambda: rows_of(server, blocker)[-1]["status"] == "CANCELED")

    def test_a_worker_that_does_not_hear_a_cancel_is_killed(self, server: Running) -> None:
        job = server.running(server.debug(steps=1, step_s=600, deaf=True))
        asked_at = time.time()
        ended(server, job)
        done = server.job(job)
        took_s = (done.finished_at or 0) - asked_at
        print(f"a deaf job was canceled after {took_s:.1f} s")
        assert (done.status, done.interruptions) == ("CANCELED", 0)
        assert CANCEL_GRACE_S - 0.5 < took_s < 4 * CANCEL_GRACE_S
        assert server.done(server.debug()).status == "COMPLETED", "another takes its place"

    def test_what_may_pass_is_tried_again_after_growing_pauses_and_rests_at_last(self, server: Running) -> None:
        job = server.debug(fail="INTERNAL", recoverable=True)
        for failures in range(1, MAX_RETRIES + 1):
            waits = server.until(lambda n=failures: (now := server.job(job)).failures == n and now, 60)
            assert waits.status == "PENDING" and waits.error["code"] == "INTERNAL"
            pause_s = retry_delay_s(failures)
            assert waits.started_at + pause_s < waits.not_before <= time.time() + pause_s
            hurry(server, job)
        dead = server.done(job)
        assert (dead.status, dead.dead_letter, dead.failures) == ("FAILED", True, MAX_RETRIES + 1)
        assert dead.attempt == MAX_RETRIES + 1
        again = server.application.scheduler.retry(job.id)
        assert (again.failures, again.dead_letter) == (0, False)
        server.until(lambda: server.job(job).failures == 1, 60)
        ended(server, job)

    def test_what_passes_in_time_is_done(self, server: Running) -> None:
        job = server.done(server.debug(fail="OUT_OF_MEMORY", recoverable=True, recovers_after=1))
        assert (job.status, job.failures, job.attempt, len(job.track_ids)) == ("COMPLETED", 1, 2, 1)

    def test_a_killed_worker_is_an_interruption_and_no_failure(self, engine: EngineForm, server: Running) -> None:
        job = at_work(server, steps=60)
        engine.kill_worker(job)
        done = server.done(job)
        assert (done.status, done.attempt, done.interruptions, done.failures) == ("COMPLETED", 2, 1, 0)
        assert done.lost_nodes == 0 and server.record(done).interruptions == 1
        assert done.params == job.params, "with the seed that was drawn"

    def test_what_always_kills_its_worker_is_given_up(self, server: Running) -> None:
        job = server.done(server.debug(crash=True))
        assert (job.status, job.attempt, job.dead_letter) == ("FAILED", 3, False)
        assert job.error and job.error["code"] == "INTERRUPTED"

    def test_a_server_that_ends_costs_no_job(self, engine: EngineForm, server: Running) -> None:
        runs, waits = at_work(server, steps=100), server.debug(prompt="waits")
        engine.restart()
        engine.server.done(runs, waits)
        for job in map(engine.server.job, (runs, waits)):
            assert (job.status, job.interruptions, job.lost_nodes, len(job.track_ids)) == ("COMPLETED", 0, 0, 1)

    def test_what_follows_is_done_on_the_result(self, server: Running) -> None:
        wanted = {"command": "debug", "params": {"prompt": "second", "seed": 9}}
        parent = server.done(server.application.scheduler.submit(Request("debug", {"seed": 8}, follow_ups=[wanted])))
        (child,) = server.application.queue.children(parent.id)
        assert server.done(child).status == "COMPLETED"
        (track_id,) = parent.track_ids
        assert server.record(server.job(child)).sources == [f"track:{track_id}"]
        server.until(lambda: server.record(parent).postprocess.status == "done")
        assert server.record(parent).postprocess.tasks[0].tracks == server.job(child).track_ids

    def test_the_same_request_is_the_same_job(self, server: Running) -> None:
        request = Request("debug", {"seed": 21, "steps": 20, "step_s": 0.05}, request_id=f"click {time.time_ns()}")
        first, second = server.application.scheduler.submit(request), server.application.scheduler.submit(request)
        assert first.id == second.id
        assert server.done(first).attempt == 1
        assert server.application.scheduler.submit(request).id == first.id, "also when it is over"
        assert server.job(first).status == "COMPLETED"
        twins = [server.debug(), server.debug()]
        assert twins[0].id != twins[1].id, "who asks twice for chance gets two"
        server.done(*twins)

    def test_more_than_may_wait_is_refused(self, server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        blocker = at_work(server)
        monkeypatch.setattr("engine.jobs.sql_queue.MAX_WAITING", 2)
        waiting = [server.debug(), server.debug()]
        with pytest.raises(AppError) as refused:
            server.debug()
        assert refused.value.code is Code.RATE_LIMITED
        assert len(server.application.queue.order()) == 2
        ended(server, *waiting, blocker)
