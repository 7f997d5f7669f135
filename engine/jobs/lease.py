"""The device lease: engines that do not fit into memory together take turns."""

import threading
from collections.abc import Callable

HEADROOM_MB = 512


class DeviceLease:
    """Lets jobs use the device, several at once where they allow it. `free_mb` measures what is free, each time."""

    def __init__(self, free_mb: Callable[[], int]) -> None:
        self._free_mb = free_mb
        self._lock = threading.Lock()
        self._holders: dict[str, tuple[str, int, int]] = {}

    def acquire(self, holder: str, device_key: str, need_mb: int, slots: int = 1) -> str | None:
        """None when granted, else the device key that has to finish first.

        The first holder is always let in: whether it fits alone is for the engine to find out. Another one enters
        only if all of them allow so many `slots`, and what it needs, beside what the others may still claim, is free.
        """
        with self._lock:
            if self._holders and holder not in self._holders:
                claimed = sum(need for _, need, _ in self._holders.values())
                full = len(self._holders) >= min([slots, *(most for _, _, most in self._holders.values())])
                if full or self._free_mb() < need_mb + claimed + HEADROOM_MB:
                    return next(iter(self._holders.values()))[0]
            self._holders[holder] = (device_key, need_mb, slots)
            return None

    def release(self, holder: str) -> None:
        """Give the device back; releasing what is not held does nothing."""
        with self._lock:
            self._holders.pop(holder, None)
