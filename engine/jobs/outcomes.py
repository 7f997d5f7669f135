"""What a job leaves behind: published as tracks, followed by further jobs, or put where the user finds it."""

import logging
from pathlib import Path
from typing import Any

from engine.errors import AppError, Code
from engine.events import EventBus, TrackAdded
from engine.jobs.follow_ups import child, postprocess
from engine.jobs.job import Job, JobStatus
from engine.jobs.job_views import JobViews
from engine.jobs.queue import ALL, Queue
from engine.library.library import Library
from engine.library.publish import OUTCOME
from engine.settings import Settings

log = logging.getLogger(__name__)


class Outcomes:
    """Publishing, and telling what has become of a job."""

    def __init__(self, settings: Settings, queue: Queue, library: Library, events: EventBus, views: JobViews) -> None:
        self._settings = settings
        self._queue = queue
        self._library = library
        self._events = events
        self._views = views

    def folder(self, job: Job) -> Path:
        """Where the worker of this attempt leaves its results; another attempt has another."""
        return self._settings.jobs_dir / job.folder_name

    def exists(self, job: Job) -> bool:
        return (self.folder(job) / OUTCOME).exists()

    def publish(self, job: Job) -> None:
        """Make the outcome visible and the job complete; the follow-ups enter the queue in the same transaction.

        Nothing becomes visible when the job was taken from its owner meanwhile: somebody else makes it.
        """
        now = self._queue.get(job.id)
        if (now.status, now.attempt) != (JobStatus.RUNNING, job.attempt):
            log.warning("a job is no longer ours", extra={"job_id": job.id})
            return
        published = self._library.publish(self.folder(job))
        records = published.tracks
        children = [child(job, follow_up, records[0].id) for follow_up in job.follow_ups] if records else []
        ids = [record.id for record in records]
        if not self._queue.complete(job, ids, children, lambda tx: self._library.index(tx, records)):
            return
        for track_id in [*ids, *published.annotated]:
            self._events.publish(TrackAdded(self._library.row(track_id)))
        for follow_up in self._queue.children(job.id) if children else []:
            self.note_follow_up(follow_up)
            self._views.changed(follow_up.id)

    def adopt(self, folder: Path) -> None:
        """An outcome whose job nobody knows any more becomes tracks all the same; the next comparison indexes them."""
        if not (folder / OUTCOME).exists() or self._queue.knows(folder.name.partition(".")[0]):
            return
        try:
            self._library.publish(folder)
        except (ValueError, KeyError) as fault:
            self._rescue(folder, fault)

    def rescue(self, job: Job, fault: Exception) -> dict[str, Any]:
        """A finished result that cannot become a track is put where the user finds it; the error that says so."""
        return self._rescue(self.folder(job), fault)

    def _rescue(self, folder: Path, fault: Exception) -> dict[str, Any]:
        log.error("a finished result could not be published", exc_info=fault, extra={"folder": folder.name})
        place = self._library.set_aside(folder)
        error = AppError(
            Code.INTERNAL, "result_rescued", place=f"{place.parent.name}/{place.name}", reason=str(fault)[:200]
        )
        return error.body(self._settings.language)

    def settled(self, job_id: str) -> None:
        """A job's state has changed for good or for now: tell the page and its parent; idle holds end."""
        self.note_follow_up(self._queue.get(job_id))
        self._views.ended(job_id)
        if ALL in self._queue.end_idle_holds():
            self._views.hold_changed(False)

    def note_follow_up(self, job: Job) -> None:
        """Write the state of a follow-up into the record of the track that it follows."""
        if job.parent_id is None:
            return
        try:
            parent = self._queue.get(job.parent_id)
            state = postprocess(self._queue.children(parent.id))
            for track_id in parent.track_ids[:1]:
                self._library.set_postprocess(track_id, state)
                self._events.publish(TrackAdded(self._library.row(track_id)))
        except (AppError, OSError) as error:
            log.warning("a follow-up could not be noted: %s", error, extra={"job_id": job.id})
