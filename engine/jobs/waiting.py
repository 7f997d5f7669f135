"""The jobs that wait: how many there may be, and in which order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from engine.database import jobs
from engine.errors import AppError, Code
from engine.jobs.job import JobStatus

SPACE_S = 1e-3
"""Between ranks that are spaced anew, where they do not lie further apart already."""
LEAST_SPACE_S = 1e-6
"""Where less is left between two ranks nothing goes between them: those of today tell a quarter of it apart."""


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


def moved(waiting: Mapping[str, float], job_id: str, position: int, now: float) -> list[dict[str, Any]]:
    """`{moved, place}`: the new rank of each job whose rank changes, ids in their own order, for two that move wait in
    turn. That is the job alone, midway between its neighbours; one that is to be the next takes the rank of the one
    that was, lest it passes those that have begun, and that one moves up to it. Where there is no room, it is all.

    `waiting`: ids and ranks, the next one first; `now`: Unix seconds, which newer jobs have as their rank.
    """
    order = [waiting_id for waiting_id in waiting if waiting_id != job_id]
    order.insert(max(0, position - 1), job_id)
    if order == [*waiting]:
        return []
    first, last = min(waiting.values()), max(waiting.values())
    at = max(1, order.index(job_id))
    before = waiting[order[at - 1]] if order[0] != job_id else first
    after = waiting[order[at + 1]] if at + 1 < len(order) else now
    if before < (midway := (before + after) / 2) < after:  # that close, a float64 has none between
        places = {order[at]: midway} | ({job_id: first} if order[0] == job_id else {})
    else:
        each = (last - first) / (len(order) - 1), min(SPACE_S, (now - first) / len(order)), LEAST_SPACE_S
        places = {waiting_id: first + number * max(each) for number, waiting_id in enumerate(order)}
    return [{"moved": waiting_id, "place": places[waiting_id]} for waiting_id in sorted(places)]
