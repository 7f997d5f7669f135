"""A child process that fetches, watched until it ends: told of progress, killed with all it started on cancel.

It hangs on a leash, so that it does not outlive this process either, however that ends.
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

LEASH = Path(__file__).with_name("leash.py")
POLL_S = 0.1
PATIENCE_S = 180.0
"""A child whose files do not grow for this long is taken for stuck."""
MOST_SAID = 1 << 18
"""Bytes of a child's output that are kept, the last ones."""
LAST_WORDS_S = 5.0
"""How long they are waited for when it has ended."""


@dataclass(frozen=True)
class Outcome:
    """How a child ended. `stuck`: it was killed for making no progress. `said`: the end of its output, both streams."""

    code: int
    said: str
    stuck: bool = False


def watch(command: Sequence[str], folder: Path, arrived: Callable[[], int], tick: Callable[[int], None],
          env: dict[str, str] | None = None) -> Outcome:  # fmt: skip
    """Run `command` in `folder`; `tick` is called ten times a second with the bytes that have arrived.

    Whatever `tick` raises ends the child and comes out. Raises FileNotFoundError when there is no such program. The
    child's standard input stays open as long as this process lives.
    """
    if shutil.which(command[0]) is None:
        raise FileNotFoundError(command[0])
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", str(LEASH), *command], cwd=folder, env={**os.environ, **(env or {})},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        creationflags=_NO_WINDOW, start_new_session=True,
    )  # fmt: skip
    said = bytearray()  # in memory: on a full disk the very words that say so would be lost
    listening = threading.Thread(target=_listen, args=(child, said), daemon=True)
    listening.start()
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
        listening.join(timeout=LAST_WORDS_S)
    return Outcome(child.returncode, bytes(said).decode("utf-8", "replace"), stuck)


def _listen(child: "subprocess.Popen[bytes]", said: bytearray) -> None:
    assert child.stdout
    with child.stdout as stream:
        while words := os.read(stream.fileno(), 1 << 16):
            said += words
            del said[:-MOST_SAID]


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
