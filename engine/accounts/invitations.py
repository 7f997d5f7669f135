"""Invitations: who was asked to come may make an account of their own, once."""

import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from engine.accounts.caller import Role
from engine.accounts.credentials import secret_hash
from engine.accounts.emails import normalised
from engine.accounts.plans import STANDARD, Plans
from engine.accounts.users import User, Users
from engine.database import Database
from engine.database.tables import invitations
from engine.errors import AppError, Code

LASTS_S = 7 * 86400.0


@dataclass(frozen=True)
class Invitation:
    """One row without its secret. `email`: whom alone it is for; None for whoever has the secret."""

    id: str
    email: str | None
    role: Role
    plan: str
    invited_by: str
    created_at: float
    expires_at: float


class Invitations:
    def __init__(self, database: Database, users: Users, plans: Plans) -> None:
        self._database, self._users, self._plans = database, users, plans

    def add(
        self,
        by: str,
        *,
        email: str | None = None,
        role: Role = Role.USER,
        plan: str = STANDARD,
        lasts_s: float = LASTS_S,
    ) -> tuple[Invitation, str]:
        """A new one and its secret, which is told once. Raises INVALID_INPUT for an email or a plan that is none."""
        now, secret = time.time(), secrets.token_urlsafe(32)
        made = Invitation(
            uuid.uuid4().hex, normalised(email) if email else None, role, self._plans.checked(plan), by, now,
            now + lasts_s,
        )  # fmt: skip
        with self._database.write() as tx:
            tx.execute(invitations.insert().values(**vars(made), secret_hash=secret_hash(secret)))
        return made, secret

    def open(self) -> list[Invitation]:
        """Those that may still be used, the newest first."""
        query = select(invitations).where(*_good()).order_by(invitations.c.created_at.desc())
        with self._database.read() as connection:
            return [_invitation(row) for row in connection.execute(query)]

    def revoke(self, identity: str) -> None:
        """Raises NOT_FOUND for one that may not be used anyway."""
        with self._database.write() as tx:
            done = tx.execute(invitations.delete().where(invitations.c.id == identity, *_good()))
        if not done.rowcount:
            raise _bad()

    def accept(self, secret: str, email: str, password: str) -> User:
        """The user that comes of it. Raises NOT_FOUND for one that is not, or no longer, good, or for somebody else;
        INVALID_INPUT as `Users.add`, and then it may be used again."""
        return self._accept(invitations.c.secret_hash == secret_hash(secret), email, password=password)

    def accept_for(self, email: str, subject: str) -> User:
        """The user of an OpenID provider, whose email it has checked. Raises as `accept`."""
        return self._accept(invitations.c.email == normalised(email), email, subject=subject)

    def _accept(self, condition: Any, email: str, *, password: str | None = None, subject: str | None = None) -> User:
        address = normalised(email)
        claim = uuid.uuid4().hex
        with self._database.write() as tx:
            row = tx.execute(select(invitations).where(condition, *_good()).limit(1)).first()
            if row is None or row.email not in (None, address):
                raise _bad()
            this = invitations.c.id == row.id
            if not tx.execute(invitations.update().where(this, *_good()).values(used_by=claim)).rowcount:
                raise _bad()
        try:
            user = self._users.add(email, password, role=Role(row.role), plan=row.plan, subject=subject)
        except BaseException:
            self._used(row.id, None)
            raise
        self._used(row.id, user.id)
        return user

    def _used(self, identity: str, by: str | None) -> None:
        with self._database.write() as tx:
            tx.execute(invitations.update().where(invitations.c.id == identity).values(used_by=by))


def _good() -> tuple[Any, ...]:
    return invitations.c.used_by.is_(None), invitations.c.expires_at > time.time()


def _bad() -> AppError:
    return AppError(Code.NOT_FOUND, "invitation_bad")


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(row.id, row.email, Role(row.role), row.plan, row.invited_by, row.created_at, row.expires_at)
