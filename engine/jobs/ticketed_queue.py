"""A queue that issues a ticket for each job that gets ready: it stands before the real one in a cluster."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from sqlalchemy import Connection

from engine.jobs.job import MAX_RETRIES, Job, JobStatus, retry_delay_s
from engine.jobs.queue import Queue, QueueEntry


class TicketOffice(Protocol):
    """Never waits and never fails: a ticket that could not be sent is sent later, or is found missing."""

    def issue(self, pool: str, count: int = 1, *, after_s: float = 0.0) -> None:
        """So many jobs of this pool are ready, or will be after a while."""

    def look(self) -> None:
        """Any number may be ready of which nobody knows."""


class TicketedQueue:
    """Every verb of `Queue`; those by which jobs become ready issue tickets."""

    def __init__(self, queue: Queue, office: TicketOffice, pool_of: Callable[[QueueEntry], str]) -> None:
        self._queue, self._office, self._pool_of = queue, office, pool_of

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def of(self, user: str) -> Queue:
        return ticketed(self._queue.of(user), self._office, self._pool_of)

    def enqueue(self, entry: QueueEntry) -> Job:
        job = self._queue.enqueue(entry)
        self._issue([job])
        return job

    def enqueue_all(self, entries: Sequence[QueueEntry]) -> list[Job]:
        entered = self._queue.enqueue_all(entries)
        self._issue(entered)
        return entered

    def complete(
        self, job: Job, track_ids: Sequence[str], follow_ups: Sequence[QueueEntry], index: Callable[[Connection], None]
    ) -> bool:
        done = self._queue.complete(job, track_ids, follow_ups, index)
        if done:
            for entry in follow_ups:
                self._office.issue(self._pool_of(entry))
        return done

    def fail(self, job: Job, error: dict[str, Any], *, recoverable: bool) -> bool:
        done = self._queue.fail(job, error, recoverable=recoverable)
        if done and recoverable and job.failures < MAX_RETRIES:
            self._office.issue(job.pool, after_s=retry_delay_s(job.failures + 1))
        return done

    def postpone(self, job: Job, error: dict[str, Any], pause_s: float) -> bool:
        done = self._queue.postpone(job, error, pause_s)
        if done:
            self._office.issue(job.pool, after_s=pause_s)
        return done

    def put_back(self, job: Job, error: dict[str, Any] | None = None, *, lost_node: bool = False) -> bool:
        done = self._queue.put_back(job, error, lost_node=lost_node)
        if done:
            self._office.issue(job.pool)
        return done

    def retry(self, job_id: str) -> Job:
        job = self._queue.retry(job_id)
        self._issue([job])
        return job

    def hold(self, scope: str, held: bool) -> bool:
        holds = self._queue.hold(scope, held)
        if not holds:
            self._office.look()
        return holds

    def _issue(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if job.status is JobStatus.PENDING:
                self._office.issue(job.pool)


def ticketed(queue: Queue, office: TicketOffice, pool_of: Callable[[QueueEntry], str]) -> Queue:
    """The same queue, with tickets for its jobs."""
    return cast(Queue, TicketedQueue(queue, office, pool_of))
