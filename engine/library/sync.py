"""Comparing the index with what is stored: files may come, go and be renamed by hand."""

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import AppError
from engine.library.index import TrackIndex
from engine.library.storage import Storage
from engine.library.track_files import AUDIO, TrackFiles, record_key

YIELD_EVERY = 32
"""After so many files others have their turn."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SyncReport:
    """Ids of the tracks that came, changed and went; files of records that cannot be read."""

    added: list[str]
    changed: list[str]
    removed: list[str]
    broken: list[str]


class LibrarySync:
    """`changing` is held while a record that differs is read and entered."""

    def __init__(self, storage: Storage, files: TrackFiles, index: TrackIndex, changing: threading.RLock) -> None:
        self._storage = storage
        self._files = files
        self._index = index
        self._changing = changing

    def sync(self, *, full: bool = False) -> SyncReport:
        """New or changed records enter the index, vanished ones leave it. `full` reads every record."""
        known = self._index.known()
        stored = self._listed()
        found = SyncReport([], [], [], [])
        seen: set[str] = set()
        for number, file in enumerate(sorted(stored)):
            if number % YIELD_EVERY == 0:
                time.sleep(0)
            name, _, suffix = file.rpartition(".")
            if suffix != "json" or "/" in file:
                continue
            row = known.get(name)
            if row and not full and row["record_mtime_ns"] == stored[file] and row["file"] in stored:
                seen.add(name)
            elif track_id := self._enter(name, found):
                seen.add(name)
                (found.added if row is None else found.changed).append(track_id)
        vanished = [(row["id"], name) for name, row in known.items() if name not in seen]
        with self._changing:
            found.removed.extend(self._index.remove(self._still_gone(vanished, found)))
        facts = {"added": len(found.added), "removed": len(found.removed), "broken": found.broken}
        log.info("library compared with disk", extra=facts)
        return found

    def _listed(self) -> dict[str, int]:
        """Files of tracks, and when they were changed."""
        stored = {}
        for number, entry in enumerate(self._storage.list(AUDIO)):
            if number % YIELD_EVERY == 0:
                time.sleep(0)
            stored[entry.key.removeprefix(AUDIO)] = entry.mtime_ns
        return stored

    def _enter(self, name: str, found: SyncReport) -> str | None:
        """Read a record and enter it; the track's id, None when it cannot be read."""
        with self._changing:
            try:
                record = self._files.read(name)
                if record.name != name or not self._files.has(record.file.rpartition("/")[2]):
                    record = self._files.follow(record, name)
            except (AppError, OSError):
                if self._storage.stat(record_key(name)):
                    found.broken.append(f"{name}.json")
                return None
            if (entry := self._storage.stat(record_key(name))) is None:
                return None
            self._index.enter(record, entry.mtime_ns)
        return record.id

    def _still_gone(self, vanished: list[tuple[str, str]], found: SyncReport) -> Iterator[tuple[str, str]]:
        """Those that have not come back meanwhile under any name."""
        for track_id, name in vanished:
            if f"{name}.json" in found.broken or self._storage.stat(record_key(name)) is None:
                yield track_id, name
