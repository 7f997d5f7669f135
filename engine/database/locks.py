"""Locks that the processes of a cluster share: advisory ones of PostgreSQL, which end with who holds them."""

import contextlib
import hashlib
import logging
import threading
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from engine.database.connect import Database
from engine.errors import AppError, Code

HELD_S = 45.0
"""So long after the last sign of life the database takes a lock away: who is frozen or cut off would keep it from all
others."""
WAIT_S = 60.0
"""Longer nobody waits."""
_NOT_HAD = "55P03"
"""lock_not_available: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

log = logging.getLogger(__name__)


class SharedLocks:
    """Locks by name, among all processes that use the same database."""

    def __init__(self, database: Database, wait_s: float = WAIT_S, held_s: float = HELD_S) -> None:
        self._database, self._wait_s, self._held_s = database, wait_s, held_s
        self._guard = threading.Lock()
        self._here: dict[str, threading.RLock] = {}
        self._users: Counter[str] = Counter()
        self._depth: Counter[str] = Counter()

    @contextlib.contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Nobody else holds this one meanwhile; the thread that does may ask again. Threads of a process take turns
        before they ask the database. Raises UNAVAILABLE where another process does not let it go."""
        with self._turn(name):
            if self._depth[name]:
                yield
                return
            with self._advisory(name):
                self._depth[name] += 1
                try:
                    yield
                finally:
                    del self._depth[name]

    @contextlib.contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        with self._guard:
            self._users[name] += 1
            lock = self._here.setdefault(name, threading.RLock())
        try:
            with lock:
                yield
        finally:
            with self._guard:
                self._users[name] -= 1
                if not self._users[name]:
                    del self._users[name], self._here[name]

    @contextlib.contextmanager
    def _advisory(self, name: str) -> Iterator[None]:
        number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
        connection = self._database.apart()
        try:
            try:
                limits = {"lock_timeout": self._wait_s, "idle_in_transaction_session_timeout": self._held_s}
                for limit, limit_s in limits.items():
                    connection.execute(text(f"SET LOCAL {limit} = {limit_s * 1000:.0f}"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) == _NOT_HAD:
                    raise AppError(Code.UNAVAILABLE, "busy_elsewhere", recoverable=True) from error
                raise
            with self._kept(connection, name):
                yield
        finally:
            try:
                connection.close()
            except SQLAlchemyError:  # it was lost, and the lock with it
                log.warning("a shared lock was lost before it was let go", exc_info=True)

    @contextlib.contextmanager
    def _kept(self, connection: Connection, name: str) -> Iterator[None]:
        """Give signs of life by the connection, which nobody else uses meanwhile: an upload may take long."""
        over = threading.Event()

        def keep() -> None:
            try:
                while not over.wait(self._held_s / 3):
                    connection.execute(text("SELECT 1"))
            except SQLAlchemyError:
                log.warning("a shared lock was lost while it was held", extra={"lock": name}, exc_info=True)

        keeper = threading.Thread(target=keep, name="shared-lock", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()
