"""Pools: which nodes may run a job. `light` needs no model; `model.cpu` and `model.cudaN`, N GiB of free memory, do."""

import re
import time
from collections.abc import Callable, Collection, Sequence

from sqlalchemy import select

from engine.command import Lane
from engine.database import Database
from engine.database.tables import nodes
from engine.jobs.lease import HEADROOM_MB
from engine.jobs.queue import QueueEntry
from engine.models.device import expected_device, free_mb
from engine.settings import Settings

LIGHT, CPU, CUDA = "light", "model.cpu", "model.cuda"
SIZES_GB = (8, 12, 16, 24, 32, 48, 80, 141)
"""Memory of the devices that there are, as they are sold; a little less is free on one."""
NEARLY = 0.9
KNOWN_S = 24 * 3600.0
"""A pool whose last node has been silent for so long is not counted on."""
LOOK_S = 10.0

_NAME = re.compile(r"light|model\.cpu|model\.cuda(\d{1,4})")


def is_pool(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def lane_of(pool: str) -> Lane:
    return Lane.LIGHT if pool == LIGHT else Lane.MODEL


def pools_here(settings: Settings) -> Sequence[str]:
    """Whose jobs this computer is made for: those of the device's size, by its free memory, and of smaller ones; last,
    on that device too, those that were asked for while no node with one was known, which only model.cpu has."""
    device = expected_device(settings.device)
    if not device.startswith("cuda"):
        return (CPU,)
    free_gb = free_mb(device) / 1024
    fitting = [size for size in SIZES_GB if size * NEARLY <= free_gb]
    return [*(f"{CUDA}{size}" for size in reversed(fitting)), CPU]


def pool_for(lane: Lane, memory_mb: Callable[[str], int], known: Collection[str]) -> str:
    """The smallest pool of the `known` ones that has what a job takes; `memory_mb(device)`: how much that is, MiB."""
    if lane is Lane.LIGHT:
        return LIGHT
    sizes = sorted(int(found[1]) for pool in known if (found := _NAME.fullmatch(pool)) and found[1])
    if not sizes:
        return CPU
    need_gb = (memory_mb("cuda") + HEADROOM_MB) / 1024
    return f"{CUDA}{next((size for size in sizes if size * NEARLY >= need_gb), sizes[-1])}"


class Pools:
    """The pools of the cluster, by the nodes that told of themselves; looked up every few seconds."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._database = settings, database
        self._known: frozenset[str] = frozenset()
        self._looked_at = float("-inf")

    def of(self, entry: QueueEntry) -> str:
        """Who may claim what is asked for."""
        command, params = entry.command, entry.params
        return pool_for(
            command.lane(params), lambda device: command.memory_mb(params, device, self._settings.models), self.known()
        )

    def known(self) -> frozenset[str]:
        if time.monotonic() - self._looked_at > LOOK_S:
            recent = select(nodes.c.pools).where(nodes.c.heartbeat_at > time.time() - KNOWN_S)
            with self._database.read() as connection:
                self._known = frozenset(pool for pools in connection.scalars(recent) for pool in pools)
            self._looked_at = time.monotonic()
        return self._known
