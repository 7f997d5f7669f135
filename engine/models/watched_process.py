"""A process that fetches, watched until it ends: told of progress, killed with all it started on cancel.

A watchdog between the two sees to it that it does not outlive this process either, however that ends.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

WATCHDOG = Path(__file__).with_name("watchdog.py")
POLL_S = 0.1
PATIENCE_S = 180.0
"""A process whose files do not grow for this long is taken for stuck."""
MOST_SAID = 1 << 18
"""Bytes of its output that are kept, the last ones."""
LAST_WORDS_S = 5.0
"""How long they are waited for when it has ended."""


@dataclass(frozen=True)
class Outcome:
    """How it ended. `stuck`: it was killed for making no progress. `said`: the end of its output, both streams."""

    code: int
    said: str
    stuck: bool = False


def watch(command: Sequence[str], folder: Path, arrived: Callable[[], int], tick: Callable[[int], None],
          env: dict[str, str] | None = None) -> Outcome:  # fmt: skip
    """Run `command` in `folder`; `tick` is called ten times a second with the bytes that have arrived.

    Whatever `tick` raises ends the process and comes out. Raises FileNotFoundError when there is no such program. Its
    standard input stays open as long as this process lives.
    """
    if shutil.which(command[0]) is None:
        raise FileNotFoundError(command[0])
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(WATCHDOG), *command], cwd=folder, env={**os.environ, **(env or {})},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        creationflags=_NO_WINDOW, start_new_session=True,
    )  # fmt: skip
    said = bytearray()  # in memory: on a full disk the very words that say so would be lost
    listening = threading.Thread(target=_listen, args=(process, said), daemon=True)
    listening.start()
    stuck = False
    try:
        most, since = -1, time.monotonic()
        while process.poll() is None:
            now = arrived()
            if now > most:
                most, since = now, time.monotonic()
            tick(now)
            stuck = time.monotonic() - since > PATIENCE_S
            if stuck:
                break
            time.sleep(POLL_S)
    finally:
        _end(process)
        listening.join(timeout=LAST_WORDS_S)
    return Outcome(process.returncode, bytes(said).decode("utf-8", "replace"), stuck)


def _listen(process: "subprocess.Popen[bytes]", said: bytearray) -> None:
    assert process.stdout
    with process.stdout as stream:
        while words := os.read(stream.fileno(), 1 << 16):
            said += words
            del said[:-MOST_SAID]


if sys.platform == "win32":
    _NO_WINDOW = subprocess.CREATE_NO_WINDOW

    def _end(process: "subprocess.Popen[bytes]") -> None:
        if process.poll() is None:
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
        _reap(process)

else:
    _NO_WINDOW = 0

    def _end(process: "subprocess.Popen[bytes]") -> None:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: a group of zombies
                os.killpg(process.pid, signal.SIGKILL)
        _reap(process)


def _reap(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin:
        process.stdin.close()
    process.wait()


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
