"""The sweep of orphans: objects that lost nodes left in the bucket are deleted a day later, segments of jobs that are
over at once, by one server at a time."""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from engine.database import Database
from engine.errors import AppError
from engine.jobs.shared_segments import SharedSegments
from engine.library.library import Library
from engine.library.storage import Storage

SWEEPING = 0x41575357
"""A number that only this program locks PostgreSQL by while it sweeps."""
FIRST_S, EVERY_S = 600.0, 6 * 3600.0
KEPT_S = 24 * 3600.0
AGAIN_S = 60.0
"""What is an orphan still is one when it is looked at again after so long. Whoever publishes tries each second, and is
through by then, also after an outage of more than a day."""

log = logging.getLogger(__name__)


class OrphanSweep:
    """`knows(job_id)`: whether the database has this job."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        library: Library,
        knows: Callable[[str], bool],
        *,
        now: Callable[[], float] = time.time,
        again_s: float = AGAIN_S,
    ) -> None:
        self._database, self._storage, self._library, self._knows = database, storage, library, knows
        self._segments = SharedSegments(database, storage)
        self._now, self._again_s = now, again_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="orphan-sweep", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        pause_s = FIRST_S
        while not self._stopping.wait(pause_s):
            pause_s = EVERY_S
            try:
                self.sweep()
            except (AppError, OSError, SQLAlchemyError):  # the next one does it
                log.warning("orphans could not be swept", exc_info=True)

    def sweep(self) -> set[str]:
        """Delete what is an orphan now and after a while; the keys. None where another server is at it."""
        with self._database.alone(SWEEPING) as alone:
            if alone:
                self._segments.sweep()
            found = self._orphans() if alone else set()
            if not found or self._stopping.wait(self._again_s):
                return set()
            found = found & self._orphans()
            for key in sorted(found, key=lambda key: not key.endswith(".json")):  # a record names what is there
                self._storage.delete(key)
        log.info("orphans deleted", extra={"count": len(found)})
        return found

    def _orphans(self) -> set[str]:
        return self._library.orphans(self._knows, before_ns=int((self._now() - KEPT_S) * 1e9))
