"""How near each match came, kept as history: a row a match, which outlives the job and its track."""

import time
import uuid
from collections.abc import Sequence

from sqlalchemy import Connection, insert

from engine.database import metrics
from engine.jobs import segments
from engine.jobs.job import Job
from engine.library.record import Record

NAMES = ("stft_dist", "mel_dist", "lufs_err", "tp_db", "artifacts_rate")
"""Without a reference only the last two are known."""


def keep(tx: Connection, job: Job, records: Sequence[Record]) -> None:
    """The figures of a match that is complete; nothing of other jobs."""
    for record in records:
        figures = record.details.get("match", {}).get("metrics", {}).get("after")
        if figures:
            known = {name: figures.get(name) for name in NAMES}
            row = {"id": uuid.uuid4().hex, "job_id": job.id, "user": job.user, "created_at": time.time()}
            tx.execute(insert(metrics).values(**row, **known))
            segments.note_metrics(tx, job, figures)
            return
