"""Whether what a server works with answers: asked here alone, and seldom, however many want to know."""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import text

from engine.database import Database
from engine.library.storage import Storage

KEPT_S = 2.0
"""So long an answer is good."""
LATE_S = 6.0
"""Without an answer for so long a service is away."""

log = logging.getLogger(__name__)


class Service:
    """`ask` raises, or is silent, while the service is away."""

    def __init__(self, ask: Callable[[], object], kept_s: float = KEPT_S, late_s: float = LATE_S) -> None:
        self._ask, self._kept_s, self._late_s = ask, kept_s, late_s
        self._asking = threading.Lock()
        self._asked_at = float("-inf")
        self._answers = False
        self.answered_at = float("-inf")
        """`time.monotonic` of its last answer."""

    def answers(self) -> bool:
        """Whether it does, or did a moment ago. While one caller asks, others wait for its answer; not for long."""
        if not self._asking.acquire(timeout=self._late_s):
            return False
        try:
            if time.monotonic() - self._asked_at >= self._kept_s:
                self._answers = self._asked()
                self._asked_at = time.monotonic()
            return self._answers
        finally:
            self._asking.release()

    def _asked(self) -> bool:
        try:
            self._ask()
        except Exception:  # of whichever driver
            log.debug("a service does not answer", exc_info=True)
            return False
        self.answered_at = time.monotonic()
        return True


def services(
    database: Database, bucket: Storage | None, broker: Callable[[], object] | None = None
) -> dict[str, Service]:
    """By name, what matters most first; those that there are."""
    asked: dict[str, Callable[[], object]] = {"database": lambda: _ask(database)}
    if bucket:
        asked["storage"] = bucket.ask
    if broker:
        asked["broker"] = broker
    return {name: Service(ask) for name, ask in asked.items()}


def _ask(database: Database) -> None:
    with database.read() as connection:
        connection.execute(text("SELECT 1"))
