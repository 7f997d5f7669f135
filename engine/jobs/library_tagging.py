"""The tagging of every user's library: one loop that looks at each where something has changed."""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from engine.database.locks import SharedLocks
from engine.errors import AppError, Code
from engine.events import BackgroundChanged, Event, EventBus, LibraryChanged, TaggingChanged, TracksRemoved
from engine.jobs.control import Control
from engine.jobs.queue import Queue
from engine.jobs.tagging import TAGGING, Tagging
from engine.library.library import Library
from engine.state import StateStore

RETRY_S = 5.0

log = logging.getLogger(__name__)


class LibraryTagging:
    """Each user's goes on by itself where an earlier life left it, when `resumes`. `locks`: of the other servers, that
    share the state."""

    def __init__(
        self,
        state: StateStore,
        control: Control,
        queue: Queue,
        library: Library,
        events: EventBus,
        locks: SharedLocks | None = None,
        *,
        resumes: bool,
    ) -> None:
        self._state, self._locks, self._resumes = state, locks, resumes
        self._control, self._queue, self._library, self._events = control, queue, library, events
        self._known: dict[str, Tagging] = {}
        self._lock = threading.Lock()
        self._due = threading.Condition()
        self._users: set[str] = set()
        """Whose something has changed."""
        self._open = True
        self._thread = threading.Thread(target=self._run, name="tagging", daemon=True)

    def of(self, user: str) -> Tagging:
        with self._lock:
            if (known := self._known.get(user)) is None:
                known = self._known[user] = Tagging(
                    user, self._state, self._control.of(user), self._queue.of(user), self._library.of(user),
                    self._events, lambda: self._wake({user}), self._exclusive(user), resumes=self._resumes,
                )  # fmt: skip
            return known

    def _exclusive(self, user: str) -> Callable[[], AbstractContextManager[object]]:
        if self._locks is not None:
            return partial(self._locks.held, f"tagging {user}")
        here = threading.RLock()
        return lambda: here

    def open(self) -> None:
        self._events.subscribe(self._listen)
        self._thread.start()
        self._wake(self._running())

    def _running(self) -> set[str]:
        return {user for user in self._state.holders(TAGGING) if self.of(user).is_running}

    def close(self) -> None:
        self._open = False
        self._wake(set())
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _wake(self, users: set[str]) -> None:
        with self._due:
            self._users |= users
            self._due.notify_all()

    def _listen(self, event: Event) -> None:
        match event:
            case BackgroundChanged(user):
                self._wake({user})
            case TracksRemoved(track_ids, user):
                concerned = {user} if user is not None else set(self._known)
                for each in concerned:
                    self.of(each).forget(track_ids)
                self._wake(concerned)
            case TaggingChanged(user=user):
                self.of(user).heard(event)
            case LibraryChanged():  # much of it, or news of another server were missed
                self._wake(set(self._known))

    def _run(self) -> None:
        failing: set[str] = set()
        while True:
            with self._due:
                self._due.wait_for(lambda: self._users or not self._open, RETRY_S if failing else None)
                if not self._open:
                    return
                users, self._users = self._users | failing, set()
            for user in users:
                try:
                    self.of(user).look()
                    failing.discard(user)
                except Exception as error:  # the queue or the disk is full, the database busy
                    if not (isinstance(error, AppError) and error.code is Code.RATE_LIMITED):
                        log.exception("the library cannot be tagged for the moment")
                    elif user not in failing:
                        log.info("the queue is full: the library is tagged once there is room")
                    failing.add(user)
