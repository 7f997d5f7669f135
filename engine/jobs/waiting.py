"""The jobs that wait: how many there may be, and in which order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from engine.database import jobs
from engine.errors import AppError, Code
from engine.jobs.job import JobStatus


def check_room(tx: Connection, rows: Sequence[Mapping[str, Any]], most: int, limits: Mapping[str, int]) -> None:
    """Raises RATE_LIMITED where with these `rows` more jobs than `most` would wait, or of a user more than the `limits`
    say; those in the background count among all alone."""
    counted = select(jobs.c.user, jobs.c.background, func.count()).where(jobs.c.status == JobStatus.PENDING)
    waiting = Counter((row["user"], row["background"]) for row in rows)
    for user, background, count in tx.execute(counted.group_by(jobs.c.user, jobs.c.background)):
        waiting[user, background] += count
    for count, limit in [(waiting.total(), most), *((waiting[u, False], limits[u]) for u in limits)]:
        if rows and count > limit:
            raise AppError(Code.RATE_LIMITED, "queue_full", limit=limit)


def moved(waiting: Mapping[str, float], job_id: str, position: int) -> list[dict[str, Any]]:
    """`{moved, place}`: the new rank of each that waits, ids in their own order, for two that move wait in turn.

    `waiting`: ids and ranks, the next one first. The last rank stays, for newer jobs come after it.
    """
    order = [waiting_id for waiting_id in waiting if waiting_id != job_id]
    order.insert(max(0, position - 1), job_id)
    ranks = list(waiting.values())
    last = ranks[-1]
    step = max((last - ranks[0]) / max(1, len(order) - 1), 1e-6)
    first = last - step * (len(order) - 1)
    places = [{"moved": waiting_id, "place": first + number * step} for number, waiting_id in enumerate(order)]
    return sorted(places, key=lambda place: str(place["moved"]))
