"""Who sends: a thread that sleeps until something is due, and is not there while nothing waits.

Under eventlet it is a green thread, as is each attempt: names are resolved and connections made beside the loop.
"""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from engine.database import Database
from engine.errors import AppError
from engine.metrics import WEBHOOKS
from engine.settings import Settings
from engine.state import StateStore
from engine.web.webhooks.deliveries import Deliveries
from engine.web.webhooks.destinations import Reach, destination
from engine.web.webhooks.schedule import pause_s
from engine.web.webhooks.secret import Secrets, signed

AT_ONCE = 16
EACH_HOST = 2
EACH_USER = 4
"""So many attempts at once: in all, to one host, of one user; who is slow holds nobody else up."""
LOOK_S = 60.0
"""The longest sleep while something waits: the clock of the computer may be set."""
FAULT_S = 5.0
"""The pause after the database was busy or away."""

log = logging.getLogger(__name__)


class Courier:
    """`payload(row)`: what to send of a delivery. `clock`: Unix seconds."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        state: StateStore,
        payload: Callable[[Row[Any]], str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._deliveries, self._secrets = Deliveries(database), Secrets(state)
        self._reach = Reach(settings.webhook_hosts)
        self._payload, self._clock = payload, clock
        self._lock = threading.Lock()
        self._due = threading.Event()
        self._thread: threading.Thread | None = None
        self._hosts: Counter[str] = Counter()
        self._users: Counter[str] = Counter()
        self._stopped = False

    def wake(self) -> None:
        with self._lock:
            self._due.set()
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Begin nothing more. What is on its way is due again when the program starts."""
        with self._lock:
            self._stopped = True
            self._due.set()

    def _run(self) -> None:
        while True:
            self._due.clear()
            try:
                self._begin_due()
                pause_s = self._pause_s()
            except SQLAlchemyError:
                log.exception("webhooks cannot be read")
                pause_s = FAULT_S
            with self._lock:
                if self._stopped or (pause_s is None and not self._due.is_set()):
                    self._thread = None
                    return
            self._due.wait(pause_s)

    def _busy(self) -> dict[str, list[str]]:
        with self._lock:
            return {
                "hosts": [host for host, count in self._hosts.items() if count >= EACH_HOST],
                "users": [user for user, count in self._users.items() if count >= EACH_USER],
            }

    def _pause_s(self) -> float | None:
        """How long nothing is to be done; None where nothing waits. Whoever comes back wakes us."""
        if self._deliveries.next_due() is None:
            return None
        full = self._users.total() >= AT_ONCE
        ready = None if full else self._deliveries.next_due(**self._busy())
        return LOOK_S if ready is None else min(LOOK_S, max(0.0, ready - self._clock()))

    def _begin_due(self) -> None:
        begun = True
        while begun and (free := AT_ONCE - self._users.total()) > 0 and not self._stopped:
            begun = False
            for row in self._deliveries.due(self._clock(), **self._busy(), limit=free):
                begun = self._begin(row) or begun

    def _begin(self, row: Row[Any]) -> bool:
        if self._hosts[row.host] >= EACH_HOST or self._users[row.user_id] >= EACH_USER:
            return False
        claimed = None
        self._count(row, 1)
        try:
            claimed = self._deliveries.claim(row.id, row.due_at, self._clock())
        finally:
            if claimed is None:  # somebody else has it, or the database is away
                self._count(row, -1)
        if claimed is not None:
            threading.Thread(target=self._attempt, args=(claimed,), name="webhook", daemon=True).start()
        return True

    def _count(self, row: Row[Any], more: int) -> None:
        with self._lock:
            for counter, name in ((self._hosts, row.host), (self._users, row.user_id)):
                counter[name] += more
                if not counter[name]:
                    del counter[name]

    def _attempt(self, row: Row[Any]) -> None:
        try:
            try:
                self._send(row)
            except Exception:
                log.exception("a webhook cannot be sent", extra={"delivery": row.id})
                self._settle(row, None, None, "webhook_fault")
        except Exception:  # it is due again in a minute
            log.exception("a webhook cannot be settled", extra={"delivery": row.id})
        finally:
            self._count(row, -1)
            self._due.set()

    def _send(self, row: Row[Any]) -> None:
        from engine.web.webhooks import posting  # what it needs is imported once there is something to send

        payload, status, retry_after_s, error = row.payload, None, None, None
        if payload is None:
            payload = self._payload(row)
            self._deliveries.keep_payload(row.id, payload)
        body = payload.encode("utf-8", "replace")
        headers = {"Content-Type": "application/json", "User-Agent": "audiocraft-webui"}
        headers |= signed(self._secrets.good(row.user_id), row.id, body, self._clock())
        try:
            to = destination(row.url)
            reply = posting.post(to, self._reach.endpoints(to), headers, body)
            status, retry_after_s = reply.status, reply.retry_after_s
            error = None if 200 <= status < 300 else "webhook_answer"
        except (posting.Undelivered, AppError) as fault:
            error = fault.key
        self._settle(row, status, retry_after_s, error)

    def _settle(self, row: Row[Any], status: int | None, retry_after_s: float | None, error: str | None) -> None:
        now = self._clock()
        pause = None if error is None else pause_s(row.attempts, status, retry_after_s, random.random())
        delivered_at, due_at = (now, None) if error is None else (None, None if pause is None else now + pause)
        self._deliveries.settle(row, status=status, error=error, delivered_at=delivered_at, due_at=due_at)
        WEBHOOKS.add(outcome="delivered" if error is None else "given_up" if pause is None else "retried")
        if error is not None:
            said = "a webhook was given up" if pause is None else "a webhook failed and is sent again"
            log.info(said, extra={"delivery": row.id, "kind": error, "status": status, "attempts": row.attempts})
