"""A child process that fetches, watched until it ends: told of progress, killed with all it started on cancel."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

POLL_S = 0.1
PATIENCE_S = 180.0
"""A child whose files do not grow for this long is taken for stuck."""


@dataclass(frozen=True)
class Outcome:
    """How a child ended. `stuck`: it was killed for making no progress. `said`: its output, both streams."""

    code: int
    said: str
    stuck: bool = False


def watch(command: Sequence[str], folder: Path, arrived: Callable[[], int], tick: Callable[[int], None],
          env: dict[str, str] | None = None) -> Outcome:  # fmt: skip
    """Run `command` in `folder`; `tick` is called ten times a second with the bytes that have arrived.

    Whatever `tick` raises ends the child and comes out. Raises FileNotFoundError when there is no such program. The
    child's standard input stays open as long as this process lives.
    """
    log = folder / "client.log"
    with log.open("wb") as sink:
        child = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **(env or {})}, stdin=subprocess.PIPE, stdout=sink,
            stderr=subprocess.STDOUT, creationflags=_NO_WINDOW, start_new_session=True,
        )  # fmt: skip
        stuck = False
        try:
            most, since = -1, time.monotonic()
            while child.poll() is None:
                now = arrived()
                if now > most:
                    most, since = now, time.monotonic()
                tick(now)
                stuck = time.monotonic() - since > PATIENCE_S
                if stuck:
                    break
                time.sleep(POLL_S)
        finally:
            _end(child)
    return Outcome(child.returncode, log.read_text(encoding="utf-8", errors="replace"), stuck)


if sys.platform == "win32":
    _NO_WINDOW = subprocess.CREATE_NO_WINDOW

    def _end(child: "subprocess.Popen[bytes]") -> None:
        if child.poll() is None:
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(child.pid)], capture_output=True, check=False)
        _reap(child)

else:
    _NO_WINDOW = 0

    def _end(child: "subprocess.Popen[bytes]") -> None:
        if child.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: a group of zombies
                os.killpg(child.pid, signal.SIGKILL)
        _reap(child)


def _reap(child: "subprocess.Popen[bytes]") -> None:
    if child.stdin:
        child.stdin.close()
    child.wait()


def bytes_under(folder: Path) -> int:
    """Size of all files below `folder`, which may change meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(place, name).lstat().st_size
            except OSError:  # renamed or removed since it was listed
                continue
    return total
