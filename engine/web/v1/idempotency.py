"""`Idempotency-Key`: a request that is sent again is not done again, for a day.

The key is the client's (draft-ietf-httpapi-idempotency-key-header). The first request under it is noted before it is
done, so that of several at once one counts; once it is answered, later ones get the same answer. What was refused is
forgotten: it may be sent again. Without a key, the same command with the same parameters while it waits or runs is the
same job (`Queue.enqueue`).
"""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.database import Database
from engine.database.tables import answers
from engine.errors import AppError, Code, invalid

KEPT_S = 24 * 3600.0
HEADERS = {
    "Idempotency-Key": "Up to 255 visible ASCII letters of your choice. A request that is sent again under the same "
    "key within 24 hours is not done again, and gets the same answer."
}
TOLD = {"Idempotency-Replayed": "`true` where this is the answer to an earlier request under the same key."}

_KEY = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True)
class Given:
    """An answer, and whether it was given before."""

    body: dict[str, Any]
    status: int
    replayed: bool = False

    def response(self, body: dict[str, Any] | None = None, status: int | None = None) -> Response:
        """To be sent; `body` and `status`, where there is news since."""
        answer = jsonify(body or self.body)
        answer.status_code = status or self.status
        if location := self.body.get("url"):
            answer.headers["Location"] = location
        if self.replayed:
            answer.headers["Idempotency-Replayed"] = "true"
        return answer


@dataclass(frozen=True)
class _Noted:
    """A request under a key. `identity`: what stands for it in the queue, another one a day later."""

    digest: str
    status: int | None
    body: Any
    identity: str


class Answers:
    """What was answered, by user and key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def once(self, user: str, body: Any, do: Callable[[str | None], tuple[dict[str, Any], int]]) -> Given:
        """The answer of `do`, which is given the request's identity; or that of an earlier time under the same key.

        `do` may run twice at once for one key, and then does the same for one identity. Raises INVALID_INPUT,
        CONFLICT for another body under the same key, and what `do` raises.
        """
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return Given(*do(None))
        if not _KEY.fullmatch(key):
            raise invalid("idempotency_key_form", limit=255)
        digest = hashlib.sha256(json.dumps([request.path, body], sort_keys=True).encode()).hexdigest()
        noted = self._noted(user, key, digest)
        if noted.digest != digest:
            raise AppError(Code.CONFLICT, "idempotency_key_reused")
        if noted.status is not None:
            return Given(noted.body, noted.status, replayed=True)
        try:
            told, status = do(noted.identity)
        except Exception:
            self._forget(user, key)
            raise
        with self._database.write() as tx:
            mine = _of(user, key)
            done = tx.execute(update(answers).where(*mine, answers.c.status.is_(None)).values(status=status, body=told))
            if done.rowcount == 1:
                return Given(told, status)
        earlier = self._known(user, key)  # the same request, at the same time
        if earlier is None or earlier["status"] is None:
            return Given(told, status)
        return Given(earlier["body"], earlier["status"], replayed=True)

    def _noted(self, user: str, key: str, digest: str) -> _Noted:
        """The request that is known by the key; this one, where there is none."""
        now = time.time()
        row: Mapping[str, Any] = {"user_id": user, "key": key, "digest": digest, "created_at": now}
        try:
            with self._database.write() as tx:
                tx.execute(delete(answers).where(answers.c.created_at < now - KEPT_S))
                tx.execute(insert(answers).values(**row))
        except IntegrityError:
            found = self._known(user, key)
            if found is None:  # refused and forgotten in this very moment
                return self._noted(user, key, digest)
            row = found
        identity = hashlib.sha256(f"{user} {row['created_at']!r} {key}".encode()).hexdigest()[:32]
        return _Noted(row["digest"], row.get("status"), row.get("body"), identity)

    def _known(self, user: str, key: str) -> Mapping[str, Any] | None:
        with self._database.read() as connection:
            found = connection.execute(select(answers).where(*_of(user, key))).mappings().first()
        return dict(found) if found else None

    def _forget(self, user: str, key: str) -> None:
        with self._database.write() as tx:
            tx.execute(delete(answers).where(*_of(user, key), answers.c.status.is_(None)))


def _of(user: str, key: str) -> tuple[Any, Any]:
    return answers.c.user_id == user, answers.c.key == key
