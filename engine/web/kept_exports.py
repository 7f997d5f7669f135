"""Large files that are made of a track once, and kept as long as it is. Who asks meanwhile waits for the same one."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from engine.app import Application
from engine.errors import AppError
from engine.faults import as_app_error
from engine.library.track_files import EXPORTS, derived_key
from engine.web.files import scratch_file


class KeptExports:
    """`name` is what the file is; `digest` follows from all that it is made of: another one takes its place."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._making: dict[str, Future[None]] = {}

    def ready(
        self, track_id: str, name: str, digest: str, make: Callable[[Path], object], patience_s: float | None
    ) -> str | None:
        """The key under which it is kept. It is begun where nobody has, and waited for so long, None is until it is
        there; then None. Raises what `make` raised, NOT_FOUND for a track that was deleted meanwhile."""
        key = self._application.library.derived_key(track_id, f"{EXPORTS}{digest}.{name}")
        if self._application.storage.stat(key) is not None:
            return key
        with self._lock:
            future = self._making.get(key)
            if future is None:
                future = self._making[key] = Future()
                work = threading.Thread(target=self._make, args=(track_id, key, make, future), name="export")
                work.daemon = True
                work.start()
        try:
            future.result(patience_s)
        except TimeoutError:
            return None
        except AppError:
            self._forget(key)
            raise
        self._forget(key)
        return key

    def _forget(self, key: str) -> None:
        """Somebody was told how it ended."""
        with self._lock:
            self._making.pop(key, None)

    def _make(self, track_id: str, key: str, make: Callable[[Path], object], future: "Future[None]") -> None:
        try:
            with scratch_file(self._application) as path:
                make(path)
                self._application.storage.put(key, path)
            self._clear(track_id, key)
        except BaseException as error:
            future.set_exception(as_app_error(error))
        else:
            future.set_result(None)

    def _clear(self, track_id: str, key: str) -> None:
        """Remove what this one takes the place of; all, where the track was deleted meanwhile."""
        storage, folder = self._application.storage, derived_key(track_id, EXPORTS)
        name = key.removeprefix(folder).partition(".")[2]
        for entry in list(storage.list(folder)):
            if entry.key != key and entry.key.removeprefix(folder).partition(".")[2] == name:
                storage.delete(entry.key)
        try:
            self._application.library.derived_key(track_id, EXPORTS)
        except AppError:
            storage.delete_all(folder)
            raise
