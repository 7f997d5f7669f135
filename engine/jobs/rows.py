"""Jobs as the page shows them: the row from the database with live progress, place in the queue and time left."""

import logging
import threading
import time
from dataclasses import dataclass
from typing import Any

from engine.errors import AppError
from engine.jobs.events import EventBus, JobChanged
from engine.jobs.job import Job, JobStatus, eta_s
from engine.jobs.queue import Queue

INTERVAL_S = 0.1

log = logging.getLogger(__name__)


@dataclass
class _Live:
    """What changes too often for the database."""

    progress: float = 0.0
    stage: str | None = None
    preview: dict[str, Any] | None = None


class JobRows:
    """Collects changes and tells the bus at most ten times a second, each job once."""

    def __init__(self, queue: Queue, events: EventBus) -> None:
        self._queue = queue
        self._events = events
        self._live: dict[str, _Live] = {}
        self._waits_for: dict[str, str] = {}
        self._dirty: set[str] = set()
        self._places_moved = False
        self._wake = threading.Condition()
        self._running = False
        self.held = False
        self.held_batches: set[str] = set()

    def start(self) -> None:
        self._running = True
        threading.Thread(target=self._tell, name="job-rows", daemon=True).start()

    def stop(self) -> None:
        with self._wake:
            self._running = False
            self._wake.notify_all()

    def row(self, job: Job, places: dict[str, int] | None = None) -> dict[str, Any]:
        """The row that the page draws."""
        live = self._live.get(job.id, _Live())
        running = job.status is JobStatus.RUNNING
        places = self._places() if places is None and job.status is JobStatus.PENDING else places or {}
        return {
            "id": job.id,
            "request_id": job.request_id,
            "command": job.command,
            "text": job.text,
            "params": job.params,
            "status": job.status,
            "stage": live.stage if running else None,
            "progress": 1.0 if job.status is JobStatus.COMPLETED else live.progress if running else 0.0,
            "preview": live.preview if running else None,
            "eta_s": eta_s(job.started_at, live.progress) if running and job.started_at else None,
            "position": places.get(job.id) if job.status is JobStatus.PENDING else None,
            "waiting_for": self._waits_for.get(job.id) if job.status is JobStatus.PENDING else None,
            "held": (self.held or job.batch_id in self.held_batches) and job.status is JobStatus.PENDING,
            "batch_id": job.batch_id,
            "rank": job.rank,
            "attempt": job.attempt,
            "error": job.error,
            "dead_letter": job.dead_letter,
            "track_ids": job.track_ids,
            "parent_id": job.parent_id,
            "created_at": job.created_at,
            "started_at": job.started_at,
            "finished_at": job.finished_at,
        }

    def all(self) -> list[dict[str, Any]]:
        places = self._places()
        return [self.row(job, places) for job in self._queue.recent()]

    def _places(self) -> dict[str, int]:
        return {job.id: place for place, job in enumerate(self._queue.waiting(), start=1)}

    def begun(self, job: Job) -> None:
        self._live[job.id] = _Live()
        self._waits_for.pop(job.id, None)
        self.changed(job.id, places=True)

    def progressed(self, job_id: str, progress: float, stage: str | None) -> None:
        live = self._live.setdefault(job_id, _Live())
        live.progress, live.stage = max(live.progress, min(progress, 1.0)), stage
        self.changed(job_id)

    def previewed(self, job_id: str, preview: dict[str, Any]) -> None:
        """So much of the sound can be heard: samples, rate_hz, channels."""
        self._live.setdefault(job_id, _Live()).preview = preview
        self.changed(job_id)

    def preview(self, job_id: str) -> dict[str, Any] | None:
        live = self._live.get(job_id)
        return live.preview if live else None

    def ended(self, job_id: str) -> None:
        self._live.pop(job_id, None)
        self.changed(job_id, places=True)

    def waits_for(self, job_id: str, family: str | None) -> None:
        """The job waits until this family gives the device back; None when it does not wait."""
        if self._waits_for.get(job_id) != family:
            if family is None:
                self._waits_for.pop(job_id, None)
            else:
                self._waits_for[job_id] = family
            self.changed(job_id)

    def hold(self, held: bool) -> None:
        """Waiting jobs are held back, or go on."""
        self.held = held
        for job in self._queue.waiting():
            self.changed(job.id)

    def changed(self, job_id: str, *, places: bool = False) -> None:
        with self._wake:
            self._dirty.add(job_id)
            self._places_moved = self._places_moved or places
            self._wake.notify_all()

    def _tell(self) -> None:
        while True:
            with self._wake:
                while self._running and not self._dirty:
                    self._wake.wait(5)
                if not self._running:
                    return
                dirty, self._dirty = self._dirty, set()
                moved, self._places_moved = self._places_moved, False
            try:
                self._publish(dirty, everyone_waiting=moved)
            except Exception:  # a busy database; the next change tells the page again
                log.exception("the page could not be told of changed jobs")
            time.sleep(INTERVAL_S)

    def _publish(self, job_ids: set[str], *, everyone_waiting: bool) -> None:
        places = self._places()
        for job_id in job_ids | (set(places) if everyone_waiting else set()):
            try:
                row = self.row(self._queue.get(job_id), places)
            except AppError:  # forgotten meanwhile
                continue
            self._events.publish(JobChanged(row))
            time.sleep(0)
