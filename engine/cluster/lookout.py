"""Whether what a server works with answers: asked again and again, so that pages can be told when it does not."""

import logging
import threading
import time
from collections.abc import Callable, Mapping

EVERY_S = 2.0
LATE_S = 6.0
"""Without an answer for so long a service is away."""

log = logging.getLogger(__name__)


class Lookout:
    """`services`: what asks each of them, and raises or is silent while it is away; what matters most comes first."""

    def __init__(
        self, services: Mapping[str, Callable[[], object]], every_s: float = EVERY_S, late_s: float = LATE_S
    ) -> None:
        self._services, self._every_s, self._late_s = services, every_s, late_s
        self._answered: dict[str, float] = {}
        self._listeners: list[Callable[[list[str]], object]] = []
        self._stopping = threading.Event()
        self.away: list[str] = []

    def subscribe(self, listener: Callable[[list[str]], object]) -> None:
        """Tell it who is away, whenever that changes."""
        self._listeners.append(listener)

    def start(self) -> None:
        self._answered = dict.fromkeys(self._services, time.monotonic())
        for name in self._services:
            threading.Thread(target=self._ask, args=(name,), name=f"watch-{name}", daemon=True).start()
        threading.Thread(target=self._look, name="watch", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def _ask(self, name: str) -> None:
        """In a thread of its own: who is cut off may be silent for minutes."""
        while not self._stopping.wait(self._every_s):
            try:
                self._services[name]()
            except Exception:  # of whichever driver
                log.debug("%s does not answer", name, exc_info=True)
            else:
                self._answered[name] = time.monotonic()

    def _look(self) -> None:
        while not self._stopping.wait(self._every_s / 2):
            now = time.monotonic()
            away = [name for name, answered in self._answered.items() if now - answered > self._late_s]
            if away == self.away:
                continue
            log.warning("services that are away have changed", extra={"away": away})
            self.away = away
            for listener in self._listeners:
                try:
                    listener(away)
                except Exception:
                    log.exception("a listener failed")
