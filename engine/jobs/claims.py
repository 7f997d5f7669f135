"""Whose turn it is: which waiting job is begun next, chosen and begun in one statement."""

import time
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from engine.command import Lane
from engine.database import jobs
from engine.database.clock import now_s
from engine.jobs.job import JobStatus
from engine.jobs.sql_holds import is_held

TURN = (jobs.c.rank, jobs.c.id)
_CLAIMS = (jobs.c.background, *TURN)


@dataclass(frozen=True)
class Claims:
    """Of one lane and pool, among the jobs that meet `theirs`. `own`: only these ids, held or not; None for all that
    are not held."""

    lane: Lane
    pool: str
    theirs: tuple[Any, ...]
    own: Set[str] | None

    def next(self) -> Select[Any]:
        """The job whose turn it is, of those that each user with a ready one would have begun."""
        in_lane = [jobs.c.status == JobStatus.PENDING, jobs.c.pool == self.pool, jobs.c.lane == self.lane, *self.theirs]
        users = select(jobs.c.user).where(*in_lane).distinct().subquery("users")
        first = select(jobs.c.id).where(*self._ready(), jobs.c.user == users.c.user).order_by(*_CLAIMS).limit(1)
        past = jobs.alias("past")
        same = [past.c.pool == self.pool, past.c.lane == self.lane, past.c.user == users.c.user]
        began_at = select(func.max(past.c.started_at)).where(*same)
        each = select(
            first.correlate(users).scalar_subquery().label("id"),
            func.coalesce(began_at.correlate(users).scalar_subquery(), 0).label("began_at"),
        ).select_from(users)
        turns = each.subquery("turns")
        order = (jobs.c.background, turns.c.began_at, *TURN)
        return select(jobs).join(turns, turns.c.id == jobs.c.id).order_by(*order).limit(1)

    def _ready(self, job_id: str | None = None) -> list[Any]:
        """The conditions under which a job may be begun now."""
        where = [jobs.c.status == JobStatus.PENDING, jobs.c.lane == self.lane, jobs.c.pool == self.pool, *self.theirs]
        where.append(jobs.c.not_before <= time.time())
        if job_id is not None:
            where.append(jobs.c.id == job_id)
        if self.own is not None:
            return [*where, jobs.c.id.in_(self.own)]
        return [*where, ~is_held()]

    def claiming(self, owner: str, job_id: str | None) -> ReturningUpdate[Any]:
        """The one statement that chooses and begins."""
        chosen = select(jobs.c.id).where(*self._ready(job_id)).order_by(*_CLAIMS).limit(1)
        if job_id is None:
            whose = self.next().with_only_columns(jobs.c.user)
            chosen = chosen.where(jobs.c.user == whose.scalar_subquery())
        taken = chosen.with_for_update(skip_locked=True).scalar_subquery()
        begun = update(jobs).where(jobs.c.id == taken, jobs.c.status == JobStatus.PENDING)
        return begun.values(
            status=JobStatus.RUNNING,
            started_at=time.time(),
            attempt=jobs.c.attempt + 1,
            owner=owner,
            heartbeat_at=now_s(),
            error=None,
            cancel_requested=False,
        ).returning(*jobs.c)
