"""Large files that are made of a track once, and kept as long as it is. Who asks meanwhile waits for the same one."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from engine.errors import AppError
from engine.faults import as_app_error
from engine.library.atomic import scratch
from engine.library.library import Library
from engine.library.storage import Storage
from engine.library.track_files import EXPORTS, derived_key


class KeptExports:
    """`name` is what the file is; `digest` follows from all that it is made of: another one takes its place."""

    def __init__(self, storage: Storage, scratch_dir: Path) -> None:
        self._storage, self._scratch_dir = storage, scratch_dir
        self._lock = threading.Lock()
        self._making: dict[str, Future[None]] = {}

    def ready(
        self,
        library: Library,
        track_id: str,
        name: str,
        digest: str,
        make: Callable[[Path], object],
        patience_s: float | None,
    ) -> str | None:
        """The key under which it is kept. It is begun where nobody has, and waited for so long, None is until it is
        there; then None. Raises what `make` raised, NOT_FOUND for a track that was deleted meanwhile."""
        key = library.derived_key(track_id, f"{EXPORTS}{digest}.{name}")
        if self._storage.stat(key) is not None:
            return key
        with self._lock:
            future = self._making.get(key)
            if future is None:
                future = self._making[key] = Future()
                work = threading.Thread(target=self._make, args=(library, track_id, key, make, future), name="export")
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

    def _make(
        self, library: Library, track_id: str, key: str, make: Callable[[Path], object], future: "Future[None]"
    ) -> None:
        try:
            with scratch(self._scratch_dir) as path:
                make(path)
                self._storage.put(key, path)
            self._clear(library, track_id, key)
        except BaseException as error:
            future.set_exception(as_app_error(error))
        else:
            future.set_result(None)

    def _clear(self, library: Library, track_id: str, key: str) -> None:
        """Remove what this one takes the place of; all, where the track was deleted meanwhile."""
        storage, folder = self._storage, derived_key(track_id, EXPORTS)
        name = key.removeprefix(folder).partition(".")[2]
        for entry in list(storage.list(folder)):
            if entry.key != key and entry.key.removeprefix(folder).partition(".")[2] == name:
                storage.delete(entry.key)
        try:
            library.derived_key(track_id, EXPORTS)
        except AppError:
            storage.delete_all(folder)
            raise
