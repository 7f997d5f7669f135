"""Who may use the program: the table of users, and all that is done to one."""

import time
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.exc import IntegrityError

from engine.accounts.caller import Role
from engine.accounts.emails import normalised
from engine.accounts.marker import Marker
from engine.accounts.passwords import Passwords, check_password
from engine.accounts.plans import STANDARD, Plans
from engine.database import Database
from engine.database.tables import users
from engine.errors import AppError, Code, invalid
from engine.owner import LOCAL

SEEN_EVERY_S = 60.0
"""How exactly it is kept when somebody was last there."""


@dataclass(frozen=True)
class User:
    """One row. Times are seconds since 1970; `subject` is who it is to an OpenID provider: `ISSUER SUBJECT`."""

    id: str
    email: str
    role: Role
    plan: str
    created_at: float
    seen_at: float | None
    disabled_at: float | None
    subject: str | None
    has_password: bool


class Users:
    """Every method that takes an email raises INVALID_INPUT for what is none, and NOT_FOUND for nobody's."""

    def __init__(self, database: Database, passwords: Passwords, marker: Marker, plans: Plans) -> None:
        self._database, self._passwords, self._marker, self._plans = database, passwords, marker, plans

    def add(
        self,
        email: str,
        password: str | None,
        *,
        role: Role = Role.USER,
        plan: str = STANDARD,
        subject: str | None = None,
    ) -> User:
        """A new one; the first of all has the id of the local user and is an administrator.

        Raises INVALID_INPUT: a taken email, a password that `check_password` refuses, a plan that is not there.
        """
        email, plan = normalised(email), self._plans.checked(plan)
        if password is not None:
            check_password(password, email)
        digest = None if password is None else self._passwords.hashed(password)
        known = self._marker.ids()
        first = known.get(email, uuid.uuid4().hex if LOCAL in known.values() else LOCAL)
        made = {
            "email": email, "password_hash": digest, "subject": subject, "plan": plan, "created_at": time.time(),
        }  # fmt: skip
        for identity in (first, uuid.uuid4().hex):
            is_first = identity == LOCAL
            try:
                with self._database.write() as tx:
                    tx.execute(users.insert().values(id=identity, role=Role.ADMIN if is_first else role, **made))
                self._marker.keep({email: identity})
                return self.get(identity)
            except IntegrityError:
                if self._is_taken(email):
                    raise invalid("email_taken", email=email) from None
        raise AppError(Code.INTERNAL, "unexpected", kind="IntegrityError", reason="users")

    def find(self, email: str) -> User:
        return self._one(users.c.email == normalised(email), name=email)

    def get(self, user: str) -> User:
        """Raises NOT_FOUND."""
        return self._one(users.c.id == user, name=user)

    def by_subject(self, subject: str) -> User | None:
        """Whom an OpenID provider knows by this."""
        with self._database.read() as connection:
            row = connection.execute(select(users).where(users.c.subject == subject)).first()
        return _user(row) if row else None

    def all(self) -> list[User]:
        """Everybody, the oldest first."""
        with self._database.read() as connection:
            return [_user(row) for row in connection.execute(select(users).order_by(users.c.created_at, users.c.id))]

    def verified(self, email: str, password: str) -> User | None:
        """Whose email and password these are; None for whatever is wrong, after the same work. Hashes anew at need."""
        try:
            address = normalised(email)
        except AppError:
            address = ""
        with self._database.read() as connection:
            row = connection.execute(select(users).where(users.c.email == address)).first()
        known = row.password_hash if row and row.disabled_at is None else None
        if not self._passwords.fits(password, known) or row is None:
            return None
        if known is not None and self._passwords.is_dated(known):
            self._change(row.id, password_hash=self._passwords.hashed(password))
        return _user(row)

    def has_password(self, user: str, password: str) -> bool:
        """Whether it is theirs."""
        with self._database.read() as connection:
            known = connection.scalar(select(users.c.password_hash).where(users.c.id == user))
        return self._passwords.fits(password, known)

    def set_password(self, user: str, password: str) -> None:
        """Raises INVALID_INPUT for one that `check_password` refuses, NOT_FOUND."""
        check_password(password, self.get(user).email)
        self._change(user, password_hash=self._passwords.hashed(password))

    def change(self, user: str, *, role: Role | None = None, plan: str | None = None) -> User:
        """Raises INVALID_INPUT for a plan that is not there, and where no administrator would be left; NOT_FOUND."""
        if plan is not None:
            self._change(user, plan=self._plans.checked(plan))
        if role is not None:
            if role is not Role.ADMIN:
                self._keep_an_administrator(user)
            self._change(user, role=role)
        return self.get(user)

    def disable(self, user: str) -> None:
        """They may not log in. Raises INVALID_INPUT where no administrator would be left, NOT_FOUND."""
        self._keep_an_administrator(user)
        if self.get(user).disabled_at is None:
            self._change(user, disabled_at=time.time())

    def enable(self, user: str) -> None:
        self._change(user, disabled_at=None)

    def link(self, user: str, subject: str) -> None:
        """From now on they are who an OpenID provider knows by this, and have no password."""
        self._change(user, subject=subject, password_hash=None)

    def seen(self, user: User) -> None:
        """They are there now."""
        if time.time() - (user.seen_at or 0) > SEEN_EVERY_S:
            self._change(user.id, seen_at=time.time())

    def _keep_an_administrator(self, but: str) -> None:
        others = (users.c.role == Role.ADMIN, users.c.disabled_at.is_(None), users.c.id != but)
        with self._database.read() as connection:
            left = connection.scalar(select(func.count()).where(*others))
        if not left and self.get(but).role is Role.ADMIN:
            raise invalid("last_administrator")

    def _is_taken(self, email: str) -> bool:
        with self._database.read() as connection:
            return connection.execute(select(users.c.id).where(users.c.email == email)).first() is not None

    def _one(self, condition: Any, name: str) -> User:
        with self._database.read() as connection:
            row = connection.execute(select(users).where(condition)).first()
        if row is None:
            raise AppError(Code.NOT_FOUND, "user_not_found", email=name[:100])
        return _user(row)

    def _change(self, user: str, **values: Any) -> None:
        with self._database.write() as tx:
            done = tx.execute(users.update().where(users.c.id == user).values(**values))
        if not done.rowcount:
            raise AppError(Code.NOT_FOUND, "user_not_found", email=user)


def _user(row: Row[Any]) -> User:
    return User(
        row.id, row.email, Role(row.role), row.plan, row.created_at, row.seen_at, row.disabled_at, row.subject,
        row.password_hash is not None,
    )  # fmt: skip
