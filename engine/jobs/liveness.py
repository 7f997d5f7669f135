"""Whether workers are alive: each is sent a Ping again and again, and one that is silent for too long is ended."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from engine.jobs.messages import Ping
from engine.jobs.worker_process import WorkerProcess

LOADING_FACTOR = 30
"""A worker that said it is loading may be silent so many times longer: an import or a checkpoint holds all threads."""

PINGS = 10
"""Pings within the time that a worker may be silent."""

log = logging.getLogger(__name__)


class LivenessMonitor:
    """Pings all `workers()`. Silence is counted in time that this process itself ran through.

    When the computer sleeps, or the server is stopped for a while, all its workers are given the whole time anew:
    nobody could have answered. Where it is merely late, the time counts as that of two pings at most.
    """

    def __init__(self, silence_s: float, workers: Callable[[], Sequence[WorkerProcess]]) -> None:
        self._silence_s = silence_s
        self._interval_s = silence_s / PINGS
        self._workers = workers
        self._ended = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="liveness", daemon=True).start()

    def stop(self) -> None:
        self._ended.set()

    def _run(self) -> None:
        last = time.monotonic()
        while not self._ended.wait(self._interval_s):
            now = time.monotonic()
            try:
                self.check(now - last)
            except Exception:
                log.exception("the workers could not be checked")
            last = now

    def check(self, elapsed_s: float) -> None:
        """Ping every worker; end those that were silent too long. `elapsed_s` since the last check."""
        suspended = elapsed_s > self._silence_s
        counted_s = min(elapsed_s, 2 * self._interval_s)
        for worker in self._workers():
            worker.silent_s += counted_s
            if not worker.ready or worker.hung:  # it is still starting, for which it has a time of its own
                continue
            if suspended:
                worker.silent_s = 0.0
            allowed_s = self._silence_s * (LOADING_FACTOR if worker.loading else 1)
            if worker.silent_s > allowed_s + self._interval_s:  # its last answer may have come just before a check
                log.error("a worker does not answer", extra={"worker": worker.name, "job_id": worker.job_id})
                worker.end_as_hung()
            else:
                worker.send(Ping())
