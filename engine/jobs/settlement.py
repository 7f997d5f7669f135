"""What becomes of a job when its worker has finished, failed, fallen silent or died, or the server did."""

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import AppError, Code
from engine.events import EventBus, Notice, TrackAdded
from engine.jobs import figures
from engine.jobs.follow_up_notes import FollowUpNotes
from engine.jobs.follow_ups import child
from engine.jobs.job import MAX_INTERRUPTIONS, MAX_LOST_NODES, Job, JobStatus
from engine.jobs.job_views import JobViews
from engine.jobs.messages import JobCanceled, JobDone, JobFailed
from engine.jobs.preview import Previews
from engine.jobs.queue import ALL, Queue
from engine.jobs.shared_segments import SharedSegments
from engine.jobs.worker_process import WorkerProcess
from engine.library.atomic import remove_tree
from engine.library.library import Library
from engine.library.publish import OUTCOME
from engine.metrics import match_quality
from engine.settings import Settings
from engine.spans import span
from engine.trace import on_behalf

TEMPORARY = (AppError, OSError, SQLAlchemyError)
"""A full disk or a busy database, say: what failed so is tried again, or reported, but its job is not given up."""

OUTAGE_PAUSE_S = 10.0
"""So long a job waits that could not be begun, or go on, because the storage or the database was away."""

SETTLE_S = 5.0
"""So long who stops waits for what is being settled."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerExited:
    """The process has ended."""


End = JobDone | JobCanceled | JobFailed | WorkerExited
"""What ends a worker's job."""


@dataclass(eq=False, repr=False)
class Settlement:
    """`canceling(job_id)` says whether the user no longer wants a running job; `released(job)` is called for each whose
    worker is free again, before what is said of its end. `lock`: the dispatch's, under which the methods are called.

    `aside`: each job is settled in a thread of its own, so that nobody waits for a bucket or a database that is away.

    An interruption is no failure: the seed was drawn when the job was asked for and its result can be made again, so
    it runs again by itself. Only after MAX_INTERRUPTIONS it is left alone, lest a file that kills workers does so for
    ever.
    """

    settings: Settings
    queue: Queue
    library: Library
    events: EventBus
    views: JobViews
    previews: Previews
    canceling: Callable[[str], bool]
    released: Callable[[Job], None]
    lock: AbstractContextManager[object]
    aside: bool
    segments: SharedSegments | None = None
    unsettled: list[tuple[WorkerProcess, End]] = field(default_factory=list)
    """What is to be tried again, or waits until an earlier end of the same worker's is settled."""
    _settling: dict[WorkerProcess, threading.Thread] = field(default_factory=dict)
    _notes: FollowUpNotes = field(init=False)

    def __post_init__(self) -> None:
        self._notes = FollowUpNotes(self.queue, self.library, self.events)

    def folder(self, job: Job) -> Path:
        """Where the worker of this attempt leaves its results; another attempt has another."""
        return self.settings.jobs_dir / job.folder_name

    def _has_outcome(self, job: Job) -> bool:
        return (self.folder(job) / OUTCOME).exists()

    # while the server runs

    def deliver(self, worker: WorkerProcess, message: End) -> None:
        """Take a message; what cannot be settled now, because the disk is full or busy, is tried again each second."""
        job = worker.job
        if job is None or (not isinstance(message, WorkerExited) and message.job_id != job.id):
            return
        if worker in self._settling or worker in dict(self.unsettled):
            self.unsettled.append((worker, message))
        elif self.aside:
            thread = threading.Thread(
                target=self._settle_aside, args=(worker, job, message), name="settle", daemon=True
            )
            self._settling[worker] = thread
            thread.start()
        else:
            self._deliver(worker, job, message)

    def _settle_aside(self, worker: WorkerProcess, job: Job, message: End) -> None:
        try:
            self._deliver(worker, job, message)
        finally:
            with self.lock:
                del self._settling[worker]

    def ending(self) -> set[str]:
        """Ids of the jobs whose work is done, and that are not settled yet."""
        workers = [*self._settling, *(worker for worker, _ in self.unsettled)]
        return {worker.job_id for worker in workers if worker.job_id is not None}

    def _deliver(self, worker: WorkerProcess, job: Job, message: End) -> None:
        how = type(message).__name__
        with on_behalf(job.origin), span("job settle", job_id=job.id, job_command=job.command, job_end=how):
            self._settle_or_keep(worker, job, message)

    def _settle_or_keep(self, worker: WorkerProcess, job: Job, message: End) -> None:
        facts = {"job_id": job.id, "kind": type(message).__name__}
        try:
            try:
                self._settle(worker, job, message)
            except TEMPORARY:
                raise
            except Exception as error:
                log.exception("a job cannot be settled", extra=facts)
                if self._has_outcome(job):
                    failure = self._rescue(self.folder(job), error)
                else:
                    kind, reason = type(error).__name__, str(error)[:200]
                    failure = AppError(Code.INTERNAL, "unexpected", kind=kind, reason=reason).body(
                        self.settings.language
                    )
                message = JobFailed(job.id, failure, recoverable=False)
                self._settle(worker, job, message)
            remove_tree(self.folder(job))
            if job.segment is None:
                self.previews.ended(job)
            with self.lock:
                worker.job = None
                if job.segment is None:
                    self.views.ended(job.id)  # before anybody can begin it again
                self.released(job)
        except TEMPORARY as error:
            log.exception("a job cannot be settled yet", extra=facts)
            with self.lock:
                told = {other.job.user for other, _ in self.unsettled if other.job}
                self.unsettled.insert(0, (worker, message))  # before what came of this worker meanwhile
            if job.user not in told:
                self.events.publish(Notice("error", "ui.cannot_settle", {"reason": str(error)[:200]}, job.user))
            return
        if job.segment is None:
            self._pass_on(job)

    def deliver_again(self) -> None:
        unsettled, self.unsettled = self.unsettled, []
        for worker, message in unsettled:
            self.deliver(worker, message)

    def give_back(self, job: Job) -> None:
        """A segment was not made here: its job's own worker, or another node, makes it."""
        if self.segments and job.segment:
            self.segments.give_back(job.segment)

    def _settle(self, worker: WorkerProcess, job: Job, message: End) -> None:
        if job.segment is not None:
            if not isinstance(message, JobDone):
                log.warning(
                    "a segment was not made", extra={"job_id": job.segment.job_id, "end": type(message).__name__}
                )
                self.give_back(job)
            return
        match message:
            case JobDone():
                self._publish(job)
            case JobCanceled():
                remove_tree(self.folder(job))
                self._cancel(job)
            case JobFailed(_, error, recoverable):
                remove_tree(self.folder(job))  # first: the disk may be full of it
                if self.aside and error["code"] == Code.UNAVAILABLE:  # an outage is nobody's fault
                    self.queue.postpone(job, error, OUTAGE_PAUSE_S)
                else:
                    self.queue.fail(job, error, recoverable=recoverable)
            case WorkerExited():
                facts = {"worker": worker.name, "exit_code": worker.exit_code, "hung": worker.hung, "job_id": job.id}
                log.warning("a worker died at work", extra=facts)
                why = ("cause.worker_hung", {}) if worker.hung else ("cause.worker_ended", {"signal": worker.exit_code})
                self._left(job, self.canceling(job.id), *why)

    def _cancel(self, job: Job) -> None:
        """A running job is over; one that was lost was stopped, too, and waits for another node."""
        if self.queue.get(job.id).status is JobStatus.RUNNING:
            self.queue.cancel(job)

    def _publish(self, job: Job) -> None:
        """Make the outcome visible and the job complete; the follow-ups enter the queue in the same transaction.

        Nothing becomes visible when the job was taken from its owner meanwhile: somebody else makes it.
        """
        try:
            now = self.queue.get(job.id)
        except AppError as error:
            if error.code is not Code.NOT_FOUND:
                raise
            log.warning("a job is over, and forgotten", extra={"job_id": job.id})
            return
        if (now.status, now.attempt) == (JobStatus.COMPLETED, job.attempt):  # the answer to its transaction was lost
            self._tell_of(job, now.track_ids)
            return
        if (now.status, now.attempt) != (JobStatus.RUNNING, job.attempt):
            log.warning("a job is no longer ours", extra={"job_id": job.id})
            return
        published = self.library.publish(self.folder(job), job.user)
        records = published.tracks
        children = [child(job, follow_up, records[0]) for follow_up in job.follow_ups] if records else []
        ids = [record.id for record in records]

        def index(tx: Connection) -> None:
            self.library.index(tx, published)
            figures.keep(tx, job, records)

        if not self.queue.complete(job, ids, children, index):
            return
        for record in records:
            match_quality(record.details.get("match", {}).get("metrics", {}).get("after", {}))
        self._tell_of(job, [*ids, *published.annotated])

    def _tell_of(self, job: Job, track_ids: Sequence[str]) -> None:
        """A job is completed: of the tracks that it made or changed, and of what follows it."""
        for track_id in track_ids:
            with contextlib.suppress(AppError):  # deleted meanwhile
                self.events.publish(TrackAdded(self.library.row(track_id), job.user))
        if job.follow_ups:
            self._notes.note(job.id)
            self.views.changed(*(follow_up.id for follow_up in self.queue.children(job.id)))

    def _left(self, job: Job, canceled: bool, cause: str, values: dict[str, Any]) -> None:
        """Nobody is at a running job any more: what it left on disk settles it, or its cancel, or it was interrupted.

        Then it goes back to its place in the queue, or is over, if that has happened too often. `cause` is the name of
        a sentence, which `values` fill in.
        """
        if self._has_outcome(job):
            self._publish(job)
            return
        remove_tree(self.folder(job))
        why = _why(cause, values)
        if canceled:
            self._cancel(job)
        elif job.interruptions >= MAX_INTERRUPTIONS:
            error = AppError(Code.INTERRUPTED, "interrupted_often", times=job.interruptions + 1, why=why)
            self.queue.fail(job, error.body(self.settings.language), recoverable=False)
        else:
            error = AppError(Code.INTERRUPTED, "interrupted_again", why=why)
            self.queue.put_back(job, error.body(self.settings.language))

    def lost(self, job: Job) -> None:
        """The node that ran it is silent: somebody else may run it. What the node still writes is fenced off."""
        log.warning("a node was lost", extra={"job_id": job.id, "owner": job.owner, "attempt": job.attempt})
        with on_behalf(job.origin):
            if job.cancel_requested:
                changed = self.queue.cancel(job)
            elif job.lost_nodes >= MAX_LOST_NODES:
                error = AppError(Code.INTERRUPTED, "nodes_lost_often", times=job.lost_nodes + 1)
                changed = self.queue.fail(job, error.body(self.settings.language), recoverable=False)
            else:
                error = AppError(Code.INTERRUPTED, "interrupted_again", why=_why("cause.node_lost", {}))
                changed = self.queue.put_back(job, error.body(self.settings.language), lost_node=True)
            if changed:
                self.previews.ended(job, elsewhere=True)
                self.settled(job)

    def _rescue(self, folder: Path, fault: Exception) -> dict[str, Any]:
        """A finished result that cannot become a track is put where the user finds it; the error that says so."""
        log.error("a finished result could not be published", exc_info=fault, extra={"folder": folder.name})
        place = self.library.set_aside(folder)
        error = AppError(
            Code.INTERNAL, "result_rescued", place=f"{place.parent.name}/{place.name}", reason=str(fault)[:200]
        )
        return error.body(self.settings.language)

    def settled(self, job: Job) -> None:
        """A job's state has changed for good or for now: tell the page and its parent; idle holds end."""
        self.views.ended(job.id)
        self._pass_on(job)

    def _pass_on(self, job: Job) -> None:
        """What follows from its end. That has happened, so nothing here is a reason to settle it once more."""
        self.note_follow_up(job)
        try:
            for hold in self.queue.end_idle_holds():
                if hold.scope == ALL:
                    self.views.hold_changed(hold.user, False)
        except TEMPORARY:  # the next end lifts them
            log.exception("idle holds could not be ended", extra={"job_id": job.id})

    def note_follow_up(self, job: Job) -> None:
        """Have the state of a follow-up written into the record of the track that it follows."""
        if job.parent_id is not None:
            self._notes.note(job.parent_id)

    # when it stops and starts

    def hand_back(self, begun: Sequence[Job]) -> None:
        """The server stops and has ended its workers: what ran waits for the next start. That counts for nothing."""
        for thread in list(self._settling.values()):
            thread.join(timeout=SETTLE_S)
        for job in begun:
            self.previews.ended(job)
            if self._has_outcome(job):  # the next start makes it tracks
                continue
            try:
                if job.segment is not None:
                    self.give_back(job)
                elif self.canceling(job.id):
                    self.queue.cancel(job)
                else:
                    self.queue.put_back(job)
            except SQLAlchemyError:  # the next start finds it running
                log.exception("a job could not be handed back", extra={"job_id": job.id})
                continue
            remove_tree(self.folder(job))
            if job.segment is None:
                self.settled(job)
        self._notes.close()

    def recover(self, abandoned: Sequence[Job]) -> None:
        """After a crash: a job whose outcome lies on disk is completed, another running one was interrupted.

        An outcome whose job nobody knows any more, because the index was damaged, becomes tracks all the same; the next
        comparison indexes them.
        """
        for job in abandoned:
            try:
                with on_behalf(job.origin):
                    self._left(job, job.cancel_requested, "cause.program_ended", {})
            except TEMPORARY:
                raise
            except Exception as fault:
                self.queue.fail(job, self._rescue(self.folder(job), fault), recoverable=False)
            self.note_follow_up(job)
        for folder in self.settings.jobs_dir.iterdir():
            if (folder / OUTCOME).exists() and not self.queue.knows(folder.name.partition(".")[0]):
                try:
                    self.library.publish(folder)
                except TEMPORARY:
                    raise
                except Exception as fault:
                    self._rescue(folder, fault)
            remove_tree(folder)
        self.queue.prune()


def _why(cause: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The sentence of this name, inside another one."""
    return [{"key": f"error.{cause}", "values": values}]
