"""The stages that a job went through, kept in the database: which, when, how they ended; and between them the segments
of a long sound (`engine.jobs.shared_segments`)."""

import time
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from engine.database import job_segments
from engine.jobs.job import Job

_SHOWN = ("stage", "status", "attempt", "progress", "started_at", "finished_at", "metrics", "start_s", "end_s")
_IS_STAGE = job_segments.c.start_s.is_(None)


def begin(tx: Connection, job: Job, stage: str, progress: float) -> None:
    """The running job has come to a stage, and the one before is done; `progress`: of the whole job, 0 to 1."""
    close(tx, job, "COMPLETED", _IS_STAGE)
    values = {
        "id": uuid.uuid4().hex, "job_id": job.id, "idx": next_idx(job.id).scalar_subquery(),
        "attempt": job.attempt, "stage": stage[:64],
        "status": "RUNNING", "progress": progress, "started_at": time.time(),
    }  # fmt: skip
    tx.execute(insert(job_segments).values(**values))


def next_idx(job_id: str) -> Select[Any]:
    """The place behind all that the job has."""
    return select(func.coalesce(func.max(job_segments.c.idx), -1) + 1).where(job_segments.c.job_id == job_id)


def close(tx: Connection, job: Job, status: str, *which: Any) -> None:
    """What the job was in, its stage and segments, has ended so: COMPLETED, FAILED, CANCELED or INTERRUPTED."""
    open_ = (job_segments.c.job_id == job.id, job_segments.c.finished_at.is_(None), *which)
    tx.execute(update(job_segments).where(*open_).values(status=status, finished_at=time.time()))


def note_metrics(tx: Connection, job: Job, figures: dict[str, Any]) -> None:
    """What was measured of the result, kept with the stage that the job is in."""
    running = (job_segments.c.job_id == job.id, job_segments.c.finished_at.is_(None), _IS_STAGE)
    tx.execute(update(job_segments).where(*running).values(metrics=figures))


def of(connection: Connection, job_id: str) -> list[dict[str, Any]]:
    """`{stage, status, attempt, progress, started_at, finished_at, metrics, start_s, end_s}` each, in their order;
    segments alone have the last two, seconds."""
    query = select(*(job_segments.c[name] for name in _SHOWN)).where(job_segments.c.job_id == job_id)
    return [dict(row) for row in connection.execute(query.order_by(job_segments.c.idx)).mappings()]


def forget(tx: Connection, job_ids: Sequence[str]) -> None:
    tx.execute(delete(job_segments).where(job_segments.c.job_id.in_(job_ids)))
