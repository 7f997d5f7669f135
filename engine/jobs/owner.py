"""Who claims jobs: a process that works in an output folder."""

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from engine.library.atomic import write_bytes

FILE = "owner"


@dataclass(frozen=True)
class Owner:
    """`name`, `TOKEN:host:pid`, stands beside each job that it has claimed.

    The token, `folder`, lies in the output folder, which one process holds at a time, by its lock. Who holds the lock
    knows that every other owner whose name begins with the token is dead, whatever the database is shared with.
    """

    folder: str
    name: str


def owner_in(state_dir: Path) -> Owner:
    """The owner that this process is, for the output folder whose lock it holds. Raises DISK_FULL."""
    path = state_dir / FILE
    try:
        token = path.read_text().strip()
    except OSError:
        token = ""
    if not token:
        token = secrets.token_hex(8)
        write_bytes(path, token.encode())
    return Owner(f"{token}:", f"{token}:{socket.gethostname()[:100]}:{os.getpid()}")
