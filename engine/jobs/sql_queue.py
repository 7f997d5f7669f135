"""The queue in a database: SQLite and PostgreSQL run the same code. What each verb promises, `Queue` says."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Self

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.command import Lane
from engine.database import Database, jobs
from engine.database.clock import now_s
from engine.database.sweep import sweep
from engine.errors import AppError, Code
from engine.jobs import segments
from engine.jobs.claims import TURN, Claims
from engine.jobs.job import ACTIVE, MAX_RETRIES, Job, JobStatus, Request, Webhook, retry_delay_s
from engine.jobs.job_rows import job_of, row_of
from engine.jobs.outbox import Outbox
from engine.jobs.queue import EXPIRES_S, LOCAL_POOL, MAX_WAITING, Hold, QueueEntry
from engine.jobs.sql_holds import SqlHolds, is_held
from engine.jobs.waiting import check_room, moved
from engine.parameters import is_identity

MAX_FINISHED = 2000
"""Finished jobs of a user kept for the page's history; older ones are forgotten, their tracks stay."""

_WAITS = (jobs.c.status == JobStatus.PENDING, ~jobs.c.background)
"""In the queue as the user knows it."""


def _is_expired() -> Any:
    return jobs.c.heartbeat_at < now_s() - EXPIRES_S


class SqlQueue:
    """With `own_only` it begins, and sends away, only jobs that were entered or retried through it, held or not.

    That is for the command line, which leaves the rest of the queue to the page. `most_waiting` says how many jobs of a
    user may wait; those in the background are not counted among them. `outbox`: where the ends of jobs are noted for
    whoever wants to be told. `pool_of`: who may claim what is entered.
    """

    def __init__(
        self,
        database: Database,
        *,
        own_only: bool = False,
        most_waiting: Callable[[str], int] = lambda user: MAX_WAITING,
        outbox: Outbox | None = None,
        pool_of: Callable[[QueueEntry], str] = lambda entry: LOCAL_POOL,
    ) -> None:
        self._database = database
        self._outbox = outbox or Outbox()
        self._pool_of = pool_of
        self._own: set[str] | None = set() if own_only else None
        self._most_waiting = most_waiting
        self._user: str | None = None
        self._theirs: tuple[Any, ...] = ()
        self._holds = SqlHolds(database, None)

    def of(self, user: str) -> Self:
        scoped = copy(self)
        scoped._user, scoped._theirs = user, (jobs.c.user == user,)
        scoped._holds = SqlHolds(self._database, user)
        return scoped

    def _mine(self, job_ids: Sequence[str]) -> None:
        if self._own is not None:
            self._own.update(job_ids)

    # asking

    def enqueue(self, entry: QueueEntry) -> Job:
        row = self._row(entry)
        same = jobs.c.idempotency_key == row["idempotency_key"]
        there = [same] if row["request_id"] else [same, jobs.c.status.in_(ACTIVE)]
        while (job := self._first(*there)) is None or not self._subscribed(job, entry.request):
            with contextlib.suppress(IntegrityError):  # it came by another way in this very moment
                self._insert([row], entry.request.webhook)
                job = self.get(row["id"])
                break
        self._mine([job.id])
        return job

    def enqueue_all(self, entries: Sequence[QueueEntry]) -> list[Job]:
        rows = [self._row(entry) for entry in entries]
        keys = [row["idempotency_key"] for row in rows]
        for _ in range(2):  # a second time when the same message came by another way in this very moment
            known = {job.idempotency_key for job in self._all(jobs.c.idempotency_key.in_(keys))}
            new = [row for row in rows if row["idempotency_key"] not in known]
            first = time.time()
            for number, row in enumerate(new):
                row["rank"] = first + number * 1e-6  # as they were named, whatever their ids
            with contextlib.suppress(IntegrityError):
                self._insert(new, next((entry.request.webhook for entry in entries), None))
                break
        entered = {job.idempotency_key: job for job in self._all(jobs.c.idempotency_key.in_(keys))}
        self._mine([job.id for job in entered.values()])
        return [entered[key] for key in keys]

    def _row(self, entry: QueueEntry) -> dict[str, Any]:
        if self._user is not None:
            entry = replace(entry, request=replace(entry.request, user=self._user))
        return row_of(entry, self._pool_of(entry))

    def _subscribed(self, job: Job, request: Request) -> bool:
        """Whether the job that is there already tells whom the request wants told; it may be over by now."""
        if request.webhook is None:
            return True
        with self._database.write() as tx:
            return self._outbox.subscribe_active(tx, vars(job), request.webhook) or request.request_id is not None

    def _insert(self, rows: Sequence[dict[str, Any]], webhook: Webhook | None) -> None:
        limits = {user: self._most_waiting(user) for user in {row["user"] for row in rows if not row["background"]}}
        with self._database.write() as tx:
            check_room(tx, rows, MAX_WAITING, limits)
            for row in rows:
                tx.execute(insert(jobs).values(**row))
            for row in {row["batch_id"] or row["id"]: row for row in rows}.values():
                if webhook is not None:
                    self._outbox.subscribe(tx, row, webhook)

    # looking

    def get(self, job_id: str) -> Job:
        found = self._first(jobs.c.id == job_id) if is_identity(job_id) else None
        if found is None:
            raise AppError(Code.NOT_FOUND, "job_not_found")
        return found

    def knows(self, job_id: str) -> bool:
        return self._first(jobs.c.id == job_id) is not None

    def _first(self, *where: Any) -> Job | None:
        with self._database.read() as connection:
            row = connection.execute(select(jobs).where(*where, *self._theirs)).mappings().first()
        return job_of(row) if row else None

    def _all(self, *where: Any, order: Any = TURN, limit: int | None = None) -> list[Job]:
        with self._database.read() as connection:
            found = connection.execute(select(jobs).where(*where, *self._theirs).order_by(*order).limit(limit))
            return [job_of(row) for row in found.mappings()]

    def order(self) -> dict[str, float]:
        turns = select(jobs.c.id, jobs.c.rank).where(*_WAITS, *self._theirs).order_by(*TURN)
        with self._database.read() as connection:
            return {row.id: row.rank for row in connection.execute(turns)}

    def abandoned(self, owners: str) -> list[Job]:
        dead = jobs.c.owner.is_(None) | jobs.c.owner.startswith(owners, autoescape=True)
        return self._all(jobs.c.status == JobStatus.RUNNING, dead | _is_expired())

    def expired(self) -> list[Job]:
        return self._all(jobs.c.status == JobStatus.RUNNING, _is_expired())

    def canceling(self, owner: str) -> set[str]:
        own = (jobs.c.status == JobStatus.RUNNING, jobs.c.owner == owner, jobs.c.cancel_requested, *self._theirs)
        with self._database.read() as connection:
            return set(connection.scalars(select(jobs.c.id).where(*own)))

    def children(self, job_id: str) -> list[Job]:
        return self._all(jobs.c.parent_id == job_id)

    def background(self) -> list[Job]:
        return self._all(jobs.c.background)

    def batch(self, batch_id: str) -> list[Job]:
        found = self._all(jobs.c.batch_id == batch_id) if is_identity(batch_id) else []
        if not found:
            raise AppError(Code.NOT_FOUND, "batch_not_found")
        return found

    def recent(self, limit: int = 200) -> list[Job]:
        ours = ~jobs.c.background
        open_ones = [jobs.c.status.in_(ACTIVE), jobs.c.batch_id.is_not(None), *self._theirs]
        open_batches = select(jobs.c.batch_id).where(*open_ones)
        found = [
            *self._all(jobs.c.status.not_in(ACTIVE), ours, order=(jobs.c.finished_at.desc(),), limit=limit),
            *self._all(jobs.c.status.in_(ACTIVE) | jobs.c.batch_id.in_(open_batches), ours),
        ]
        return sorted({job.id: job for job in found}.values(), key=lambda job: job.created_at)

    def segments(self, job_id: str) -> list[dict[str, Any]]:
        self.get(job_id)
        with self._database.read() as connection:
            return segments.of(connection, job_id)

    def page(
        self,
        *,
        limit: int,
        after: tuple[float, str] | None = None,
        status: JobStatus | None = None,
        command: str | None = None,
    ) -> list[Job]:
        where = [~jobs.c.background]
        if status is not None:
            where.append(jobs.c.status == status)
        if command is not None:
            where.append(jobs.c.command == command)
        if after is not None:
            at, job_id = after
            where.append((jobs.c.created_at < at) | ((jobs.c.created_at == at) & (jobs.c.id < job_id)))
        return self._all(*where, order=(jobs.c.created_at.desc(), jobs.c.id.desc()), limit=limit)

    def inputs(self) -> set[str]:
        values = (value for job in self._all(jobs.c.status.in_(ACTIVE)) for value in job.params.values())
        return {value for value in values if isinstance(value, str) and value.startswith(("track:", "upload:"))}

    def ready(self) -> Counter[str]:
        """How many jobs of each pool could be begun now."""
        waiting = (jobs.c.status == JobStatus.PENDING, jobs.c.not_before <= time.time(), ~is_held(), *self._theirs)
        with self._database.read() as connection:
            counted = connection.execute(select(jobs.c.pool, func.count()).where(*waiting).group_by(jobs.c.pool))
            return Counter({row[0]: row[1] for row in counted})

    def next_ready(self, lane: Lane, pool: str) -> Job | None:
        with self._database.read() as connection:
            row = connection.execute(self._claims(lane, pool).next()).mappings().first()
        return job_of(row) if row else None

    def _claims(self, lane: Lane, pool: str) -> Claims:
        return Claims(lane, pool, self._theirs, self._own)

    def next_pause_end(self) -> float | None:
        pausing = select(func.min(jobs.c.not_before)).where(
            jobs.c.status == JobStatus.PENDING, jobs.c.not_before > time.time(), *self._theirs
        )
        with self._database.read() as connection:
            end: float | None = connection.scalar(pausing)
        return end

    # claiming

    def claim(self, lane: Lane, pool: str, owner: str, *, job_id: str | None = None) -> Job | None:
        while True:
            with self._database.write() as tx:
                row = tx.execute(self._claims(lane, pool).claiming(owner, job_id)).mappings().first()
            if row:
                return job_of(row)
            if job_id is not None or self.next_ready(lane, pool) is None:
                return None  # else another claimer was just taking the last one of the user whose turn it was

    def renew(self, owner: str, ids: Collection[str]) -> set[str]:
        same = (jobs.c.status == JobStatus.RUNNING, jobs.c.owner == owner, jobs.c.id.in_(ids), *self._theirs)
        own = update(jobs).where(*same)
        with self._database.write() as tx:
            return set(tx.scalars(own.values(heartbeat_at=now_s()).returning(jobs.c.id)))

    def begin_stage(self, job: Job, stage: str, progress: float) -> bool:
        began = {"heartbeat_at": now_s()}
        return self._settle(job, began, further=lambda tx: segments.begin(tx, job, stage, progress))

    # settling

    def complete(
        self, job: Job, track_ids: Sequence[str], follow_ups: Sequence[QueueEntry], index: Callable[[Connection], None]
    ) -> bool:
        rows = [row_of(entry, self._pool_of(entry)) for entry in follow_ups]
        values = {"status": JobStatus.COMPLETED, "track_ids": list(track_ids), "error": None}

        def enter(tx: Connection) -> None:
            index(tx)
            for row in rows:
                tx.execute(insert(jobs).values(**row))
            self._outbox.inherit(tx, job.id, [row["id"] for row in rows])
            self._mine([row["id"] for row in rows])

        return self._settle(job, {**values, "finished_at": time.time()}, ends="COMPLETED", further=enter)

    def fail(self, job: Job, error: dict[str, Any], *, recoverable: bool) -> bool:
        failures = job.failures + 1
        values: dict[str, Any] = {"error": error, "failures": failures}
        if recoverable and failures <= MAX_RETRIES:
            return self._wait_again(job, {**values, "not_before": time.time() + retry_delay_s(failures)}, "FAILED")
        values |= {"status": JobStatus.FAILED, "finished_at": time.time(), "dead_letter": recoverable}
        return self._settle(job, values, ends="FAILED")

    def postpone(self, job: Job, error: dict[str, Any], pause_s: float) -> bool:
        return self._wait_again(job, {"error": error, "not_before": time.time() + pause_s}, "INTERRUPTED")

    def put_back(self, job: Job, error: dict[str, Any] | None = None, *, lost_node: bool = False) -> bool:
        values: dict[str, Any] = {"error": error}
        if lost_node:
            values["lost_nodes"] = job.lost_nodes + 1
        elif error is not None:
            values["interruptions"] = job.interruptions + 1
        return self._wait_again(job, values, "INTERRUPTED")

    def _wait_again(self, job: Job, values: dict[str, Any], ends: str) -> bool:
        """It is canceled where that was asked for: whoever settles a running job may not have heard of it."""
        pending = {**values, "status": JobStatus.PENDING}
        return self._settle(job, pending, ~jobs.c.cancel_requested, ends=ends) or self._settle(
            job, self._canceled(), jobs.c.cancel_requested, ends="CANCELED"
        )

    def request_cancel(self, job: Job) -> bool:
        return self._settle(job, {"cancel_requested": True})

    def cancel(self, job: Job) -> bool:
        return self._settle(job, self._canceled(), ends="CANCELED", expected=ACTIVE)

    def _canceled(self) -> dict[str, Any]:
        return {"status": JobStatus.CANCELED, "finished_at": time.time()}

    def _settle(
        self,
        job: Job,
        values: dict[str, Any],
        *where: Any,
        ends: str = "",
        expected: Sequence[JobStatus] = (JobStatus.RUNNING,),
        further: Callable[[Connection], None] = lambda tx: None,
    ) -> bool:
        """Change the row and what belongs to it, if it still is `expected`, in the attempt that the caller knows, and
        `where` is true of it.

        `ends`: how the stage that it is in has ended.
        """
        same = [jobs.c.id == job.id, jobs.c.status.in_(expected), jobs.c.attempt == job.attempt, *where, *self._theirs]
        with self._database.write() as tx:
            done = tx.execute(update(jobs).where(*same).values(**values)).rowcount == 1
            if done:
                further(tx)
                if ends:
                    segments.close(tx, job, ends)
            noted = done and values.get("status", ACTIVE[0]) not in ACTIVE and self._outbox.note_ends(tx, [job.id])
        if noted:
            self._outbox.noted()
        return done

    # changing

    def cancel_waiting(self, batch_id: str | None = None) -> list[str]:
        waiting = [*_WAITS, *self._theirs]
        if batch_id is not None:
            waiting.append(jobs.c.batch_id == batch_id)
        if self._own is not None:
            waiting.append(jobs.c.id.in_(self._own))
        canceled = update(jobs).where(*waiting).values(**self._canceled()).returning(jobs.c.id, jobs.c.rank)
        with self._database.write() as tx:
            ids = [row.id for row in sorted(tx.execute(canceled), key=lambda row: (row.rank, row.id))]
            noted = self._outbox.note_ends(tx, ids)
        if noted:
            self._outbox.noted()
        return ids

    def move(self, job_id: str, position: int) -> list[str]:
        with self._database.write() as tx:
            turns = select(jobs.c.id, jobs.c.rank).where(*_WAITS, *self._theirs).order_by(*TURN)
            waiting = {row.id: row.rank for row in tx.execute(turns)}
            if job_id not in waiting:
                self.get(job_id)
                raise AppError(Code.INVALID_INPUT, "job_not_waiting")
            ranked = update(jobs).where(jobs.c.id == bindparam("moved")).values(rank=bindparam("place"))
            changed = moved(waiting, job_id, position, time.time())
            if changed:
                tx.execute(ranked, changed)
        return [place["moved"] for place in changed]

    def retry(self, job_id: str) -> Job:
        job = self.get(job_id)
        self._mine([job_id])
        if job.status in ACTIVE:
            return job
        if job.status is JobStatus.COMPLETED:
            raise AppError(Code.INVALID_INPUT, "job_completed")
        values = {
            "status": JobStatus.PENDING, "rank": time.time(), "failures": 0, "interruptions": 0, "lost_nodes": 0,
            "not_before": 0.0,
            "dead_letter": False, "error": None, "started_at": None, "finished_at": None,
        }  # fmt: skip
        try:
            self._settle(job, values, expected=(job.status,))
        except IntegrityError:  # the same request was sent again meanwhile
            twin = self._first(jobs.c.idempotency_key == job.idempotency_key, jobs.c.status.in_(ACTIVE))
            return twin or self.retry(job_id)
        return self.get(job_id)

    def forget(self, job_id: str) -> None:
        if self.get(job_id).status in ACTIVE:
            raise AppError(Code.INVALID_INPUT, "job_active")
        with self._database.write() as tx:
            tx.execute(delete(jobs).where(jobs.c.id == job_id))
            segments.forget(tx, [job_id])

    def prune(self) -> None:
        age = func.row_number().over(partition_by=jobs.c.user, order_by=jobs.c.finished_at.desc())
        over = [jobs.c.status.not_in(ACTIVE), ~jobs.c.dead_letter, ~jobs.c.background, *self._theirs]
        finished = select(jobs.c.id, age.label("age")).where(*over).subquery()
        with self._database.write() as tx:
            old = tx.scalars(select(finished.c.id).where(finished.c.age > MAX_FINISHED)).all()
            if old:
                tx.execute(delete(jobs).where(jobs.c.id.in_(old)))
                segments.forget(tx, old)
            sweep(tx)

    # holding back

    def hold(self, scope: str, held: bool) -> bool:
        return self._holds.hold(scope, held)

    def holds(self) -> frozenset[str]:
        return self._holds.scopes()

    def end_idle_holds(self) -> frozenset[Hold]:
        return self._holds.end_idle()
