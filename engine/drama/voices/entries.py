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

from engine.faults import disk_errors
from engine.library.atomic import write_bytes

KEY = re.compile("[0-9a-f]{8,64}")
MAGIC = b"acwline1"
HEAD = len(MAGIC) + hashlib.sha256().digest_size + 4
"""Bytes before the facts."""
MOST_BYTES = 4 << 30
"""Of all entries: ten hours of speech are 1.6 GB. What a longer drama makes or uses stays until it is done."""
SWEPT_TO = 0.9
"""Of the most, what is left after the least used were removed."""
SWEEP_EVERY = 64 << 20
"""Bytes written between two looks at the size of the whole."""
USED_AFTER_S = 60.0
"""An entry's time of use is as exact as this: writing it at every look would wear the disk."""


class Entries:
    """Each entry: facts, JSON, and data. `get` and `facts` give None for what is not there or damaged, which then goes.

    A file: MAGIC, sha256 of the rest, length of the facts (4 bytes, big endian), the facts, the data. The checksum is
    reckoned once for each file that is met: what `facts` found whole, `get` only reads.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most = folder, most_bytes
        self._opened = time.time()
        self._written = SWEEP_EVERY  # the first one written has a look
        self._whole: dict[str, tuple[int, int, int]] = {}
        """Key -> which file was found whole, of which length and time."""

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
        with disk_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, MAGIC + hashlib.sha256(rest).digest() + rest)

    def grown(self, key: str) -> None:
        """An entry was put, by whichever process: from time to time, those not used for the longest time go.

        Never what was made or used since these entries were opened: a job opens them once, and finds at its end what it
        made at its beginning, however much that is. Later ones clear it away.
        """
        with contextlib.suppress(OSError):
            self._written += self.path(key).stat().st_size
        if self._written >= SWEEP_EVERY:
            self._written = 0
            self._sweep()

    def get(self, key: str) -> tuple[dict[str, Any], bytes] | None:
        """Facts and data of an entry."""
        return self._read(key, with_data=True)

    def facts(self, key: str) -> dict[str, Any] | None:
        found = self._read(key, with_data=False)
        return found[0] if found else None

    def _read(self, key: str, *, with_data: bool) -> tuple[dict[str, Any], bytes] | None:
        path = self.path(key)
        try:
            with path.open("rb") as file:
                stat = os.fstat(file.fileno())
                known = self._whole.get(key) == _identity(stat)
                head = file.read(HEAD)
                length = int.from_bytes(head[-4:], "big")
                rest = file.read() if with_data or not known else file.read(length)
        except OSError:
            return None
        if not known:
            if len(head) < HEAD or head[: len(MAGIC)] != MAGIC or _checksum(head[-4:], rest) != head[len(MAGIC) : -4]:
                path.unlink(missing_ok=True)
                return None
            self._whole[key] = _identity(stat)
        if time.time() - stat.st_mtime > USED_AFTER_S:
            with contextlib.suppress(OSError):  # removed by another process, or read-only
                os.utime(path)
                self._whole[key] = _identity(path.stat())
        return json.loads(rest[:length]), rest[length:] if with_data else b""

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
            for used, size, path in sorted(found):
                if total <= SWEPT_TO * self._most or used >= self._opened - USED_AFTER_S:
                    break
                path.unlink(missing_ok=True)
                total -= size


def _identity(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _checksum(*parts: bytes) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()
