"""A queue whose jobs are counted for Prometheus: it stands before the real one where `metrics` is set."""

import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import Connection

from engine import metrics
from engine.command import Lane
from engine.jobs.job import MAX_RETRIES, Job
from engine.jobs.queue import Queue, QueueEntry


class CountedQueue:
    """Every verb of `Queue`; those that begin or end jobs count what they changed, late ones nothing."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def of(self, user: str) -> Queue:
        return counted(self._queue.of(user))

    def enqueue(self, entry: QueueEntry) -> Job:
        return self._entered(lambda: [self._queue.enqueue(entry)])[0]

    def enqueue_all(self, entries: Sequence[QueueEntry]) -> list[Job]:
        return self._entered(lambda: self._queue.enqueue_all(entries))

    def _entered(self, enter: Callable[[], list[Job]]) -> list[Job]:
        before = time.time()
        entered = enter()
        for job in entered:
            if job.created_at >= before:  # and not one that was there already
                metrics.JOBS_SUBMITTED.add(command=job.command)
        return entered

    def claim(self, lane: Lane, pool: str, owner: str, *, job_id: str | None = None) -> Job | None:
        job = self._queue.claim(lane, pool, owner, job_id=job_id)
        if job is not None and job.attempt == 1 and job.started_at is not None:
            metrics.JOB_WAIT.observe(max(0.0, job.started_at - job.created_at), command=job.command)
        return job

    def complete(
        self, job: Job, track_ids: Sequence[str], follow_ups: Sequence[QueueEntry], index: Callable[[Connection], None]
    ) -> bool:
        done = self._queue.complete(job, track_ids, follow_ups, index)
        if done:
            _ended(job, "completed")
            for entry in follow_ups:
                metrics.JOBS_SUBMITTED.add(command=entry.command.name)
        return done

    def fail(self, job: Job, error: dict[str, Any], *, recoverable: bool) -> bool:
        done = self._queue.fail(job, error, recoverable=recoverable)
        if done:
            metrics.JOB_FAILURES.add(command=job.command, code=str(error["code"]))
            if recoverable and job.failures < MAX_RETRIES:
                metrics.JOB_RETRIES.add(command=job.command)
                _ran(job, "failed")
            else:
                _ended(job, "failed")
                if recoverable:
                    metrics.JOB_DEAD_LETTERS.add(command=job.command)
        return done

    def put_back(self, job: Job, error: dict[str, Any] | None = None, *, lost_node: bool = False) -> bool:
        done = self._queue.put_back(job, error, lost_node=lost_node)
        if done and error is not None:
            metrics.JOB_INTERRUPTIONS.add(command=job.command)
            _ran(job, "interrupted")
        return done

    def cancel(self, job: Job) -> bool:
        done = self._queue.cancel(job)
        if done:
            _ended(job, "canceled")
        return done

    def cancel_waiting(self, batch_id: str | None = None) -> list[str]:
        ids = self._queue.cancel_waiting(batch_id)
        for job_id in ids:
            metrics.JOBS_ENDED.add(command=self._queue.get(job_id).command, outcome="canceled")
        return ids


def counted(queue: Queue) -> Queue:
    """The same queue, with its jobs counted."""
    return cast(Queue, CountedQueue(queue))


def _ended(job: Job, outcome: str) -> None:
    metrics.JOBS_ENDED.add(command=job.command, outcome=outcome)
    _ran(job, outcome)


def _ran(job: Job, outcome: str) -> None:
    """An attempt of a job as it was claimed is over; one that waited had none."""
    if job.owner is not None and job.started_at is not None:
        metrics.JOB_RUN.observe(max(0.0, time.time() - job.started_at), command=job.command, outcome=outcome)
