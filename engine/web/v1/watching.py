"""Whoever waits for news of jobs: an open stream of events, a request that prefers to wait for the end."""

import contextlib
import secrets
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.errors import AppError, Code
from engine.events import Event, EventBus, JobChanged

MOST_EACH = 16
"""So many streams, and as many waiting requests, may one user have open."""
KEPT = 200
"""News of a job that are kept, for a stream that comes back after it broke off."""
KEPT_S = 120.0
"""So long after the last one who watched has gone."""

Row = dict[str, Any]


@dataclass
class _News:
    """What happened to a job while it was watched: number and row of each change."""

    kept: deque[tuple[int, Row]] = field(default_factory=lambda: deque(maxlen=KEPT))
    number: int = 0
    watchers: int = 0
    left_at: float = 0.0
    changed: threading.Condition = field(default_factory=threading.Condition)


class Watch:
    """One who watches a job. `number`: of the last change that there was when they began."""

    def __init__(self, news: _News) -> None:
        self._news = news
        self.number = news.number

    def since(self, number: int) -> list[tuple[int, Row]] | None:
        """Every change after that one; None where some are not known any more."""
        with self._news.changed:
            kept = list(self._news.kept)
        if not 0 <= number <= self._news.number or self._news.number - number > len(kept):
            return None
        return [each for each in kept if each[0] > number]

    def wait(self, number: int, timeout_s: float) -> list[tuple[int, Row]]:
        """Changes after that one, as soon as there are some; none when the time is over."""
        with self._news.changed:
            self._news.changed.wait_for(lambda: self._news.number > number, timeout_s)
            return [each for each in self._news.kept if each[0] > number]


class Watching:
    """News of the jobs that somebody watches, from the bus to each of them."""

    def __init__(self, events: EventBus) -> None:
        self.life = secrets.token_hex(4)
        """Numbers count within the life of one server."""
        self._jobs: dict[str, _News] = {}
        self._open: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        events.subscribe(self._note)

    def _note(self, event: Event) -> None:
        if isinstance(event, JobChanged) and (news := self._jobs.get(event.row["id"])):
            with news.changed:
                news.number += 1
                news.kept.append((news.number, event.row))
                news.changed.notify_all()

    @contextlib.contextmanager
    def job(self, job_id: str) -> Iterator[Watch]:
        """Watch this job from now on."""
        with self._lock:
            self._forget_old()
            news = self._jobs.setdefault(job_id, _News())
            news.watchers += 1
        try:
            yield Watch(news)
        finally:
            with self._lock:
                news.watchers -= 1
                news.left_at = time.monotonic()

    @contextlib.contextmanager
    def one_of(self, user: str, what: str) -> Iterator[None]:
        """One of the few of this kind that a user may have open. Raises RATE_LIMITED."""
        with self._lock:
            if self._open[user, what] >= MOST_EACH:
                raise AppError(Code.RATE_LIMITED, "too_many_streams", limit=MOST_EACH)
            self._open[user, what] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[user, what] -= 1
                if not self._open[user, what]:
                    del self._open[user, what]

    def _forget_old(self) -> None:
        old = time.monotonic() - KEPT_S
        for job_id in [each for each, news in self._jobs.items() if not news.watchers and news.left_at < old]:
            del self._jobs[job_id]
