"""Objects as local files, kept as long as there is room: what was used longest ago goes first."""

import contextlib
import hashlib
import os
import time
from collections.abc import Callable
from io import RawIOBase
from pathlib import Path

from engine.faults import disk_errors
from engine.library.atomic import scratch

CHUNK = 2**20
IN_USE_S = 3600.0
"""What was used so short a time ago may be open, or about to be: it stays whatever the size."""
OLD_S = 24 * 3600.0
"""A temporary file of that age belongs to a process that is gone."""


class ObjectCache:
    """Any number of processes may use one folder. A file is named by what it is, so it never changes."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._most_bytes = folder, most_bytes

    def file(self, identity: str, suffix: str, open_source: Callable[[], RawIOBase]) -> Path:
        """The file for `identity`, which names one version of one object; copied from the source where it is not there
        yet. Not to be changed. Raises DISK_FULL."""
        path = self._folder / f"{hashlib.sha256(identity.encode()).hexdigest()}{suffix}"
        with contextlib.suppress(OSError):
            os.utime(path)
            return path
        with disk_errors():
            self._folder.mkdir(parents=True, exist_ok=True)
            with scratch(self._folder) as temporary:
                with open_source() as source, temporary.open("xb") as target:
                    while chunk := source.read(CHUNK):
                        target.write(chunk)
                        time.sleep(0)
                if os.name != "nt":  # where nothing that is read-only can be removed
                    temporary.chmod(0o444)
                self._make_room(temporary.stat().st_size)
                temporary.replace(path)
        return path

    def sweep(self) -> None:
        """Remove what processes that were killed had begun."""
        for path in self._folder.glob(".*.tmp"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < time.time() - OLD_S:
                    path.unlink()

    def _make_room(self, size: int) -> None:
        files = []
        for path in self._folder.glob("[!.]*"):
            with contextlib.suppress(OSError):  # another process was quicker
                found = path.stat()
                files.append((found.st_mtime, found.st_size, path))
        excess = sum(size for _, size, _ in files) + size - self._most_bytes
        for used_at, freed, path in sorted(files):
            if excess <= 0 or used_at > time.time() - IN_USE_S:
                return
            with contextlib.suppress(OSError):
                path.unlink()
                excess -= freed
