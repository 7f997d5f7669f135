"""A speech engine in a process of its own, so that one that hangs or dies can be ended and started anew.

What is said to it and what it answers: see `booth_main`.
"""

import contextlib
import itertools
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from engine.drama.voices.utterance import Utterance
from engine.errors import AppError, Code
from engine.models.engine import ModelEngine
from engine.settings import PROJECT

if TYPE_CHECKING:
    from engine.context import JobContext

LOADING_S = 300.0
"""An engine that is not ready after so long is taken for stuck."""
LOOK_S = 0.1
WINDING_UP_S = 0.6
"""A canceled line that is still at it after so long is ended with its process."""


@dataclass(frozen=True)
class Staging:
    """What a booth is made of. `maker`: dotted path `module:function` of what makes the engine from `files`, `threads`
    (that one line is computed by) and `service`, the address of one that runs elsewhere. `lanes`: lines at once;
    `folder`: of the `LineCache` in which they are left."""

    engine: str
    maker: str
    files: list[str]
    folder: str
    lanes: int = 1
    threads: int = 1
    service: str = ""


class Booth(ModelEngine["subprocess.Popen[bytes]"]):
    """The process, between load and dispose. `peak_mb`: the most memory that it held."""

    def __init__(self, staging: Staging) -> None:
        self.staging, self.device_key, self.peak_mb = staging, staging.engine, 0
        self.numbers = itertools.count(1)  # one for each line, so that no late answer is taken for another's
        self._answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def _read(self, job: "JobContext") -> "subprocess.Popen[bytes]":
        threads = {"OMP_NUM_THREADS": str(self.staging.threads)}
        process = subprocess.Popen(
            [sys.executable, "-m", "engine.drama.voices.booth_main"], cwd=PROJECT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**os.environ, "PYTHONUTF8": "1", **threads}, **_QUIETLY,
        )  # fmt: skip
        try:
            self._answers = queue.SimpleQueue()
            _send(process, asdict(self.staging))
            threading.Thread(target=_listen, args=(process, self._answers), name="booth", daemon=True).start()
            self._wait_until_ready(job.check_canceled)
        except BaseException:
            _end(process)
            raise
        return process

    def _wait_until_ready(self, check_canceled: Callable[[], None]) -> None:
        deadline = time.monotonic() + LOADING_S
        while (said := self.heard()) is None:
            check_canceled()
            if time.monotonic() > deadline:
                raise AppError(Code.INTERNAL, "voice_stuck", engine=self.staging.engine)
        if "error" in said:
            raise AppError.revived(said["error"])
        if "ready" not in said:
            raise AppError(Code.INTERNAL, "voice_died", engine=self.staging.engine)

    def unload(self) -> None:
        if self._weights is not None:
            _end(self._weights)
        super().unload()

    def say(self, number: int, key: str, utterance: Utterance) -> None:
        """Have a line spoken; an answer with this number follows."""
        _send(self._loaded, {"number": number, "key": key, "utterance": utterance.model_dump()})

    def heard(self) -> dict[str, Any] | None:
        """The next answer, None where none comes for a moment. `ended` is the last one of a process."""
        try:
            said = self._answers.get(timeout=LOOK_S)
        except queue.Empty:
            return None
        self.peak_mb = max(self.peak_mb, said.get("peak_mb", 0))
        return said

    def stop(self, running: int) -> None:
        """Have so many lines given up; the process lives on if it does so at once."""
        _send(self._loaded, {"cancel": True})
        deadline = time.monotonic() + WINDING_UP_S
        while running and time.monotonic() < deadline:
            said = self.heard()
            if said and "ended" in said:
                break
            running -= said is not None
        if running:
            self.unload()


def _send(process: "subprocess.Popen[bytes]", message: dict[str, Any]) -> None:
    """A process that is gone does not hear it: that it ended is told by `heard`."""
    assert process.stdin
    with contextlib.suppress(OSError):
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()


def _listen(process: "subprocess.Popen[bytes]", answers: "queue.SimpleQueue[dict[str, Any]]") -> None:
    assert process.stdout
    with process.stdout as stream, contextlib.suppress(ValueError):  # half a line, of one that died
        for line in stream:
            answers.put(json.loads(line))
    answers.put({"ended": True})


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    if process.stdin:
        with contextlib.suppress(OSError):
            process.stdin.close()


_QUIETLY: dict[str, Any]
if sys.platform == "win32":
    _QUIETLY = {"creationflags": subprocess.CREATE_NO_WINDOW}
else:
    _QUIETLY = {}
