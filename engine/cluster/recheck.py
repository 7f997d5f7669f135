"""What was not heard is found: a server looks into the database again and again, should a message have been lost."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from engine.errors import AppError

EVERY_S = 30.0

log = logging.getLogger(__name__)


class Recheck:
    """Calls each of `looks` every `every_s`, in one thread, until it is stopped."""

    def __init__(self, *looks: Callable[[], object], every_s: float = EVERY_S) -> None:
        self._looks, self._every_s = looks, every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recheck", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            for look in self._looks:
                try:
                    look()
                except (AppError, SQLAlchemyError):  # the next time
                    log.warning("it could not be looked for what was not heard", exc_info=True)
