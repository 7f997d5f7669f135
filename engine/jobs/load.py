"""How much there is to do: what waits and runs, by few cheap queries."""

import time
from dataclasses import dataclass

from sqlalchemy import func, select

from engine.database import Database, holds, jobs
from engine.jobs.job import ACTIVE, JobStatus
from engine.jobs.queue import ALL


@dataclass(frozen=True)
class Load:
    """`counts`: (`waiting`, `pausing` or `running`, command) -> jobs. `oldest_s`: age of the oldest job that could
    begin and that somebody waits for, 0 without one.
    """

    counts: dict[tuple[str, str], int]
    oldest_s: float
    dead_letters: int


def load(database: Database) -> Load:
    """Of all users."""
    now = time.time()
    pauses = jobs.c.not_before > now
    active = (
        select(jobs.c.status, jobs.c.command, pauses.label("pauses"), func.count().label("jobs"))
        .where(jobs.c.status.in_(ACTIVE))
        .group_by(jobs.c.status, jobs.c.command, pauses)
    )
    held = select(holds.c.scope).where(
        holds.c.user.in_(["", jobs.c.user]),
        holds.c.scope.in_([ALL, jobs.c.batch_id]),  # "": everyone's
    )
    ready = [jobs.c.status == JobStatus.PENDING, ~jobs.c.background, ~pauses, ~held.correlate(jobs).exists()]
    oldest = select(func.min(jobs.c.created_at)).where(*ready)
    dead = select(func.count()).where(jobs.c.status == JobStatus.FAILED, jobs.c.dead_letter)
    with database.read() as connection:
        rows = connection.execute(active).all()
        first, letters = connection.scalar(oldest), connection.scalar(dead)
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        running = row.status == JobStatus.RUNNING
        state = "running" if running else "pausing" if row.pauses else "waiting"
        counts[state, row.command] = counts.get((state, row.command), 0) + row.jobs
    return Load(counts, max(0.0, now - first) if first else 0.0, letters or 0)
