"""The table of deliveries: what is due, what becomes of it, and what its user is told."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, func, select, update

from engine.database import Database
from engine.database.tables import deliveries
from engine.errors import AppError, Code
from engine.jobs.outbox import check_waiting

AT_WORK_S = 60.0
"""Who sends has so long; what is not settled then, because the program ended meanwhile, is due again."""


class Deliveries:
    def __init__(self, database: Database) -> None:
        self._database = database

    # for who sends

    def due(self, now: float, *, hosts: Collection[str], users: Collection[str], limit: int) -> Sequence[Row[Any]]:
        """`(id, user_id, host, due_at)` of what is due, the longest first; none to these hosts or of these users."""
        wanted = [deliveries.c[name] for name in ("id", "user_id", "host", "due_at")]
        query = select(*wanted).where(deliveries.c.due_at <= now, *_but(hosts, users))
        with self._database.read() as connection:
            return connection.execute(query.order_by(deliveries.c.due_at).limit(limit)).all()

    def next_due(self, *, hosts: Collection[str] = (), users: Collection[str] = ()) -> float | None:
        """When the next one is due, Unix seconds; None where none waits."""
        with self._database.read() as connection:
            at: float | None = connection.scalar(select(func.min(deliveries.c.due_at)).where(*_but(hosts, users)))
        return at

    def waiting(self) -> int:
        """How many wait, of all users."""
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(deliveries.c.due_at.is_not(None))) or 0

    def claim(self, identity: str, due_at: float, now: float) -> Row[Any] | None:
        """Begin an attempt: the whole row; None where somebody else did."""
        same = (deliveries.c.id == identity, deliveries.c.due_at == due_at)
        begun = update(deliveries).where(*same).values(due_at=now + AT_WORK_S, attempts=deliveries.c.attempts + 1)
        with self._database.write() as tx:
            return tx.execute(begun.returning(deliveries)).first()

    def keep_payload(self, identity: str, payload: str) -> None:
        """What is sent, now and whenever it is tried again."""
        with self._database.write() as tx:
            tx.execute(update(deliveries).where(deliveries.c.id == identity).values(payload=payload))

    def settle(self, attempt: Row[Any], **values: Any) -> None:
        """An attempt is over. One that was asked for anew meanwhile goes on as it is."""
        same = (deliveries.c.id == attempt.id, deliveries.c.due_at == attempt.due_at)
        with self._database.write() as tx:
            tx.execute(update(deliveries).where(*same).values(**values))

    # for whose they are

    def of(self, user: str, subjects: Sequence[str]) -> Sequence[Row[Any]]:
        """All of these jobs and batches, the oldest first."""
        query = select(deliveries).where(deliveries.c.user_id == user, deliveries.c.job_id.in_(subjects))
        with self._database.read() as connection:
            return connection.execute(query.order_by(deliveries.c.created_at, deliveries.c.id)).all()

    def again(self, user: str, identity: str, now: float) -> Row[Any]:
        """Deliver it now, with all attempts before it. Raises NOT_FOUND, RATE_LIMITED when too many wait."""
        same = (deliveries.c.user_id == user, deliveries.c.id == identity)
        anew = (
            update(deliveries).where(*same).values(due_at=now, attempts=0, delivered_at=None, error=None, status=None)
        )
        with self._database.write() as tx:
            check_waiting(tx, user)
            found = tx.execute(anew.returning(deliveries)).first()
        if found is None:
            raise AppError(Code.NOT_FOUND, "delivery_not_found")
        return found


def _but(hosts: Collection[str], users: Collection[str]) -> list[Any]:
    return [deliveries.c.due_at.is_not(None), deliveries.c.host.not_in(hosts), deliveries.c.user_id.not_in(users)]
