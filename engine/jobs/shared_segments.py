"""Segments of long sounds that the nodes of a cluster share: the rows that say who makes which, and the objects made.

The worker of the job plans them and makes them one after the other; whoever has room takes one too (`claim`). A row is
open, PENDING or RUNNING, as long as its job is in the attempt that planned it; `engine.jobs.segments.close` ends it.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, insert, select, update

from engine.command import Lane
from engine.context import Segment
from engine.database import Database, job_segments, jobs
from engine.database.clock import now_s
from engine.jobs.job import ACTIVE, Job, JobStatus, SegmentWork
from engine.jobs.job_rows import job_of
from engine.jobs.queue import EXPIRES_S
from engine.jobs.segments import next_idx
from engine.library.storage import Storage

MOST_CLAIMS = 3
"""A segment that was begun so often and is not made is left to the job's own worker, whose fault ends the job."""
FOLDER = "segments"

_MADE = (job_segments.c.id, job_segments.c.claims, job_segments.c.facts)


@dataclass(frozen=True)
class MadeRow:
    """A segment that somebody has made: the key of its object, and what was found."""

    key: str
    facts: dict[str, Any]


class SharedSegments:
    """`look()`: called when segments wait that nobody was told of."""

    def __init__(self, database: Database, storage: Storage, look: Callable[[], None] = lambda: None) -> None:
        self._database, self.storage, self.look = database, storage, look

    # the job's own worker

    def plan(
        self, job_id: str, attempt: int, stage: str, progress: float, segments: Mapping[str, Segment]
    ) -> list[str]:
        """Write them down as waiting, under these ids; theirs in the end: what is there already, made in the very same
        way by an earlier attempt, is not made again. The same call may be made again.

        None is written where the job is not in this attempt any more.
        """
        earlier = self._earlier(job_id, attempt)
        ids = [
            next((row.id for row in earlier if (row.start_s, row.end_s, row.work) == (s.start_s, s.end_s, s.work)), own)
            for own, s in segments.items()
        ]
        with self._database.write() as tx:  # and nobody is waited for in it: the job's row is locked
            job = select(jobs.c.id).where(jobs.c.id == job_id, jobs.c.attempt == attempt, *_runs())
            if tx.execute(job.with_for_update()).first() is None:
                return []
            known = set(tx.scalars(select(job_segments.c.id).where(job_segments.c.id.in_(ids))))
            tx.execute(update(job_segments).where(job_segments.c.id.in_(known)).values(attempt=attempt))
            first = tx.scalar(next_idx(job_id)) or 0
            new = [
                {
                    "id": segment_id, "job_id": job_id, "idx": first + number, "attempt": attempt,
                    "stage": stage[:64], "progress": progress,
                    "status": "PENDING", "started_at": time.time(), "start_s": segments[segment_id].start_s,
                    "end_s": segments[segment_id].end_s, "work": segments[segment_id].work,
                }
                for number, segment_id in enumerate(each for each in ids if each not in known)
            ]  # fmt: skip
            if new:
                tx.execute(insert(job_segments), new)
            return ids

    def _earlier(self, job_id: str, attempt: int) -> list[Any]:
        """The rows of what is made, and is there."""
        columns = (job_segments.c.id, job_segments.c.claims, *(job_segments.c[n] for n in ("start_s", "end_s", "work")))
        made = (job_segments.c.start_s.is_not(None), job_segments.c.status == "COMPLETED")
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).where(_of(job_id), job_segments.c.attempt <= attempt, *made))
            found = rows.all()
        return [row for row in found if self.storage.stat(key_of(job_id, row.id, row.claims))]

    def take(self, job_id: str, attempt: int) -> SegmentWork | None:
        """Begin the first one that waits, or whose claim expired, in the name of the job itself.

        Who asks is making none: what was begun so already, and the answer was lost, is begun anew.
        """
        forgotten = (job_segments.c.status == "RUNNING") & (job_segments.c.owner == job_id)
        return self._begin(job_id, _is_free() | forgotten, _of(job_id), job_segments.c.attempt == attempt)

    def made(self, segment_id: str) -> MadeRow | None:
        """What became of it, when it is there."""
        found = select(job_segments.c.job_id, *_MADE).where(
            job_segments.c.id == segment_id, job_segments.c.status == "COMPLETED"
        )
        with self._database.read() as connection:
            row = connection.execute(found).first()
        return None if row is None else MadeRow(key_of(row.job_id, row.id, row.claims), row.facts)

    # whoever makes one

    def complete(self, work: SegmentWork, facts: dict[str, Any]) -> bool:
        """It is made; False where it was taken away meanwhile."""
        return self._end(work.id, work.claim, status="COMPLETED", facts=facts, finished_at=time.time())

    def store(self, work: SegmentWork, file: Path) -> None:
        """The file becomes its object. Raises as `Storage.put` does."""
        self.storage.put(key_of(work.job_id, work.id, work.claim), file)

    # nodes that help

    def next(self, lane: Lane, pool: str) -> Job | None:
        """A segment that `claim` would take now, as a job: that of its job, with an id and an attempt of its own."""
        waiting = _waiting(jobs.c.lane == lane, jobs.c.pool == pool).add_columns(*jobs.c)
        order = (jobs.c.background, jobs.c.rank, job_segments.c.idx)
        with self._database.read() as connection:
            row = connection.execute(waiting.order_by(*order).limit(1)).mappings().first()
        if row is None:
            return None
        work = SegmentWork(row["segment_id"], row["id"], row["segment_claims"] + 1, row["segment_work"])
        return _as_job(job_of(row), work)

    def claim(self, job: Job, owner: str) -> Job | None:
        """Begin what `next` found; None when somebody else was faster."""
        assert job.segment is not None
        waits = _waiting().with_only_columns(job_segments.c.id).where(job_segments.c.id == job.segment.id)
        work = self._begin(owner, _is_free(), job_segments.c.id.in_(waits))
        return None if work is None else replace(_as_job(job, work), owner=owner, started_at=time.time())

    def give_back(self, work: SegmentWork) -> bool:
        """It could not be made here: somebody else may."""
        return self._end(work.id, work.claim, status="PENDING", owner=None, heartbeat_at=None)

    def renew(self, owner: str, ids: Collection[str]) -> set[str]:
        """As `Queue.renew`, for jobs that somebody still wants. `ids`: of segments that the owner makes, and of jobs,
        whose own workers may be making one."""
        wanted = select(jobs.c.id).where(*_runs(), ~jobs.c.cancel_requested)
        theirs = (job_segments.c.owner == owner) & job_segments.c.id.in_(ids)
        of_jobs = (job_segments.c.owner == job_segments.c.job_id) & job_segments.c.job_id.in_(ids)
        own = update(job_segments).where(
            job_segments.c.status == "RUNNING", theirs | of_jobs, job_segments.c.job_id.in_(wanted)
        )
        with self._database.write() as tx:
            return set(tx.scalars(own.values(heartbeat_at=now_s()).returning(job_segments.c.id)))

    # afterwards

    def forget(self, job_id: str, attempt: int) -> None:
        """The objects of a job that is done with them, unless another attempt may use them."""
        still = select(jobs.c.id).where(jobs.c.id == job_id, jobs.c.attempt == attempt, *_runs())
        with self._database.read() as connection:
            ours = connection.execute(still).first() is not None
        if ours:
            self.storage.delete_all(f"{FOLDER}/{job_id}/")

    def sweep(self) -> None:
        """The objects of jobs that ended without a word."""
        found = {entry.key.split("/")[1] for entry in self.storage.list(f"{FOLDER}/")}
        if not found:
            return
        active = select(jobs.c.id).where(jobs.c.id.in_(found), jobs.c.status.in_(ACTIVE))
        with self._database.read() as connection:
            gone = found - set(connection.scalars(active))
        for job_id in gone:
            self.storage.delete_all(f"{FOLDER}/{job_id}/")

    def _begin(self, owner: str, free: Any, *where: Any) -> SegmentWork | None:
        """One statement chooses and begins, of those that are `free`."""
        chosen = select(job_segments.c.id).where(free, *where).order_by(job_segments.c.idx).limit(1)
        taken = chosen.with_for_update(skip_locked=True).scalar_subquery()
        begun = update(job_segments).where(job_segments.c.id == taken, free).values(
            status="RUNNING", owner=owner, started_at=time.time(), heartbeat_at=now_s(),
            claims=job_segments.c.claims + 1,
        )  # fmt: skip
        told = begun.returning(job_segments.c.id, job_segments.c.job_id, job_segments.c.claims, job_segments.c.work)
        with self._database.write() as tx:
            row = tx.execute(told).first()
        return None if row is None else SegmentWork(row.id, row.job_id, row.claims, row.work)

    def _end(self, segment_id: str, claim: int, **values: Any) -> bool:
        same = (job_segments.c.id == segment_id, job_segments.c.claims == claim, job_segments.c.status == "RUNNING")
        with self._database.write() as tx:
            return tx.execute(update(job_segments).where(*same).values(**values)).rowcount == 1


def ready(database: Database) -> Counter[str]:
    """How many of each pool wait for a node."""
    counted = _waiting().with_only_columns(jobs.c.pool, func.count()).group_by(jobs.c.pool)
    with database.read() as connection:
        return Counter({row[0]: row[1] for row in connection.execute(counted)})


def _waiting(*where: Any) -> Select[Any]:
    """Those that a node may begin."""
    columns = [job_segments.c[name].label(f"segment_{name}") for name in ("id", "work", "claims")]
    return (
        select(*columns)
        .join(jobs, (jobs.c.id == job_segments.c.job_id) & (jobs.c.attempt == job_segments.c.attempt))
        .where(_is_free(), job_segments.c.claims < MOST_CLAIMS, *_runs(), ~jobs.c.cancel_requested, *where)
    )


def key_of(job_id: str, segment_id: str, claim: int) -> str:
    """Of the object of a segment: what a late claim writes has another."""
    return f"{FOLDER}/{job_id}/{segment_id}.{claim}"


def _of(job_id: str) -> Any:
    return job_segments.c.job_id == job_id


def _runs() -> tuple[Any, ...]:
    return (jobs.c.status == JobStatus.RUNNING,)


def _is_free() -> Any:
    """Of a row: a segment that waits, or whose owner is silent."""
    silent = (job_segments.c.status == "RUNNING") & (job_segments.c.heartbeat_at < now_s() - EXPIRES_S)
    return job_segments.c.start_s.is_not(None) & ((job_segments.c.status == "PENDING") | silent)


def _as_job(job: Job, work: SegmentWork) -> Job:
    return replace(job, id=work.id, attempt=work.claim, segment=work)
