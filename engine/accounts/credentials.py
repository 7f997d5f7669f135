"""What proves who asks: sessions of the page, logins with their refresh tokens, and tokens of programs."""

import hashlib
import secrets
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, or_, select

from engine.accounts.caller import Caller, Role
from engine.database import Database
from engine.database.tables import tokens, users

DAY_S = 86400.0
LASTS_S = 30 * DAY_S
"""How long somebody stays logged in without using it."""
USED_EVERY_S = 60.0
"""How exactly it is kept when one was last used."""
MAX_NAME = 200


class Kind(StrEnum):
    SESSION = "session"
    LOGIN = "login"
    PROGRAM = "program"


@dataclass(frozen=True)
class Credential:
    """One row, without its secret. Times are seconds since 1970."""

    id: str
    user: str
    kind: Kind
    name: str
    scopes: tuple[str, ...]
    created_at: float
    expires_at: float | None
    used_at: float | None


class Credentials:
    """A secret is random, is told once, and only its hash is kept. What is found is good now, its user not disabled."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._used: dict[str, float] = {}

    def add(
        self,
        user: str,
        kind: Kind,
        *,
        name: str,
        scopes: Iterable[str] = (),
        lasts_s: float | None = LASTS_S,
        prefix: str = "",
    ) -> tuple[Credential, str]:
        """A new one and its secret; `lasts_s`: None for one without an end."""
        secret, now = prefix + secrets.token_urlsafe(32), time.time()
        made = Credential(
            uuid.uuid4().hex, user, kind, name[:MAX_NAME], tuple(scopes), now,
            None if lasts_s is None else now + lasts_s, None,
        )  # fmt: skip
        with self._database.write() as tx:
            tx.execute(
                tokens.insert().values(
                    jti=made.id,
                    user_id=user,
                    kind=kind,
                    secret_hash=secret_hash(secret),
                    name=made.name,
                    scopes=list(made.scopes),
                    created_at=now,
                    expires_at=made.expires_at,
                )
            )
        return made, secret

    def by_secret(self, kind: Kind, secret: str) -> Caller | None:
        return self._caller(tokens.c.kind == kind, tokens.c.secret_hash == secret_hash(secret))

    def by_id(self, kind: Kind, identity: str) -> Caller | None:
        return self._caller(tokens.c.kind == kind, tokens.c.jti == identity)

    def good(self, identities: Iterable[str]) -> set[str]:
        """Those of them that still prove somebody."""
        query = select(tokens.c.jti).join(users, users.c.id == tokens.c.user_id)
        query = query.where(tokens.c.jti.in_(identities), *_alive(), users.c.disabled_at.is_(None))
        with self._database.read() as connection:
            return set(connection.scalars(query))

    def renewed(self, identity: str, secret: str) -> str | None:
        """A login's next secret for the one that is good now; for any other the login is over, and None."""
        fresh, now = secrets.token_urlsafe(32), time.time()
        login = (tokens.c.jti == identity, tokens.c.kind == Kind.LOGIN, tokens.c.revoked_at.is_(None))
        with self._database.write() as tx:
            done = tx.execute(
                tokens.update()
                .where(*login, tokens.c.secret_hash == secret_hash(secret), tokens.c.expires_at > now)
                .values(secret_hash=secret_hash(fresh), used_at=now, expires_at=now + LASTS_S)
            )
            if not done.rowcount:
                tx.execute(tokens.update().where(*login).values(revoked_at=now))
        return fresh if done.rowcount else None

    def used(self, identity: str) -> None:
        """It was used now; a session's end moves on."""
        now = time.time()
        if now - self._used.get(identity, 0.0) < USED_EVERY_S:
            return
        self._used = {other: at for other, at in self._used.items() if now - at < USED_EVERY_S} | {identity: now}
        of_this = tokens.c.jti == identity
        with self._database.write() as tx:
            tx.execute(tokens.update().where(of_this).values(used_at=now))
            tx.execute(tokens.update().where(of_this, tokens.c.kind == Kind.SESSION).values(expires_at=now + LASTS_S))

    def revoke(self, user: str, identity: str) -> bool:
        """End one of this user's; False where they have none of that id that is still good."""
        return self._revoke(tokens.c.user_id == user, tokens.c.jti == identity)

    def revoke_all(self, user: str, *, but: str | None = None, programs: bool = False) -> None:
        """End all sessions and logins of a user, with `programs` their tokens as well."""
        kinds = list(Kind) if programs else [Kind.SESSION, Kind.LOGIN]
        self._revoke(tokens.c.user_id == user, tokens.c.kind.in_(kinds), tokens.c.jti != (but or ""))

    def of(self, user: str, *kinds: Kind) -> list[Credential]:
        """This user's that are good now, the newest first."""
        query = select(tokens).where(tokens.c.user_id == user, tokens.c.kind.in_(kinds), *_alive())
        with self._database.read() as connection:
            return [_credential(row) for row in connection.execute(query.order_by(tokens.c.created_at.desc()))]

    def _revoke(self, *conditions: Any) -> bool:
        with self._database.write() as tx:
            done = tx.execute(tokens.update().where(*conditions, *_alive()).values(revoked_at=time.time()))
        return bool(done.rowcount)

    def _caller(self, *conditions: Any) -> Caller | None:
        query = (
            select(tokens.c.jti, tokens.c.kind, tokens.c.scopes, users.c.id, users.c.role, users.c.plan)
            .join(users, users.c.id == tokens.c.user_id)
            .where(*conditions, *_alive(), users.c.disabled_at.is_(None))
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        scopes = frozenset(row.scopes) if row.kind == Kind.PROGRAM else None
        return Caller(row.id, Role(row.role), row.plan, scopes, row.jti)


def _alive() -> tuple[Any, ...]:
    ends = tokens.c.expires_at
    return tokens.c.revoked_at.is_(None), or_(ends.is_(None), ends > time.time())


def _credential(row: Row[Any]) -> Credential:
    return Credential(
        row.jti, row.user_id, Kind(row.kind), row.name, tuple(row.scopes), row.created_at, row.expires_at, row.used_at
    )


def secret_hash(secret: str) -> str:
    """What is kept of a random secret: SHA-256, in hexadecimal digits."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
