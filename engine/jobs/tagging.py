"""A user's whole library tagged in the background, the newest track first.

What is left to do follows from the index: every track that `/tag` of today has not heard. Kept is only whether it goes
on and which tracks failed, so that it resumes where it was after any end of the server.
"""

import contextlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from engine.errors import AppError, Code, invalid
from engine.events import EventBus, Notice, TaggingChanged
from engine.jobs.control import Control
from engine.jobs.job import ACTIVE, Job, JobStatus, Request
from engine.jobs.queue import Queue
from engine.library.atomic import write_json
from engine.library.library import Library
from engine.tag.facts import TAGGER_VERSION

State = Literal["idle", "running", "paused"]
Action = Literal["start", "pause", "stop"]

FILE = "tagging.json"

MOST_WAITING = 16
"""So many jobs are in the queue at a time, however large the library."""
LEAST_WAITING = 8
NOT_OF_THE_TRACK = {Code.MODEL_MISSING, Code.DISK_FULL}
"""What would go wrong with the next track as well."""
OF_THE_TRACK = {Code.NOT_FOUND, Code.INVALID_INPUT}
"""With which a track is refused before it is a job: its sound is gone, say."""


@dataclass(frozen=True)
class _Kept:
    state: State = "idle"
    failed: frozenset[str] = frozenset()


class Tagging:
    """`start`, `pause` and `stop` it; the user's pages are told how far it is.

    Control, queue and library are those of the user, and `wake` has `look` called soon. With `resumes` it goes on where
    an earlier life left it; else it is as if that had been paused.
    """

    def __init__(
        self,
        user: str,
        folder: Path,
        control: Control,
        queue: Queue,
        library: Library,
        events: EventBus,
        wake: Callable[[], None],
        *,
        resumes: bool,
    ) -> None:
        self._user, self._path = user, folder / FILE
        self._control, self._queue, self._library, self._events = control, queue, library, events
        self._wake = wake
        self._lock = threading.RLock()
        kept = _read(self._path)
        self._state: State = "paused" if kept.state == "running" and not resumes else kept.state
        self._failed = set(kept.failed)
        self._removed: list[str] = []
        self._told: TaggingChanged | None = None

    @property
    def is_running(self) -> bool:
        return self._state == "running"

    def now(self) -> TaggingChanged:
        """How far it is: tracks of the library, those that `/tag` of today has heard, those that failed in this run."""
        return TaggingChanged(
            self._state, self._library.count(), self._library.tagged(TAGGER_VERSION), len(self._failed), self._user
        )

    def act(self, action: object) -> TaggingChanged:
        """Start or go on; pause, which lets the running one end; stop, which cancels it. Raises INVALID_INPUT."""
        if action not in get_args(Action):
            raise invalid("tagging_action", known=", ".join(get_args(Action)))
        with self._lock:
            if action == "start" and self._state != "running":
                if self._state == "idle":
                    self._failed.clear()
                self._withdraw(JobStatus.PENDING)  # of another process: they come again
                self._enter("running")
            elif action == "pause" and self._state == "running":
                self._enter("paused")
                self._withdraw(JobStatus.PENDING)
            elif action == "stop" and self._state != "idle":
                self._enter("idle")
                self._withdraw(*ACTIVE)
            try:
                self._pass()
            except AppError:  # the queue is full of what the user asked for: that goes first
                self._wake()
            return self.now()

    def look(self) -> None:
        """Take in what is over, and ask for more. Raises what a queue, a disk or a database raises that is full."""
        with self._lock:
            self._pass()

    def forget(self, track_ids: list[str]) -> None:
        """These are no longer in the library."""
        self._removed += track_ids

    def _enter(self, state: State) -> None:
        self._state = state
        self._keep()

    def _keep(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_json(self._path, {"state": self._state, "failed": sorted(self._failed)})

    def _withdraw(self, *statuses: JobStatus) -> None:
        for job in self._queue.background():
            if job.status in statuses:
                self._control.cancel(job.id)

    def _pass(self) -> None:
        while self._removed:
            self._failed.discard(self._removed.pop())
        active = set()
        for job in self._queue.background():
            if job.status in ACTIVE:
                active.add(_track_id(job))
            else:
                self._take(job)
        if self._state == "running" and len(active) < LEAST_WAITING:
            skipped = self._failed | active
            todo = self._library.untagged(TAGGER_VERSION, limit=MOST_WAITING + len(skipped))
            wanted = [track_id for track_id in todo if track_id not in skipped][: MOST_WAITING - len(active)]
            for track_id in wanted:
                self._ask(track_id)
            if not wanted and not active:
                self._enter("idle")
            elif not self._queue.background():  # all of those failed at once: on to the next
                self._wake()
        self._tell()

    def _ask(self, track_id: str) -> None:
        try:
            self._control.submit(asked(track_id, with_stems=self._stems_spoke(track_id)))
        except AppError as error:
            if error.code not in OF_THE_TRACK:
                raise
            self._failed.add(track_id)
            self._keep()

    def _stems_spoke(self, track_id: str) -> bool:
        """Its facts say what each of its stems says, and those are there to say it again."""
        with contextlib.suppress(AppError):
            said = set(self._library.record(track_id).facts.get("stems") or ())
            return bool(said) and said <= self._library.input(f"track:{track_id}").stems.keys()
        return False

    def _take(self, job: Job) -> None:
        track_id, code = _track_id(job), (job.error or {}).get("code")
        if job.status is JobStatus.FAILED and code in NOT_OF_THE_TRACK:
            self._give_up(job)
        elif job.status in (JobStatus.FAILED, JobStatus.COMPLETED) and self._is_left(track_id):
            self._failed.add(track_id)
            self._keep()
        self._control.forget(job.id)

    def _give_up(self, job: Job) -> None:
        """Pause, and say why."""
        if self._state == "running" and job.error:
            self._enter("paused")
            self._withdraw(JobStatus.PENDING)
            why = job.error["detail"]
            self._events.publish(Notice("warning", why["key"], why["values"], self._user))

    def _is_left(self, track_id: str) -> bool:
        """It is there, and not tagged."""
        with contextlib.suppress(AppError):
            return self._library.tag_version(track_id) != TAGGER_VERSION
        return False

    def _tell(self) -> None:
        now = self.now()
        if now != self._told:
            self._told = now
            self._events.publish(now)


def asked(track_id: str, *, with_stems: bool) -> Request:
    """What is asked for each track; with its stems where a listening to the whole would take back what they said."""
    enhanced = {"stem_enhanced": True} if with_stems else {}
    return Request("tag", {"source": f"track:{track_id}", **enhanced}, text="/tag", background=True)


def _track_id(job: Job) -> str:
    return str(job.params["source"]).partition(":")[2]


def _read(path: Path) -> _Kept:
    """What an earlier life left; nothing where that cannot be read."""
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        state, failed = kept["state"], frozenset(map(str, kept["failed"]))
        return _Kept(state, failed) if state in get_args(State) else _Kept()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return _Kept()
