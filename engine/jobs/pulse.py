"""Whether workers are alive: each is asked again and again, and one that is silent for too long is ended."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from engine.jobs.messages import Ping
from engine.jobs.worker_process import WorkerProcess

LOADING_PATIENCE = 30
"""A worker that said it is loading may be silent so many times longer: an import or a checkpoint holds all threads."""

BEATS = 10
"""Questions within the time that a worker may be silent."""

log = logging.getLogger(__name__)


class Pulse:
    """Asks all `workers()`. Silence is counted in time that this process itself lived through.

    When the computer sleeps, or the server is stopped for a while, all its workers are given the whole time anew:
    nobody could have answered, or been heard. Where it merely stumbles, the time counts as that of two beats at most.
    """

    def __init__(self, silence_s: float, workers: Callable[[], Sequence[WorkerProcess]]) -> None:
        self._silence_s = silence_s
        self._every_s = silence_s / BEATS
        self._workers = workers
        self._ended = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="pulse", daemon=True).start()

    def stop(self) -> None:
        self._ended.set()

    def _run(self) -> None:
        last = time.monotonic()
        while not self._ended.wait(self._every_s):
            now = time.monotonic()
            try:
                self.beat(now - last)
            except Exception:
                log.exception("the workers could not be asked")
            last = now

    def beat(self, elapsed_s: float) -> None:
        """Ask every worker; end those that were silent too long. `elapsed_s` since the last beat."""
        stood_still = elapsed_s > self._silence_s
        lived_s = min(elapsed_s, 2 * self._every_s)
        for worker in self._workers():
            worker.silent_s += lived_s
            if not worker.ready or worker.hung:  # it is still starting, for which it has a time of its own
                continue
            if stood_still:
                worker.silent_s = 0.0
            allowed_s = self._silence_s * (LOADING_PATIENCE if worker.loading else 1)
            if worker.silent_s > allowed_s + self._every_s:  # it may have been heard just before a beat
                log.error("a worker does not answer", extra={"worker": worker.name, "job_id": worker.job_id})
                worker.give_up()
            else:
                worker.send(Ping())
