"""The services of a server, asked again and again, so that pages can be told when one does not answer."""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from engine.services import KEPT_S, LATE_S, Service

log = logging.getLogger(__name__)


class Lookout:
    """`services`: by name; what matters most comes first."""

    def __init__(self, services: Mapping[str, Service], every_s: float = KEPT_S, late_s: float = LATE_S) -> None:
        self._services, self._every_s, self._late_s = services, every_s, late_s
        self._started_at = 0.0
        self._listeners: list[Callable[[list[str]], object]] = []
        self._stopping = threading.Event()
        self.away: list[str] = []

    def subscribe(self, listener: Callable[[list[str]], object]) -> None:
        """Tell it who is away, whenever that changes."""
        self._listeners.append(listener)

    def start(self) -> None:
        self._started_at = time.monotonic()
        for name, service in self._services.items():
            threading.Thread(target=self._ask, args=(service,), name=f"watch-{name}", daemon=True).start()
        threading.Thread(target=self._look, name="watch", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def _ask(self, service: Service) -> None:
        """In a thread of its own: who is cut off may be silent for minutes."""
        while not self._stopping.wait(self._every_s):
            service.answers()

    def _look(self) -> None:
        while not self._stopping.wait(self._every_s / 2):
            since = time.monotonic() - self._late_s
            away = [name for name, each in self._services.items() if max(each.answered_at, self._started_at) < since]
            if away == self.away:
                continue
            log.warning("services that are away have changed", extra={"away": away})
            self.away = away
            for listener in self._listeners:
                try:
                    listener(away)
                except Exception:
                    log.exception("a listener failed")
