"""Who claims jobs, and what one process has claimed."""

import logging
import os
import secrets
import socket
import time
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from engine.command import Lane
from engine.errors import AppError
from engine.jobs.job import Job
from engine.jobs.queue import HEARTBEAT_S, LOCAL_POOL, Queue
from engine.library.atomic import write_bytes

FILE = "owner"

log = logging.getLogger(__name__)


class Claims:
    """The queue as one process takes from it; its heartbeat lasts as long as `lost` is asked again and again.

    `TOKEN:host:pid` stands beside each job that it has claimed. The token lies in the output folder, which one process
    holds at a time, by its lock. Who holds the lock knows that every other owner whose name begins with the token is
    dead, whatever the database is shared with.
    """

    def __init__(self, queue: Queue, state_dir: Path) -> None:
        self._queue = queue
        self._folder = f"{_token(state_dir / FILE)}:"
        self._owner = f"{self._folder}{socket.gethostname()[:100]}:{os.getpid()}"
        self._renewed = 0.0

    def next_ready(self, lane: Lane) -> Job | None:
        return self._queue.next_ready(lane, LOCAL_POOL)

    def claim(self, lane: Lane, job_id: str | None = None) -> Job | None:
        """Begin the next ready job of a lane, or only this one; None when there is none or somebody was faster."""
        return self._queue.claim(lane, LOCAL_POOL, self._owner, job_id=job_id)

    def abandoned(self) -> list[Job]:
        """What earlier processes in this folder were at, and claims that expired."""
        return self._queue.abandoned(self._folder)

    def lost(self, running: set[str]) -> set[str]:
        """Renew the claims on what runs, every HEARTBEAT_S; the ids of jobs that were taken or canceled elsewhere."""
        if not running or time.monotonic() - self._renewed < HEARTBEAT_S:
            return set()
        self._renewed = time.monotonic()
        try:
            return running - self._queue.renew(self._owner)
        except (AppError, SQLAlchemyError):  # a full disk; whoever asks may make room
            log.exception("claims could not be renewed")
            return set()


def _token(path: Path) -> str:
    """What the file says, which is made anew where it is not there. Raises DISK_FULL."""
    try:
        token = path.read_text().strip()
    except OSError:
        token = ""
    if not token:
        token = secrets.token_hex(8)
        write_bytes(path, token.encode())
    return token
