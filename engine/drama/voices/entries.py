"""A folder of small files that may be made again: one a key, whole or not there, the least used go first.

Light: the server reads it. Any number of processes may share one.
"""

import contextlib
import hashlib
import json
import os
import re
import time
from pathlib import Path
from typing import Any

from engine.library.atomic import write_bytes

KEY = re.compile("[0-9a-f]{8,64}")
MAGIC = b"acwline1"
MOST_BYTES = 4 << 30
"""Of all entries: ten hours of speech are 1.6 GB."""
SWEPT_TO = 0.9
"""Of the most, what is left after the least used were removed."""
SWEEP_EVERY = 64 << 20
"""Bytes written between two looks at the size of the whole."""
USED_AFTER_S = 60.0
"""An entry's time of use is as exact as this: writing it at every look would wear the disk."""


class Entries:
    """Each entry: facts, JSON, and data. `get` and `facts` give None for what is not there or damaged, which then goes.

    A file: MAGIC, sha256 of the rest, length of the facts (4 bytes, big endian), the facts, the data.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most = folder, most_bytes
        self._written = SWEEP_EVERY  # the first one written has a look

    def path(self, key: str) -> Path:
        """`key`: hexadecimal. Raises ValueError for any other, so that no key leads out of the folder."""
        if not KEY.fullmatch(key):
            raise ValueError("no key")
        return self._folder / key[:2] / f"{key}.line"

    def put(self, key: str, facts: dict[str, Any], data: bytes) -> None:
        """Keep it, in place of what was there. Raises DISK_FULL."""
        said = json.dumps(facts, ensure_ascii=False, allow_nan=False).encode()
        rest = len(said).to_bytes(4, "big") + said + data
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, MAGIC + hashlib.sha256(rest).digest() + rest)
        self._written += len(rest)
        if self._written >= SWEEP_EVERY:
            self._written = 0
            self._sweep()

    def get(self, key: str) -> tuple[dict[str, Any], bytes] | None:
        """Facts and data of an entry."""
        path = self.path(key)
        try:
            whole = path.read_bytes()
            used = path.stat().st_mtime
        except OSError:
            return None
        start = len(MAGIC) + hashlib.sha256().digest_size
        rest = memoryview(whole)[start:]
        if whole[: len(MAGIC)] != MAGIC or hashlib.sha256(rest).digest() != whole[len(MAGIC) : start]:
            path.unlink(missing_ok=True)
            return None
        if time.time() - used > USED_AFTER_S:
            with contextlib.suppress(OSError):  # removed by another process, or read-only
                os.utime(path)
        length = int.from_bytes(rest[:4], "big")
        return json.loads(bytes(rest[4 : 4 + length])), bytes(rest[4 + length :])

    def facts(self, key: str) -> dict[str, Any] | None:
        found = self.get(key)
        return found[0] if found else None

    def _sweep(self) -> None:
        """Remove what was left unfinished and, over the most, what was not used for the longest time."""
        found = []
        old = time.time() - 3600
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):  # removed by another process
                stat = path.stat()
                if path.suffix == ".line":
                    found.append((stat.st_mtime, stat.st_size, path))
                elif stat.st_mtime < old:
                    path.unlink()
        total = sum(size for _, size, _ in found)
        if total > self._most:
            for _, size, path in sorted(found):
                path.unlink(missing_ok=True)
                total -= size
                if total <= SWEPT_TO * self._most:
                    break
