"""The queue: every job in the database, with verbs that read like sentences. Only the server process holds one."""

import contextlib
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.command import Command, Lane
from engine.database import Database, jobs
from engine.errors import AppError, Code
from engine.jobs.job import ACTIVE, MAX_RETRIES, Job, JobStatus, Request, draw_seed, idempotency_key, retry_delay_s
from engine.parameters import Params, is_identity
from engine.text import label

Row = dict[str, Any]

_TURN = (jobs.c.rank, jobs.c.id)

MAX_WAITING = 1000
MAX_FINISHED = 2000
"""Finished jobs kept for the page's history; older ones are forgotten, their tracks stay."""


class Queue:
    """Every verb that ends or puts back a running job is fenced by the attempt of the `Job` that `claim` gave.

    Such a verb changes nothing and returns False when the row has gone on since: a claimer that was thought dead and
    speaks again, or a message that comes late, does no harm.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._state = object()
        self._order: tuple[object, dict[str, float]] = (None, {})

    @contextlib.contextmanager
    def _write(self) -> Iterator[Connection]:
        """A transaction after which the order of the waiting is read anew."""
        try:
            with self._database.write() as tx:
                yield tx
        finally:
            self._state = object()

    # asking

    def enqueue(self, request: Request, command: Command[Any], params: Params) -> Job:
        """Enter a job; the same wish while it waits or runs is the job that is there already.

        A request id belongs to one job for good: a message sent again after a lost connection finds it even when it
        is over. Raises RATE_LIMITED when a thousand jobs wait.
        """
        row = new_row(request, command, params)
        same_wish = jobs.c.idempotency_key == row["idempotency_key"]
        if request.request_id and (known := self._first(same_wish)):
            return known
        try:
            self._insert([row])
        except IntegrityError:
            twin = self._first(same_wish, jobs.c.status.in_(ACTIVE))
            if twin is None:  # it finished in this very moment
                return self.enqueue(request, command, params)
            return twin
        return self.get(row["id"])

    def enqueue_all(self, wishes: Sequence[tuple[Request, Command[Any], Params]]) -> list[Job]:
        """Enter the jobs of a batch, all of them or none; each has a request id, and those that are known stay.

        Raises RATE_LIMITED when more than a thousand jobs would wait.
        """
        rows = [new_row(request, command, params) for request, command, params in wishes]
        keys = [row["idempotency_key"] for row in rows]
        for _ in range(2):  # a second time when the same message came by another way in this very moment
            known = {job.idempotency_key for job in self._all(jobs.c.idempotency_key.in_(keys))}
            new = [row for row in rows if row["idempotency_key"] not in known]
            first = time.time()
            for number, row in enumerate(new):
                row["rank"] = first + number * 1e-6  # as they were named, whatever their ids
            with contextlib.suppress(IntegrityError):
                self._insert(new)
                break
        entered = {job.idempotency_key: job for job in self._all(jobs.c.idempotency_key.in_(keys))}
        return [entered[key] for key in keys]

    def _insert(self, rows: Sequence[Row]) -> None:
        with self._write() as tx:
            waiting = tx.scalar(select(func.count()).where(jobs.c.status == JobStatus.PENDING)) or 0
            if rows and waiting + len(rows) > MAX_WAITING:
                raise AppError(Code.RATE_LIMITED, "queue_full", limit=MAX_WAITING)
            for row in rows:
                tx.execute(insert(jobs).values(**row))

    # looking

    def get(self, job_id: str) -> Job:
        """Raises NOT_FOUND."""
        found = self._first(jobs.c.id == job_id) if is_identity(job_id) else None
        if found is None:
            raise AppError(Code.NOT_FOUND, "job_not_found")
        return found

    def knows(self, job_id: str) -> bool:
        return self._first(jobs.c.id == job_id) is not None

    def _first(self, *where: Any) -> Job | None:
        with self._database.read() as connection:
            row = connection.execute(select(jobs).where(*where)).mappings().first()
        return _job(row) if row else None

    def _all(self, *where: Any, order: Any = _TURN, limit: int | None = None) -> list[Job]:
        with self._database.read() as connection:
            found = connection.execute(select(jobs).where(*where).order_by(*order).limit(limit))
            return [_job(row) for row in found.mappings()]

    def waiting(self) -> list[Job]:
        """In the order in which they will run."""
        return self._all(jobs.c.status == JobStatus.PENDING)

    def order(self) -> dict[str, float]:
        """Ids and ranks of the waiting, the next one first. Read only after a change: asking costs nothing else."""
        state = self._state
        known, order = self._order
        if known is not state:
            turns = select(jobs.c.id, jobs.c.rank).where(jobs.c.status == JobStatus.PENDING).order_by(*_TURN)
            with self._database.read() as connection:
                order = {row.id: row.rank for row in connection.execute(turns)}
            self._order = (state, order)
        return order

    def running(self) -> list[Job]:
        return self._all(jobs.c.status == JobStatus.RUNNING)

    def children(self, job_id: str) -> list[Job]:
        return self._all(jobs.c.parent_id == job_id)

    def batch(self, batch_id: str) -> list[Job]:
        """The jobs of a batch in their order. Raises NOT_FOUND when there are none."""
        found = self._all(jobs.c.batch_id == batch_id) if is_identity(batch_id) else []
        if not found:
            raise AppError(Code.NOT_FOUND, "batch_not_found")
        return found

    def recent(self, limit: int = 200) -> list[Job]:
        """All active jobs, whatever belongs to their batches, and the latest finished ones, oldest first."""
        open_batches = select(jobs.c.batch_id).where(jobs.c.status.in_(ACTIVE), jobs.c.batch_id.is_not(None))
        done = jobs.c.status.not_in(ACTIVE)
        found = [
            *self._all(done, order=(jobs.c.finished_at.desc(),), limit=limit),
            *self._all(done, jobs.c.batch_id.in_(open_batches)),
            *self.running(),
            *self.waiting(),
        ]
        return sorted({job.id: job for job in found}.values(), key=lambda job: job.created_at)

    def inputs(self) -> set[str]:
        """Keys of the audio that waiting and running jobs need."""
        values = (value for job in [*self.waiting(), *self.running()] for value in job.params.values())
        return {value for value in values if isinstance(value, str) and value.startswith(("track:", "upload:"))}

    def next_ready(self, lane: Lane, *, only: Collection[str] | None = None, held: Collection[str] = ()) -> Job | None:
        """The next job of a lane whose pause is over; `only` limits the choice to these ids, `held` batches rest."""
        found = self._all(*_ready(lane, only, held), limit=1)
        return found[0] if found else None

    def next_pause_end(self) -> float | None:
        """When the earliest pausing job may run again, Unix seconds."""
        pausing = select(func.min(jobs.c.not_before)).where(
            jobs.c.status == JobStatus.PENDING, jobs.c.not_before > time.time()
        )
        with self._database.read() as connection:
            end: float | None = connection.scalar(pausing)
        return end

    # changing

    def claim(self, lane: Lane, *, only: Collection[str] | None = None, held: Collection[str] = ()) -> Job | None:
        """Begin the next ready job of a lane, as `next_ready` chooses it; None when there is none.

        One statement chooses and begins, so of any number of claimers, in any number of processes, one gets it.
        """
        chosen = select(jobs.c.id).where(*_ready(lane, only, held)).order_by(*_TURN).limit(1)
        begun = (
            update(jobs)
            .where(
                jobs.c.id == chosen.with_for_update(skip_locked=True).scalar_subquery(),
                jobs.c.status == JobStatus.PENDING,
            )
            .values(
                status=JobStatus.RUNNING,
                started_at=time.time(),
                attempt=jobs.c.attempt + 1,
                error=None,
                cancel_requested=False,
            )
            .returning(*jobs.c)
        )
        with self._write() as tx:
            row = tx.execute(begun).mappings().first()
        return _job(row) if row else None

    def complete(
        self, job: Job, track_ids: Sequence[str], follow_ups: Sequence[Row], index: Callable[[Connection], None]
    ) -> bool:
        """Mark as done, `index` its tracks and enter what follows, all in one transaction."""
        values = {"status": JobStatus.COMPLETED, "track_ids": list(track_ids), "error": None}
        with self._write() as tx:
            done = _settle(tx, job, {**values, "finished_at": time.time()})
            if done:
                index(tx)
                for row in follow_ups:
                    tx.execute(insert(jobs).values(**row))
        return done

    def fail(self, job: Job, error: dict[str, Any], *, recoverable: bool) -> bool:
        """Back to the queue with a growing pause if the fault may pass, else failed; after 5 retries a dead letter."""
        failures = job.failures + 1
        values: dict[str, Any] = {"error": error, "failures": failures}
        if recoverable and failures <= MAX_RETRIES:
            values |= {"status": JobStatus.PENDING, "not_before": time.time() + retry_delay_s(failures)}
        else:
            values |= {"status": JobStatus.FAILED, "finished_at": time.time(), "dead_letter": recoverable}
        with self._write() as tx:
            return _settle(tx, job, values)

    def put_back(self, job: Job, error: dict[str, Any] | None = None) -> bool:
        """Back to its place in the queue, to be begun again at once; an `error` that says why is an interruption."""
        values = {"status": JobStatus.PENDING, "error": error, "interruptions": job.interruptions + (error is not None)}
        with self._write() as tx:
            return _settle(tx, job, values)

    def request_cancel(self, job: Job) -> bool:
        """Note that the user no longer wants a running job, until it is canceled."""
        with self._write() as tx:
            return _settle(tx, job, {"cancel_requested": True})

    def cancel(self, job: Job) -> bool:
        """Mark an active job as canceled."""
        with self._write() as tx:
            return _settle(tx, job, {"status": JobStatus.CANCELED, "finished_at": time.time()}, expected=ACTIVE)

    def cancel_waiting(self, only: Collection[str] | None = None) -> list[str]:
        """Mark every waiting job, or those of `only`, as canceled; their ids in the order in which they waited."""
        waiting = [jobs.c.status == JobStatus.PENDING]
        if only is not None:
            waiting.append(jobs.c.id.in_(only))
        with self._write() as tx:
            ids = list(tx.scalars(select(jobs.c.id).where(*waiting).order_by(*_TURN)))
            values = {"status": JobStatus.CANCELED, "finished_at": time.time()}
            tx.execute(update(jobs).where(jobs.c.id.in_(ids), jobs.c.status == JobStatus.PENDING).values(**values))
        return ids

    def move(self, job_id: str, position: int) -> Job:
        """Give a waiting job another place, 1 being the next; beyond the end is the end. Raises NOT_FOUND.

        All waiting jobs share out their ranks anew, so no number of moves runs out of places between two.
        """
        with self._write() as tx:
            waiting = tx.execute(
                select(jobs.c.id, jobs.c.rank).where(jobs.c.status == JobStatus.PENDING).order_by(*_TURN)
            ).all()
            order = [row.id for row in waiting if row.id != job_id]
            if len(order) == len(waiting):
                self.get(job_id)
                raise AppError(Code.INVALID_INPUT, "job_not_waiting")
            order.insert(max(0, position - 1), job_id)
            first, last = waiting[0].rank, waiting[-1].rank  # the last stays: newer jobs come after it
            step = max((last - first) / max(1, len(order) - 1), 1e-6)
            first = last - step * (len(order) - 1)
            for number, waiting_id in enumerate(order):
                tx.execute(update(jobs).where(jobs.c.id == waiting_id).values(rank=first + number * step))
        return self.get(job_id)

    def retry(self, job_id: str) -> Job:
        """Put a failed, canceled or dead job back at the end of the queue, with all its retries before it again.

        A job that is active already stays as it is; a completed one is refused: it is not done twice.
        """
        job = self.get(job_id)
        if job.status in ACTIVE:
            return job
        if job.status is JobStatus.COMPLETED:
            raise AppError(Code.INVALID_INPUT, "job_completed")
        values = {
            "status": JobStatus.PENDING, "rank": time.time(), "failures": 0, "interruptions": 0, "not_before": 0.0,
            "dead_letter": False, "error": None, "started_at": None, "finished_at": None,
        }  # fmt: skip
        try:
            with self._write() as tx:
                _settle(tx, job, values, expected=(job.status,))
        except IntegrityError:  # the same wish was sent again meanwhile
            twin = self._first(jobs.c.idempotency_key == job.idempotency_key, jobs.c.status.in_(ACTIVE))
            return twin or self.retry(job_id)
        return self.get(job_id)

    def forget(self, job_id: str) -> None:
        """Delete a finished job's row; its tracks stay."""
        if self.get(job_id).status in ACTIVE:
            raise AppError(Code.INVALID_INPUT, "job_active")
        with self._write() as tx:
            tx.execute(delete(jobs).where(jobs.c.id == job_id))

    def prune(self) -> None:
        """Forget all but the latest finished jobs; dead letters rest until someone decides."""
        finished = select(jobs.c.id).where(jobs.c.status.not_in(ACTIVE), ~jobs.c.dead_letter)
        oldest = finished.order_by(jobs.c.finished_at.desc()).offset(MAX_FINISHED)
        with self._database.write() as tx:
            old = tx.scalars(oldest).all()
            if old:
                tx.execute(delete(jobs).where(jobs.c.id.in_(old)))


def _ready(lane: Lane, only: Collection[str] | None, held: Collection[str]) -> list[Any]:
    """The conditions under which a job may be begun now."""
    where = [jobs.c.status == JobStatus.PENDING, jobs.c.lane == lane, jobs.c.not_before <= time.time()]
    if only is not None:
        where.append(jobs.c.id.in_(only))
    if held:
        where.append(jobs.c.batch_id.is_(None) | jobs.c.batch_id.not_in(held))
    return where


def _settle(
    tx: Connection, job: Job, values: dict[str, Any], *, expected: Sequence[JobStatus] = (JobStatus.RUNNING,)
) -> bool:
    """Change the row if it is still in one of the `expected` states and in the attempt that the caller knows."""
    same = [jobs.c.id == job.id, jobs.c.status.in_(expected), jobs.c.attempt == job.attempt]
    return tx.execute(update(jobs).where(*same).values(**values)).rowcount == 1


def new_row(request: Request, command: Command[Any], params: Params, parent_id: str | None = None) -> Row:
    """A waiting job's columns, with its seed drawn."""
    values = draw_seed(params.model_dump(mode="json"))
    now = time.time()
    return {
        "id": uuid.uuid4().hex,
        "user": request.user,
        "request_id": request.request_id,
        "idempotency_key": idempotency_key(request, values),
        "command": command.name,
        "text": label(request.text),
        "params": values,
        "lane": command.lane(params),
        "device_key": command.device_key(params),
        "memory_mb": command.memory_mb(params),
        "status": JobStatus.PENDING,
        "rank": now,
        "attempt": 0,
        "failures": 0,
        "interruptions": 0,
        "cancel_requested": False,
        "not_before": 0.0,
        "dead_letter": False,
        "track_ids": [],
        "parent_id": parent_id,
        "follow_ups": request.follow_ups,
        "created_at": now,
        "batch_id": request.batch_id,
    }


def _job(row: RowMapping) -> Job:
    values = {column.key: row[column] for column in jobs.c}
    return Job(**{**values, "lane": Lane(row["lane"]), "status": JobStatus(row["status"])})
