"""The ticket office: sends tickets in a thread of its own, and finds those that are missing."""

import heapq
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

from celery import Celery
from sqlalchemy.exc import SQLAlchemyError

from engine.cluster.celery_app import CONNECT_S, TASK, queue_of

SWEEP_S = 5.0
"""How often what is ready is compared with the tickets that wait."""
PAUSES_S = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Between attempts while the broker is away."""
MOST_OWED = 2000
"""Tickets of a pool that wait for the broker; more would tell nothing new."""

log = logging.getLogger(__name__)


class BrokerOffice:
    """`ready()`: how many jobs of each pool could be begun now. Implements `TicketOffice`."""

    def __init__(self, app: Celery, ready: Callable[[], Mapping[str, int]], sweep_s: float = SWEEP_S) -> None:
        self._app, self._ready, self._sweep_s = app, ready, sweep_s
        self._owed: Counter[str] = Counter()
        self._later: list[tuple[float, str]] = []
        self._wake = threading.Condition()
        self._running = False
        self._swept = float("-inf")
        self.sweeps = 0
        self._thread = threading.Thread(target=self._run, name="ticket-office", daemon=True)

    def start(self) -> None:
        self._running = True
        self._thread.start()

    def stop(self) -> None:
        with self._wake:
            self._running = False
            self._wake.notify_all()
        self._thread.join(timeout=2 * CONNECT_S)

    def issue(self, pool: str, count: int = 1, *, after_s: float = 0.0) -> None:
        with self._wake:
            if after_s > 0:
                heapq.heappush(self._later, (time.monotonic() + after_s, pool))
            else:
                self._owed[pool] = min(MOST_OWED, self._owed[pool] + count)
            self._wake.notify_all()

    def look(self) -> None:
        with self._wake:
            self._swept = float("-inf")
            self._wake.notify_all()

    def _run(self) -> None:
        failures = 0
        while True:
            with self._wake:
                self._wake.wait_for(self._is_due, timeout=self._pause_s())
                if not self._running and not self._owed:
                    return
                now = time.monotonic()
                while self._later and self._later[0][0] <= now:
                    self._owed[heapq.heappop(self._later)[1]] += 1
            try:
                self._send()
                if time.monotonic() - self._swept >= self._sweep_s:
                    self._find_missing()
                    self._send()
                failures = 0
            except Exception as error:  # of whichever transport: the tickets stay owed
                log.warning("tickets could not be sent: %s", error)
                if not self._running:
                    return
                self.look()
                time.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
                failures += 1

    def _is_due(self) -> bool:
        return bool(self._owed) or not self._running or self._pause_s() <= 0

    def _pause_s(self) -> float:
        until = [self._swept + self._sweep_s, *(due for due, _ in self._later[:1])]
        return max(0.0, min(until) - time.monotonic())

    def _send(self) -> None:
        while True:
            with self._wake:
                pool = next(iter(self._owed), None)
            if pool is None:
                return
            with self._app.producer_pool.acquire(block=True, timeout=CONNECT_S) as producer:
                self._app.send_task(
                    TASK, (pool,), queue=queue_of(pool, self._app.conf.broker_url), producer=producer, retry=False
                )
            with self._wake:
                self._owed[pool] -= 1
                if self._owed[pool] <= 0:
                    del self._owed[pool]

    def _find_missing(self) -> None:
        """What is ready beyond the tickets that wait in the broker gets some: a ticket was lost, or never sent, or
        waits with a node that is busy."""
        with self._wake:
            self._swept = time.monotonic()  # whoever has us look from here on has us look once more
        try:
            ready = self._ready()
        except SQLAlchemyError as error:
            log.warning("what is ready could not be found: %s", error)
            return
        for pool, count in ready.items():
            missing = count - self.waiting(pool)
            if missing > 0:
                self.issue(pool, missing)
        self.sweeps += 1

    def waiting(self, pool: str) -> int:
        """How many tickets wait in the broker. Raises whatever its transport does."""
        with self._app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=CONNECT_S)
            queue = queue_of(pool, self._app.conf.broker_url)(connection.default_channel)
            queue.declare()
            return int(queue.queue_declare().message_count)
