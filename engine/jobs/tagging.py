"""A user's whole library tagged in the background, the newest track first.

What is left to do follows from the index: every track that `/tag` of today has not heard. Kept is only whether it goes
on and which tracks failed, so that it resumes where it was after any end of the server.
"""

import contextlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from engine.errors import AppError, Code, invalid
from engine.events import EventBus, Notice, TaggingChanged
from engine.jobs.control import Control
from engine.jobs.job import ACTIVE, Job, JobStatus, Request
from engine.jobs.queue import Queue
from engine.library.atomic import json_text
from engine.library.library import Library
from engine.state import StateItem, StateStore
from engine.tag.facts import TAGGER_VERSION

State = Literal["idle", "running", "paused"]
Action = Literal["start", "pause", "stop"]

TAGGING = StateItem("tagging.json")

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

    Control, queue and library are those of the user, and `wake` has `look` called soon. What is kept says how it
    stands, to every server that shares it; `exclusive` lets one of them at a time act on it. With `resumes` it goes on
    where an earlier life left it; else it is as if that had been paused.
    """

    def __init__(
        self,
        user: str,
        state: StateStore,
        control: Control,
        queue: Queue,
        library: Library,
        events: EventBus,
        wake: Callable[[], None],
        exclusive: Callable[[], AbstractContextManager[object]],
        *,
        resumes: bool,
    ) -> None:
        self._user, self._state = user, state
        self._control, self._queue, self._library, self._events = control, queue, library, events
        self._wake, self._exclusive, self._resumes = wake, exclusive, resumes
        self._removed: list[str] = []
        self._told: TaggingChanged | None = None

    @property
    def is_running(self) -> bool:
        return self._kept().state == "running"

    def now(self) -> TaggingChanged:
        """How far it is: tracks of the library, those that `/tag` of today has heard, those that failed in this run."""
        kept = self._kept()
        return TaggingChanged(
            kept.state, self._library.count(), self._library.tagged(TAGGER_VERSION), len(kept.failed), self._user
        )

    def act(self, action: object) -> TaggingChanged:
        """Start or go on; pause, which lets the running one end; stop, which cancels it. Raises INVALID_INPUT."""
        if action not in get_args(Action):
            raise invalid("tagging_action", known=", ".join(get_args(Action)))
        with self._exclusive():
            state = self._kept().state
            if action == "start" and state != "running":
                self._withdraw(JobStatus.PENDING)  # of another process: they come again
                self._resumes = True
                if state == "idle":
                    self._change(lambda kept: _Kept("running"))
                else:
                    self._enter("running")
            elif action == "pause" and state == "running":
                self._enter("paused")
                self._withdraw(JobStatus.PENDING)
            elif action == "stop" and state != "idle":
                self._enter("idle")
                self._withdraw(*ACTIVE)
            try:
                self._pass()
            except AppError:  # the queue is full of what the user asked for: that goes first
                self._wake()
            return self.now()

    def look(self) -> None:
        """Take in what is over, and ask for more. Raises what a queue, a disk or a database raises that is full."""
        with self._exclusive():
            self._pass()

    def forget(self, track_ids: list[str]) -> None:
        """These are no longer in the library."""
        self._removed += track_ids

    def heard(self, now: TaggingChanged) -> None:
        """Its pages were told so, here or by another server."""
        self._told = now

    def _kept(self) -> _Kept:
        kept = _read(self._state.read(self._user, TAGGING))
        return replace(kept, state="paused") if kept.state == "running" and not self._resumes else kept

    def _change(self, change: Callable[[_Kept], _Kept]) -> None:
        def changed(text: str | None) -> str:
            kept = change(_read(text))
            return json_text({"state": kept.state, "failed": sorted(kept.failed)})

        self._state.change(self._user, TAGGING, changed)

    def _enter(self, state: State) -> None:
        self._change(lambda kept: replace(kept, state=state))

    def _fail(self, track_id: str) -> None:
        self._change(lambda kept: replace(kept, failed=kept.failed | {track_id}))

    def _withdraw(self, *statuses: JobStatus) -> None:
        for job in self._queue.background():
            if job.status in statuses:
                self._control.cancel(job.id)

    def _pass(self) -> None:
        removed, self._removed = frozenset(self._removed), []
        if removed & self._kept().failed:
            self._change(lambda kept: replace(kept, failed=kept.failed - removed))
        active = set()
        for job in self._queue.background():
            if job.status in ACTIVE:
                active.add(_track_id(job))
            else:
                self._take(job)
        kept = self._kept()
        if kept.state == "running" and len(active) < LEAST_WAITING:
            skipped = kept.failed | active
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
            self._fail(track_id)

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
            self._fail(track_id)
        self._control.forget(job.id)

    def _give_up(self, job: Job) -> None:
        """Pause, and say why."""
        if self._kept().state == "running" and job.error:
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


def _read(text: str | None) -> _Kept:
    """What is kept; nothing where that cannot be read."""
    try:
        kept: dict[str, Any] = json.loads(text or "")
        state, failed = kept["state"], frozenset(map(str, kept["failed"]))
        return _Kept(state, failed) if state in get_args(State) else _Kept()
    except (ValueError, KeyError, TypeError, RecursionError):
        return _Kept()
