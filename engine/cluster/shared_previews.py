"""What can be heard of running jobs, in the storage: nodes put it there, every server reads it from there."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from engine.errors import AppError, Code
from engine.jobs.job import Job
from engine.jobs.preview import FILE, PreviewFacts
from engine.library.storage import Storage

PART = "previews"
"""First part of the keys: `previews/JOB.ATTEMPT/NUMBER`."""
PIECE_BYTES = 2**19
"""An object has so much, the last one less: that one is written anew until it is full."""
EVERY_S = 1.0

log = logging.getLogger(__name__)


class SharedPreviews:
    """A thread of its own writes what was added, at most every `every_s`, and takes away what is over.

    A listener is told of what the storage has: never of more. Implements `Previews`.
    """

    def __init__(self, storage: Storage, jobs_dir: Path, every_s: float = EVERY_S) -> None:
        self._storage, self._jobs_dir, self._every_s = storage, jobs_dir, every_s
        self._grown: dict[str, tuple[str, PreviewFacts]] = {}
        self._begun: set[str] = set()
        self._over: set[str] = set()
        self._stored: dict[str, PreviewFacts] = {}
        self._wake = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="previews", daemon=True)

    def start(self, told: Callable[[str, PreviewFacts], object]) -> None:
        self._told = told
        self._thread.start()

    def stop(self) -> None:
        """What is over goes first, if the storage lets it."""
        self._stopping.set()
        with self._wake:
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def grew(self, job: Job, facts: PreviewFacts) -> None:
        with self._wake:
            self._begun.add(job.folder_name)
            self._grown[job.folder_name] = job.id, facts
            self._wake.notify_all()

    def piece(self, job: Job, known: PreviewFacts, start: int) -> bytes:
        at, end = known.span(start)
        if start < 0 or end <= at:
            return b""
        found = bytearray()
        try:
            while at < end:
                number, offset = divmod(at, PIECE_BYTES)
                with self._storage.open_range(_key(job.folder_name, number), offset) as stream:
                    data = stream.read(min(PIECE_BYTES - offset, end - at))
                if not data:
                    break
                found += data
                at += len(data)
        except AppError as error:
            if error.code is not Code.NOT_FOUND:
                raise
        return bytes(found)

    def ended(self, job: Job, *, elsewhere: bool = False) -> None:
        folder = job.folder_name
        with self._wake:
            if elsewhere or folder in self._begun:
                self._grown.pop(folder, None)
                self._begun.discard(folder)
                self._over.add(folder)
                self._wake.notify_all()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._grown or self._over or self._stopping.is_set())
                last = self._stopping.is_set()
                grown, self._grown = self._grown, {}
                over, self._over = self._over, set()
            if not last:
                for folder, (job_id, facts) in grown.items():
                    self._send(folder, job_id, facts)
            for folder in over:
                self._forget(folder)
            if last:
                return
            self._stopping.wait(self._every_s)

    def _send(self, folder: str, job_id: str, facts: PreviewFacts) -> None:
        try:
            self._write(folder, facts)
            self._told(job_id, facts)
        except OSError:  # the job has ended in this moment
            pass
        except AppError as error:
            log.warning("what can be heard of a job was not stored: %s", error, extra={"job_id": job_id})
            with self._wake:
                if folder in self._begun:
                    self._grown.setdefault(folder, (job_id, facts))

    def _write(self, folder: str, facts: PreviewFacts) -> None:
        stored = self._stored.get(folder)
        begun_anew = stored is None or (stored.rate_hz, stored.channels) != (facts.rate_hz, facts.channels)
        since = 0 if stored is None or begun_anew else stored.size
        with (self._jobs_dir / folder / FILE).open("rb") as file:
            for number in range(since // PIECE_BYTES, -(-facts.size // PIECE_BYTES)):
                file.seek(number * PIECE_BYTES)
                data = file.read(min(PIECE_BYTES, facts.size - number * PIECE_BYTES))
                self._storage.write(_key(folder, number), data)
        self._stored[folder] = facts

    def _forget(self, folder: str) -> None:
        self._stored.pop(folder, None)
        try:
            self._storage.delete_all(f"{PART}/{folder}/")
        except AppError as error:
            log.warning("what could be heard of a job is still stored: %s", error, extra={"folder": folder})
            with self._wake:
                self._over.add(folder)


def _key(folder: str, number: int) -> str:
    return f"{PART}/{folder}/{number}"
