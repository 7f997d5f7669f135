"""What is held back, in the database: a user's waiting jobs or everyone's, all of them or a batch's."""

import contextlib
import time
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.exc import IntegrityError

from engine.database import Database, holds, jobs
from engine.jobs.job import ACTIVE, JobStatus
from engine.jobs.queue import ALL, Hold

EVERYONE = ""

_OF_THE_JOB = holds.c.user.in_([EVERYONE, jobs.c.user])


def is_held() -> ColumnElement[bool]:
    """Of a row of `jobs`: it is held back."""
    held = select(holds.c.scope).where(_OF_THE_JOB, holds.c.scope.in_([ALL, jobs.c.batch_id]))
    return held.correlate(jobs).exists()


class SqlHolds:
    """Those of a user; of everyone where that is None."""

    def __init__(self, database: Database, user: str | None) -> None:
        self._database, self._user = database, user

    def hold(self, scope: str, held: bool) -> bool:
        user = self._user or EVERYONE
        with contextlib.suppress(IntegrityError), self._database.write() as tx:  # somebody else held it this moment
            tx.execute(delete(holds).where(holds.c.user == user, holds.c.scope == scope))
            if held:
                tx.execute(insert(holds).values(user=user, scope=scope, created_at=time.time()))
        self.end_idle()
        return scope in self.scopes()

    def scopes(self) -> frozenset[str]:
        whose = holds.c.user.in_({EVERYONE, self._user or EVERYONE})
        with self._database.read() as connection:
            return frozenset(connection.scalars(select(holds.c.scope).where(whose)))

    def end_idle(self) -> frozenset[Hold]:
        mine: list[Any] = [] if self._user is None else [holds.c.user == self._user]
        with self._database.read() as connection:
            if connection.execute(select(holds.c.scope).where(*mine).limit(1)).first() is None:
                return frozenset()
        waiting = select(jobs.c.id).where(jobs.c.status == JobStatus.PENDING, jobs.c.batch_id == holds.c.scope)
        active = select(jobs.c.id).where(jobs.c.status.in_(ACTIVE), holds.c.scope == ALL)
        idle = [~each.where(_OF_THE_JOB).correlate(holds).exists() for each in (waiting, active)]
        with self._database.write() as tx:
            ended = tx.execute(delete(holds).where(*idle, *mine).returning(holds.c.user, holds.c.scope))
            return frozenset(Hold(row[0] or None, row[1]) for row in ended)
