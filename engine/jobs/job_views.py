"""Jobs as the page shows them: the row from the database with live progress, place in the queue and time left."""

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from engine.errors import AppError
from engine.events import BackgroundChanged, Event, EventBus, JobChanged, QueueChanged
from engine.jobs import about
from engine.jobs.job import Job, JobStatus, eta_s
from engine.jobs.preview import PreviewFacts
from engine.jobs.queue import ALL, Queue

INTERVAL_S = 0.1
STOP_S = 5.0
"""So long who stops waits for what is still to be told."""

SHOWN = (
    "id", "request_id", "command", "text", "params", "status", "batch_id", "rank", "attempt", "failures",
    "interruptions", "error", "dead_letter", "track_ids", "parent_id", "created_at", "started_at", "finished_at",
)  # fmt: skip
"""What the page is shown of a job's row as it stands there."""

log = logging.getLogger(__name__)


@dataclass
class _Live:
    """A job that runs, and what changes too often for the database."""

    job: Job
    progress: float = 0.0
    stage: str | None = None
    preview: PreviewFacts | None = None
    stages: set[str] = field(default_factory=set)


class _Waiting:
    """What waits of a user's now: ids and ranks, the next one first, and the scopes that are held."""

    def __init__(self, order: dict[str, float], holds: frozenset[str]) -> None:
        self.order, self.holds = order, holds
        self.places = {job_id: place for place, job_id in enumerate(order, start=1)}


class _AllWaiting(dict[str, _Waiting]):
    """That of each user, looked up once it is wanted."""

    def __init__(self, queue: Queue) -> None:
        super().__init__()
        self._queue = queue

    def __missing__(self, user: str) -> _Waiting:
        queue = self._queue.of(user)
        order = queue.order()
        found = self[user] = _Waiting(order, queue.holds() if order else frozenset())
        return found


class JobViews:
    """Collects changes and publishes them at most ten times a second, each job once, to the user whose it is.

    What changes while a job runs is kept here: its progress reads nothing from the queue. A job's `position` is its
    place among those of its user, who is told nothing of how many others wait.
    """

    def __init__(self, queue: Queue, events: EventBus) -> None:
        self._queue = queue
        self._events = events
        self._live: dict[str, _Live] = {}
        self._elsewhere: dict[str, dict[str, Any]] = {}
        self._waits_for: dict[str, str] = {}
        self._dirty: dict[str, None] = {}
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._running = False

    def of(self, user: str) -> Self:
        """The jobs of one user."""
        scoped = copy(self)
        scoped._queue = self._queue.of(user)
        return scoped

    def start(self) -> None:
        self._running = True
        self._thread = threading.Thread(target=self._run, name="job-views", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """What is still to be told is, if that is soon done."""
        with self._wake:
            self._running = False
            self._wake.notify_all()
        if self._thread:
            self._thread.join(timeout=STOP_S)

    def row(self, job: Job, all_waiting: Mapping[str, _Waiting] | None = None) -> dict[str, Any]:
        """The row that the page draws; who asks for many keeps what is waiting."""
        running, waits = job.status is JobStatus.RUNNING, job.status is JobStatus.PENDING
        live = (self._known(job) if running else None) or _Live(job)
        waiting = (_AllWaiting(self._queue) if all_waiting is None else all_waiting)[job.user] if waits else None
        return {
            **{name: getattr(job, name) for name in SHOWN},
            "about": about.of(job),
            "stage": live.stage,
            "progress": 1.0 if job.status is JobStatus.COMPLETED else live.progress,
            "preview": live.preview and asdict(live.preview),
            "eta_s": eta_s(job.started_at, live.progress) if running and job.started_at else None,
            "position": waiting.places.get(job.id) if waiting else None,
            "waiting_for": self._waits_for.get(job.id) if waits else None,
            "held": bool(waiting and waiting.holds & {ALL, job.batch_id}),
        }

    def _known(self, job: Job) -> "_Live | None":
        """What is known of a job that runs: here, or elsewhere in this attempt."""
        told = self._elsewhere.get(job.id)
        if job.id in self._live or told is None or told["attempt"] != job.attempt:
            return self._live.get(job.id)
        preview = told["preview"]
        return _Live(job, told["progress"], told["stage"], preview and PreviewFacts(**preview))

    def rows(self, jobs: Iterable[Job]) -> list[dict[str, Any]]:
        """Those of many."""
        waiting = _AllWaiting(self._queue)
        return [self.row(job, waiting) for job in jobs]

    def all(self) -> list[dict[str, Any]]:
        return self.rows(self._queue.recent())

    def begun(self, job: Job) -> None:
        self._live[job.id] = _Live(job)
        self._waits_for.pop(job.id, None)
        self.changed(job.id)

    def progressed(self, job_id: str, progress: float, stage: str | None) -> str | None:
        """The stage's name, without counts that follow it, where this attempt has come to it for the first time."""
        live = self._live.get(job_id)
        if live is None:
            return None
        live.progress, live.stage = max(live.progress, min(progress, 1.0)), stage
        if not live.job.background:
            self.changed(job_id)
        name = (stage or "").partition(" ")[0]
        if not name or name in live.stages:
            return None
        live.stages.add(name)
        return name

    def hear(self, event: Event) -> None:
        """What another process of the cluster tells of a job that it runs."""
        if not isinstance(event, JobChanged) or event.row["id"] in self._live:
            return
        if event.row["status"] == JobStatus.RUNNING:
            self._elsewhere[event.row["id"]] = event.row
        else:
            self._elsewhere.pop(event.row["id"], None)

    def compare(self) -> None:
        """Jobs that other processes were said to run and that they do not run any more are told anew: whoever ended
        them may have died before that was said."""
        for job_id, told in list(self._elsewhere.items()):
            try:
                job = self._queue.get(job_id)
                runs = (job.status, job.attempt) == (JobStatus.RUNNING, told["attempt"])
            except AppError:  # forgotten meanwhile
                runs = False
            if not runs and self._elsewhere.get(job_id) is told:
                self._elsewhere.pop(job_id, None)
                self.changed(job_id)

    def stages(self) -> list[tuple[str, str | None]]:
        """Command and stage of each job that runs."""
        return [(live.job.command, live.stage) for live in list(self._live.values())]

    def previewed(self, job_id: str, preview: PreviewFacts) -> None:
        """So much of the sound can be heard."""
        if live := self._live.get(job_id):
            live.preview = preview
            self.changed(job_id)

    def preview(self, job: Job) -> PreviewFacts | None:
        """What can be heard of a job that runs."""
        live = self._known(job)
        return live.preview if live else None

    def ended(self, job_id: str) -> None:
        self._live.pop(job_id, None)
        self._elsewhere.pop(job_id, None)
        self._waits_for.pop(job_id, None)
        self.changed(job_id)

    def waits_for(self, job_id: str, device_key: str | None) -> None:
        """The job waits until the engines of this device key give the device back; None when it does not wait."""
        if self._waits_for.get(job_id) != device_key:
            if device_key is None:
                self._waits_for.pop(job_id, None)
            else:
                self._waits_for[job_id] = device_key
            self.changed(job_id)

    def hold_changed(self, user: str | None, held: bool) -> None:
        """All that waits of a user's, or everyone's, is held back now, or goes on."""
        self.changed(*(self._queue if user is None else self._queue.of(user)).order())
        self._events.publish(QueueChanged(held, user))

    def changed(self, *job_ids: str) -> None:
        """These have other rows in the queue."""
        with self._wake:
            self._dirty |= dict.fromkeys(job_ids)
            self._wake.notify_all()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._dirty or not self._running)
                running, dirty = self._running, list(self._dirty)
                self._dirty.clear()
            try:
                self._publish(dirty)
            except Exception:  # a busy database; the next change publishes them again
                log.exception("changed jobs could not be published")
            if not running:
                return
            with self._wake:
                self._wake.wait_for(lambda: not self._running, INTERVAL_S)

    def _publish(self, dirty: Iterable[str]) -> None:
        waiting = _AllWaiting(self._queue)
        for job_id in dirty:
            live = self._live.get(job_id)
            try:
                job = live.job if live else self._queue.get(job_id)
                event = BackgroundChanged(job.user) if job.background else JobChanged(self.row(job, waiting), job.user)
            except AppError:  # forgotten meanwhile
                continue
            self._events.publish(event)
            time.sleep(0)
