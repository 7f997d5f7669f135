"""Links by which anybody may hear a track for a while, without an account."""

import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from engine.accounts.credentials import secret_hash
from engine.database import Database
from engine.database.tables import links, tracks, users
from engine.errors import AppError, Code, invalid

SHORTEST_S, LONGEST_S = 60, 90 * 86400
MOST = 100
"""Links of one user that are good at the same time."""


@dataclass(frozen=True)
class SharedLink:
    """One row without its secret. Times are seconds since 1970."""

    id: str
    user_id: str
    track_id: str
    created_at: float
    expires_at: float


class Links:
    """A secret is random, is told once, and only its hash is kept. Of a track that was deleted there are none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, user: str, track_id: str, *, lasts_s: float) -> tuple[SharedLink, str]:
        """A new one and its secret. Raises INVALID_INPUT where the user has as many as they may."""
        now, secret = time.time(), secrets.token_urlsafe(32)
        made = SharedLink(uuid.uuid4().hex, user, track_id, now, now + lasts_s)
        with self._database.write() as tx:
            if len(tx.execute(_of(user)).all()) >= MOST:
                raise invalid("links_full", limit=MOST)
            tx.execute(links.insert().values(**vars(made), secret_hash=secret_hash(secret)))
        return made, secret

    def of(self, user: str, track_id: str | None = None) -> list[SharedLink]:
        """This user's that are good now, of all tracks or of one; the newest first."""
        query = _of(user) if track_id is None else _of(user).where(links.c.track_id == track_id)
        with self._database.read() as connection:
            return [_link(row) for row in connection.execute(query.order_by(links.c.created_at.desc(), links.c.id))]

    def revoke(self, user: str, identity: str) -> None:
        """End one of this user's. Raises NOT_FOUND for one that is over anyway."""
        this = (links.c.id == identity, links.c.user_id == user)
        with self._database.write() as tx:
            if not tx.execute(links.update().where(*this, *_good()).values(revoked_at=time.time())).rowcount:
                raise AppError(Code.NOT_FOUND, "link_not_found")

    def opened(self, secret: str) -> SharedLink | None:
        """The link of this secret; None for one that has ended, or whose user was disabled. Raises NOT_FOUND for one
        that there never was, or not for long."""
        query = select(links, users.c.disabled_at).join(users, users.c.id == links.c.user_id)
        with self._database.read() as connection:
            row = connection.execute(query.where(links.c.secret_hash == secret_hash(secret))).first()
        if row is None:
            raise AppError(Code.NOT_FOUND, "link_not_found")
        good = row.revoked_at is None and row.expires_at > time.time() and row.disabled_at is None
        return _link(row) if good else None


def _of(user: str) -> Select[Any]:
    return select(links).join(tracks, tracks.c.id == links.c.track_id).where(links.c.user_id == user, *_good())


def _good() -> tuple[Any, ...]:
    return links.c.revoked_at.is_(None), links.c.expires_at > time.time()


def _link(row: Row[Any]) -> SharedLink:
    return SharedLink(row.id, row.user_id, row.track_id, row.created_at, row.expires_at)
