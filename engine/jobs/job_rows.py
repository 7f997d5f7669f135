"""Jobs as rows of the database."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from engine.command import Lane
from engine.database import jobs
from engine.jobs.job import Job, JobStatus, draw_seed, idempotency_key
from engine.jobs.queue import QueueEntry
from engine.text import label
from engine.trace import origin


def row_of(entry: QueueEntry, pool: str) -> dict[str, Any]:
    """A waiting job's columns, with its seed drawn; `pool`: who may claim it."""
    request, command = entry.request, entry.command
    params = draw_seed(entry.params.model_dump(mode="json"))
    now = time.time()
    return {
        "id": uuid.uuid4().hex,
        "user": request.user,
        "request_id": request.request_id,
        "idempotency_key": idempotency_key(request, params),
        "command": command.name,
        "text": label(request.text),
        "params": params,
        "lane": command.lane(entry.params),
        "pool": pool,
        "device_key": command.device_key(entry.params),
        "memory_mb": 0,
        "status": JobStatus.PENDING,
        "rank": now,
        "parent_id": entry.parent_id,
        "follow_ups": request.follow_ups,
        "created_at": now,
        "batch_id": request.batch_id,
        "about": entry.about,
        "language": request.language,
        "background": request.background,
        "correlation_id": origin().request_id,
        "traceparent": origin().traceparent,
    }


def job_of(row: RowMapping) -> Job:
    return revived({column.key: row[column] for column in jobs.c})


def revived(values: Mapping[str, Any]) -> Job:
    """The job of a row that was kept as it was then, by the keys of its columns."""
    return Job(**{**values, "lane": Lane(values["lane"]), "status": JobStatus(values["status"])})
