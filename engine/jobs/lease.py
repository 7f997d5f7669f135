"""The device lease: model families that do not fit into memory together take turns."""

import threading
from collections.abc import Callable

import psutil

HEADROOM_MB = 512


def free_memory_mb() -> int:
    """Main memory that a new process could use now, as the system measures it."""
    return int(psutil.virtual_memory().available // 2**20)


class DeviceLease:
    """Lets `slots` jobs use the device at once. `free_mb` measures what is free, at each request."""

    def __init__(self, slots: int = 1, free_mb: Callable[[], int] = free_memory_mb) -> None:
        self._slots = slots
        self._free_mb = free_mb
        self._lock = threading.Lock()
        self._holders: dict[str, tuple[str, int]] = {}

    def acquire(self, holder: str, family: str, need_mb: int) -> str | None:
        """None when granted, else the family that has to finish first.

        The first holder is always let in: whether it fits alone is for the engine to find out. Another one enters
        only if a slot is left and what it needs, beside what the others may still claim, is free.
        """
        with self._lock:
            if self._holders and holder not in self._holders:
                claimed = sum(need for _, need in self._holders.values())
                full = len(self._holders) >= self._slots
                if full or self._free_mb() < need_mb + claimed + HEADROOM_MB:
                    return next(iter(self._holders.values()))[0]
            self._holders[holder] = (family, need_mb)
            return None

    def release(self, holder: str) -> None:
        """Give the device back; releasing what is not held does nothing."""
        with self._lock:
            self._holders.pop(holder, None)

    @property
    def families(self) -> list[str]:
        with self._lock:
            return [family for family, _ in self._holders.values()]
