"""Quotas: what somebody uses of what their plan allows."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select

from engine.accounts.audit import Action
from engine.accounts.caller import Caller, Role
from engine.accounts.plans import Allowance, Plans
from engine.database import Database
from engine.database.tables import audit_logs, jobs, tracks, users
from engine.errors import AppError, Code

DAY_S = 86400.0
GIGABYTE = 10**9
NO_LIMIT = Allowance()


@dataclass(frozen=True)
class Used:
    """As in `Allowance`, of one user now."""

    jobs_waiting: int
    minutes_a_day: float
    gigabytes: float


class Quotas:
    """`kept_bytes`: how much is kept of a user's; `most`: how many jobs may wait in all. Administrators may use all."""

    def __init__(self, database: Database, plans: Plans, kept_bytes: Callable[[str], int], most: int) -> None:
        self._database, self._plans = database, plans
        self._kept_bytes, self._most = kept_bytes, most

    def allowed(self, who: Caller) -> Allowance:
        return NO_LIMIT if who.role is Role.ADMIN else self._plans.get(who.plan)

    def most_waiting(self, user: str) -> int:
        """How many jobs of a user may wait."""
        with self._database.read() as connection:
            row = connection.execute(select(users.c.role, users.c.plan).where(users.c.id == user)).first()
        if row is None or row.role == Role.ADMIN:
            return self._most
        allowed = self._plans.get(row.plan).jobs_waiting
        return self._most if allowed is None else min(allowed, self._most)

    def used(self, user: str) -> Used:
        waiting = select(func.count()).where(jobs.c.user == user, jobs.c.status == "PENDING")
        with self._database.read() as connection:
            count = connection.scalar(waiting) or 0
        return Used(count, round(self._made_s(user) / 60, 2), round(self._kept_bytes(user) / GIGABYTE, 3))

    def check_job(self, who: Caller) -> None:
        """Raises RATE_LIMITED for who has made enough for a day, or keeps too much to make more.

        How many may wait, the queue sees to.
        """
        allowed = self.allowed(who)
        if allowed.minutes_a_day is not None and (used := self._made_s(who.user) / 60) >= allowed.minutes_a_day:
            raise _exceeded("quota_minutes_a_day", used, allowed.minutes_a_day)
        self.check_upload(who, 0)

    def check_upload(self, who: Caller, size: int) -> None:
        """Raises RATE_LIMITED for who would keep too much with so many bytes more."""
        allowed = self.allowed(who).gigabytes
        if allowed is not None and (used := (self._kept_bytes(who.user) + size) / GIGABYTE) > allowed:
            raise _exceeded("quota_gigabytes", used, allowed)

    def _made_s(self, user: str) -> float:
        """Seconds of sound that were made within a day, also of what was deleted since."""
        since = time.time() - DAY_S
        there = select(func.sum(tracks.c.duration_s)).where(tracks.c.user == user, tracks.c.created_at >= since)
        said = audit_logs.c.payload
        gone = select(func.sum(said["duration_s"].as_float())).where(
            audit_logs.c.user_id == user,
            audit_logs.c.action == Action.TRACK_DELETED,
            audit_logs.c.created_at >= since,
            said["created_at"].as_float() >= since,
        )
        with self._database.read() as connection:
            return sum(float(connection.scalar(query) or 0) for query in (there, gone))


def _exceeded(key: str, used: float, allowed: float) -> AppError:
    detail = {"quota": key.removeprefix("quota_"), "used": round(used, 3), "allowed": allowed}
    return AppError(Code.RATE_LIMITED, key, detail=detail, used=f"{used:.4g}", allowed=f"{allowed:g}")
