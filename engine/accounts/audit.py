"""Who did what: rows that are added, and never changed."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, and_, or_, select

from engine.database import Database
from engine.database.tables import audit_logs


class Action(StrEnum):
    """What is kept: its target is named beside it."""

    LOGIN = "login"  # the session or login
    LOGIN_FAILED = "login.failed"  # the email
    LOGOUT = "logout"  # the session or login
    REFRESH_REUSED = "refresh.reused"  # the login that is over by it
    SESSION_REVOKED = "session.revoked"  # the session or login
    TOKEN_MADE = "token.made"  # the program's token
    TOKEN_REVOKED = "token.revoked"
    WEBHOOK_SECRET_REPLACED = "webhook_secret.replaced"  # the user
    KEY_REPLACED = "key.replaced"  # the key that signs
    USER_INVITED = "user.invited"  # the invitation
    INVITATION_REVOKED = "invitation.revoked"
    USER_ADDED = "user.added"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    USER_CHANGED = "user.changed"
    PASSWORD_CHANGED = "password.changed"  # the user
    JOB_SUBMITTED = "job.submitted"
    JOB_CANCELED = "job.canceled"
    JOB_DELETED = "job.deleted"
    TRACK_DELETED = "track.deleted"
    TRACK_PUBLISHED = "track.published"
    TRACK_HIDDEN = "track.hidden"
    LINK_MADE = "link.made"  # the link, its track beside it
    LINK_REVOKED = "link.revoked"
    AUDIT_FORGOTTEN = "audit.forgotten"  # rows of before some time
    UPLOAD_DELETED = "upload.deleted"


@dataclass(frozen=True)
class AuditEntry:
    """One row. `user`: None where nobody was logged in, or for the command line."""

    id: str
    created_at: float
    user: str | None
    action: str
    target: str
    payload: dict[str, Any]
    request_id: str | None
    address: str | None


class Audit:
    def __init__(self, database: Database) -> None:
        self._database = database

    def note(
        self,
        action: Action,
        target: str,
        *,
        user: str | None = None,
        request_id: str | None = None,
        address: str | None = None,
        payload: dict[str, Any] | None = None,
    ) -> None:
        """Add a row. A `payload` is small, and holds no secret."""
        with self._database.write() as tx:
            tx.execute(
                audit_logs.insert().values(
                    id=uuid.uuid4().hex,
                    user_id=user,
                    action=action,
                    target=target[:255],
                    payload=payload or {},
                    request_id=request_id,
                    address=address,
                    created_at=time.time(),
                )
            )

    def read(
        self,
        *,
        user: str | None = None,
        action: Action | None = None,
        address: str | None = None,
        since: float = 0.0,
        most: int = 1000,
    ) -> list[AuditEntry]:
        """The newest `most` since then, the oldest of them first; of this user, action and address alone."""
        query = select(audit_logs).where(audit_logs.c.created_at >= since)
        of = ((audit_logs.c.user_id, user), (audit_logs.c.action, action), (audit_logs.c.address, address))
        query = query.where(*(column == wanted for column, wanted in of if wanted is not None))
        query = query.order_by(audit_logs.c.created_at.desc(), audit_logs.c.id).limit(most)
        with self._database.read() as connection:
            return [_entry(row) for row in reversed(connection.execute(query).all())]

    def page(self, *, user: str | None, before: Sequence[Any] | None, limit: int) -> list[AuditEntry]:
        """`limit` rows, the newest first, that came before the one of this time and id."""
        at, identity = audit_logs.c.created_at, audit_logs.c.id
        query = select(audit_logs).order_by(at.desc(), identity).limit(limit)
        if user is not None:
            query = query.where(audit_logs.c.user_id == user)
        if before is not None:
            query = query.where(or_(at < before[0], and_(at == before[0], identity > before[1])))
        with self._database.read() as connection:
            return [_entry(row) for row in connection.execute(query)]


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        row.id, row.created_at, row.user_id, row.action, row.target, row.payload, row.request_id, row.address
    )
