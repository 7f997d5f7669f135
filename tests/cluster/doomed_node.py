"""`python -m tests.cluster.doomed_node STEP node ...`: a node that dies, with its workers, at one step of publishing.

The steps of `STEPS` come after what they name; `objects` is between the last object and the transaction.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import psutil

import webui
from engine.cluster import node
from engine.jobs.sql_queue import SqlQueue
from engine.library.storage import Storage
from engine.settings import Settings

PUTS = {"sound": ("audio/", ".wav", 1), "score": ("audio/", ".mid", 1), "stem": ("stems/", ".wav", 1),
        "stems": ("stems/", ".wav", 2), "peaks": ("peaks/", ".json", 3), "record": ("audio/", ".json", 1)}  # fmt: skip
"""Step -> how a key begins and ends, and the how manyth such object it is, of a track with a score and two stems."""
STEPS = (*PUTS, "objects", "transaction")


def die() -> None:
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    os.kill(os.getpid(), signal.SIGKILL)


class DoomedStorage:
    """A storage whose process dies once the object is there."""

    def __init__(self, storage: Storage, step: str) -> None:
        self._storage = storage
        self._begins, self._ends, self._left = PUTS[step]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def put(self, key: str, source: Path, *, exclusive: bool = False) -> bool:
        done = self._storage.put(key, source, exclusive=exclusive)
        self._count(key)
        return done

    def put_all(self, sources: Mapping[str, Path]) -> None:
        for key, source in sources.items():  # one after the other, so that it is known which are there
            self.put(key, source)

    def write(self, key: str, data: bytes) -> None:
        self._storage.write(key, data)
        self._count(key)

    def _count(self, key: str) -> None:
        if key.startswith(self._begins) and key.endswith(self._ends):
            self._left -= 1
            if not self._left:
                die()


def _doomed_complete(complete: Callable[..., bool], step: str) -> Callable[..., bool]:
    def completed(*values: Any) -> bool:
        if step == "objects":
            die()
        done = complete(*values)
        die()
        return done

    return completed


def main(step: str, arguments: list[str]) -> int:
    if step not in PUTS:
        with mock.patch.object(SqlQueue, "complete", _doomed_complete(SqlQueue.complete, step)):
            return webui.main(arguments)
    open_storage = node.open_storage

    def opened(settings: Settings) -> Any:
        return DoomedStorage(open_storage(settings), step)

    with mock.patch.object(node, "open_storage", opened):
        return webui.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
