"""How many lines are spoken at once: as many as processors are free, counted again while the work goes on."""

import math
import os
import time
from pathlib import Path

import psutil

LOOK_AGAIN_S = 5.0
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Microseconds of processor time, and in how many: control groups of Linux, version 2, which limit containers."""


def lanes_beside(others: float, cpus: int, of_all: int) -> int:
    """Lines at once on `cpus` processors that this process may use, of all that the computer has, while other programs
    keep `others` busy all over. Half of the processors at least: those may be less urgent, and the system shares."""
    free = cpus * (1 - min(others / of_all, 1.0))
    return max(math.ceil(cpus / 2), math.floor(free + 0.5))


def usable_cpus(quota: Path = _QUOTA) -> int:
    """Processors that this process may use: by its affinity, and by the quota of its container."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        allowed, period = quota.read_text(encoding="ascii").split()
        return min(found, max(1, round(int(allowed) / int(period))))
    except (OSError, ValueError):  # another system, or no quota: "max"
        return found


class Crew:
    """`lanes` follows the load of the computer, without that of this process and its children: the load average would
    count our own work of the last minutes against us, and knows nothing of containers."""

    def __init__(self, most: int) -> None:
        self._most = self._lanes = most
        self._cpus, self._all = usable_cpus(), psutil.cpu_count() or 1
        self._looked = self._spent()

    @property
    def lanes(self) -> int:
        """How many there may be now."""
        before = self._looked
        if time.monotonic() - before[0] >= LOOK_AGAIN_S:
            now = self._looked = self._spent()
            others = max(0.0, (now[1] - before[1]) - (now[2] - before[2])) / (now[0] - before[0])
            self._lanes = min(self._most, lanes_beside(others, self._cpus, self._all))
        return self._lanes

    def _spent(self) -> tuple[float, float, float]:
        """The time, what all programs spent so far, and what we did; seconds."""
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        counted_twice = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
        own = 0.0
        for process in (me := psutil.Process(), *me.children(recursive=True)):
            try:
                spent = process.cpu_times()
            except psutil.Error:  # ended meanwhile
                continue
            own += spent.user + spent.system
        return time.monotonic(), sum(times) - counted_twice - idle, own
