"""Light tasks that go wrong in every way, for tests; known to workers with `--debug` only."""

import ctypes
import os
import sys
import time
from pathlib import Path
from typing import Protocol

from engine.command import TaskSet


class DebugTasks(Protocol):
    def hang(self, seconds: int) -> None: ...
    def crash(self) -> None: ...
    def sleep(self, seconds: int) -> None: ...
    def pid_of_the_second(self, path: Path, seconds: int) -> int: ...


DEBUG_TASKS = TaskSet[DebugTasks]("debug", DebugTasks, ("engine.debug.tasks",))


def hang(seconds: int) -> None:
    """Wait inside a C function that keeps the interpreter's lock, as a badly written library would."""
    if sys.platform == "win32":
        ctypes.PyDLL("kernel32").Sleep(1000 * seconds)
    else:
        ctypes.PyDLL(None).sleep(seconds)


def crash() -> None:
    os.abort()


def sleep(seconds: int) -> None:
    time.sleep(seconds)


def pid_of_the_second(path: Path, seconds: int) -> int:
    """Note the process in a file; the first waits for its end, for so long, the second tells its own."""
    with path.open("a") as file:
        print(os.getpid(), file=file)
    if len(path.read_text().split()) == 1:
        time.sleep(seconds)
    return os.getpid()
