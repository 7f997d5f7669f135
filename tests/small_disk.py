"""A file system of a few megabytes in memory, to be really full."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wants import wants


class SmallDisk:
    """The file system at `root`, and the ballast on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._ballast = root / "ballast"

    def free(self) -> int:
        """Bytes that can still be written."""
        found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize

    def fill(self, room_kib: int) -> None:
        """Leave at most so much."""
        with self._ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while (surplus := self.free() - room_kib * 1024) > 0:
                file.write(bytes(min(surplus, 2**20)))

    @contextlib.contextmanager
    def left(self, room_kib: int) -> Iterator[None]:
        """At most so much can be written meanwhile."""
        self.fill(room_kib)
        try:
            yield
        finally:
            self._ballast.unlink()

    def files(self) -> set[Path]:
        """Every file but the ballast."""
        return {path for path in self.root.rglob("*") if path.is_file()} - {self._ballast}


@contextlib.contextmanager
def small_disk(root: Path, size_mb: int) -> Iterator[SmallDisk]:
    """Mounted at the folder `root` meanwhile; skips the test where that is not allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "small-disk", str(root)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip(wants("a file system to fill"))
    try:
        yield SmallDisk(root)
    finally:
        subprocess.run(["umount", "--lazy", str(root)], check=True)
