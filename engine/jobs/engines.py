"""The engines that a worker keeps loaded between jobs."""

import contextlib
import ctypes
import gc
import logging
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import psutil

from engine.context import E, Engine
from engine.models.device import empty_cache, free_mb

if TYPE_CHECKING:
    from engine.context import JobContext

log = logging.getLogger(__name__)


class EnginePool:
    """Keeps what was loaded; makes room by disposing of those of other device keys when a new one would not fit.

    `loading()` is entered while an engine loads.
    """

    def __init__(self, loading: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext) -> None:
        self._engines: dict[str, Engine] = {}
        self._loading = loading

    def get(self, key: str, make: Callable[[], E], job: "JobContext", *, need_mb: int = 0) -> E:
        """The engine under `key`, loaded. One whose loading fails or is canceled is disposed of."""
        kept = self._engines.get(key)
        if kept is None:
            if self._engines and free_mb(job.device) < need_mb:
                self.dispose()
            with self._loading():
                kept = make()
                try:
                    kept.load(job)
                except BaseException:
                    kept.dispose()
                    raise
            self._engines[key] = kept
        return kept  # type: ignore[return-value]

    @property
    def device_keys(self) -> list[str]:
        return sorted({engine.device_key for engine in self._engines.values()})

    def dispose(self) -> None:
        """Give all memory back, to the system too."""
        while self._engines:
            key, engine = self._engines.popitem()
            try:
                engine.dispose()
            except Exception:
                log.exception("engine did not let go", extra={"engine": key})
        give_memory_back()


def give_memory_back() -> None:
    """Collect garbage, empty the device's cache if torch is in use, and return free pages to the system."""
    gc.collect()
    empty_cache()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def memory_mb() -> int:
    """Resident memory of this process."""
    return int(psutil.Process().memory_info().rss // 2**20)
