"""The engines that a worker keeps loaded between jobs."""

import contextlib
import ctypes
import gc
import logging
import sys
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import psutil

from engine.context import E, Engine
from engine.models.device import empty_cache, free_mb

if TYPE_CHECKING:
    from engine.context import JobContext

log = logging.getLogger(__name__)


class EnginePool:
    """Keeps what was loaded; makes room by disposing of those that the job at hand did not ask for when a new one would
    not fit.

    `loading()` is entered while an engine loads.
    """

    def __init__(self, loading: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext) -> None:
        self._engines: dict[str, Engine] = {}
        self._loading = loading
        self._asked: tuple[str, frozenset[str]] = "", frozenset()
        """A job, and the keys that it asked for."""

    def get(self, key: str, make: Callable[[], E], job: "JobContext", *, need_mb: int = 0) -> E:
        """The engine under `key`, loaded. One whose loading fails or is canceled is disposed of."""
        of_job, asked = self._asked
        asked = asked if of_job == job.job_id else frozenset()
        kept = self._engines.get(key)
        if kept is None:
            if self._engines.keys() - asked and free_mb(job.device) < need_mb:
                self.dispose(but=asked)
            with self._loading():
                kept = make()
                try:
                    kept.load(job)
                except BaseException:
                    kept.dispose()
                    raise
            self._engines[key] = kept
        self._asked = job.job_id, asked | {key}
        return kept  # type: ignore[return-value]

    def release(self, key: str) -> None:
        """Give the memory of one engine back; none under this key is fine."""
        if key in self._engines:
            self.dispose(but=self._engines.keys() - {key})

    @property
    def device_keys(self) -> list[str]:
        return sorted({engine.device_key for engine in self._engines.values()})

    def dispose(self, but: Collection[str] = ()) -> None:
        """Give the memory of all engines back, to the system too; those of the keys in `but` stay."""
        for key in self._engines.keys() - set(but):
            engine = self._engines.pop(key)
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
