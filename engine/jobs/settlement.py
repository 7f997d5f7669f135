"""What becomes of a job when its worker has finished, failed, fallen silent or died, or the server did."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from sqlalchemy.exc import SQLAlchemyError

from engine.errors import AppError, Code
from engine.events import EventBus, Notice
from engine.jobs.job import MAX_INTERRUPTIONS, Job
from engine.jobs.messages import JobCanceled, JobDone, JobFailed
from engine.jobs.outcomes import Outcomes
from engine.jobs.queue import Queue
from engine.jobs.worker_process import WorkerProcess
from engine.library.atomic import remove_tree
from engine.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerExited:
    """The process has ended."""


End = JobDone | JobCanceled | JobFailed | WorkerExited
"""What ends a worker's job."""


class Settlement:
    """`canceling(job_id)` says whether the user no longer wants a running job; `released(job)` hears of each settled.

    An interruption is no failure: the seed was drawn when the job was asked for and its result can be made again, so
    it runs again by itself. Only after MAX_INTERRUPTIONS it is left alone, lest a file that kills workers does so for
    ever.
    """

    def __init__(
        self,
        settings: Settings,
        queue: Queue,
        outcomes: Outcomes,
        events: EventBus,
        *,
        canceling: Callable[[str], bool],
        released: Callable[[Job], None],
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._outcomes = outcomes
        self._events = events
        self._canceling = canceling
        self._released = released
        self._unsettled: list[tuple[WorkerProcess, End]] = []

    @property
    def waits(self) -> bool:
        """Something could not be settled yet."""
        return bool(self._unsettled)

    def deliver(self, worker: WorkerProcess, message: End) -> None:
        """Take a message; what cannot be settled now, because the disk is full or busy, is tried again each second."""
        facts = {"job_id": worker.job_id, "kind": type(message).__name__}
        try:
            self._take(worker, message)
        except (AppError, OSError, SQLAlchemyError) as error:
            log.exception("a job cannot be settled yet", extra=facts)
            if not self._unsettled:
                self._events.publish(Notice("error", "ui.cannot_settle", {"reason": str(error)[:200]}))
            self._unsettled.append((worker, message))
        except Exception as error:
            log.exception("a job cannot be settled", extra=facts)
            if worker.job and self._outcomes.exists(worker.job):
                self.failed(worker, self._outcomes.rescue(worker.job, error))
            elif worker.job:
                failure = AppError(Code.INTERNAL, "unexpected", kind=type(error).__name__, reason=str(error)[:200])
                self.failed(worker, failure.body(self._settings.language))

    def deliver_again(self) -> None:
        unsettled, self._unsettled = self._unsettled, []
        for worker, message in unsettled:
            self.deliver(worker, message)

    def _take(self, worker: WorkerProcess, message: End) -> None:
        job = worker.job
        if job is None or (not isinstance(message, WorkerExited) and message.job_id != job.id):
            return
        match message:
            case JobDone():
                self._completed(worker)
            case JobCanceled():
                self._canceled(worker)
            case JobFailed():
                self.failed(worker, message.error, recoverable=message.recoverable)
            case WorkerExited():
                self._died(worker, job)
            case _:
                assert_never(message)

    def _completed(self, worker: WorkerProcess) -> None:
        assert worker.job
        self._outcomes.publish(worker.job)
        self._release(worker)

    def _canceled(self, worker: WorkerProcess) -> None:
        assert worker.job
        remove_tree(self._outcomes.folder(worker.job))
        self._queue.cancel(worker.job)
        self._release(worker)

    def failed(self, worker: WorkerProcess, error: dict[str, Any], *, recoverable: bool = False) -> None:
        """Its job ends with this error, or is tried again later if the fault may pass."""
        assert worker.job
        remove_tree(self._outcomes.folder(worker.job))  # first: the disk may be full of it
        self._queue.fail(worker.job, error, recoverable=recoverable)
        self._release(worker)

    def _died(self, worker: WorkerProcess, job: Job) -> None:
        """Its job is settled by what it left on disk, by a cancel that was asked for, or as an interruption."""
        facts = {"worker": worker.name, "exit_code": worker.exit_code, "hung": worker.hung, "job_id": job.id}
        log.warning("a worker died at work", extra=facts)
        if self._outcomes.exists(job):
            self._completed(worker)
        elif self._canceling(job.id):
            self._canceled(worker)
        else:
            remove_tree(self._outcomes.folder(job))
            if worker.hung:
                self._interrupted(job, "cause.worker_hung")
            else:
                self._interrupted(job, "cause.worker_ended", signal=worker.exit_code)
            self._release(worker)

    def _interrupted(self, job: Job, cause: str, **values: Any) -> None:
        """Back to its place in the queue, or over, if that has happened too often. `cause` is a sentence's name."""
        times = job.interruptions + 1
        why = [{"key": f"error.{cause}", "values": values}]
        if times > MAX_INTERRUPTIONS:
            error = AppError(Code.INTERRUPTED, "interrupted_often", times=times, why=why)
            self._queue.fail(job, error.body(self._settings.language), recoverable=False)
        else:
            error = AppError(Code.INTERRUPTED, "interrupted_again", why=why)
            self._queue.put_back(job, error.body(self._settings.language))

    def _release(self, worker: WorkerProcess) -> None:
        job, worker.job = worker.job, None
        if job:
            remove_tree(self._outcomes.folder(job))
            self._released(job)

    def hand_back(self, begun: Sequence[Job]) -> None:
        """The server stops and has ended its workers: what ran waits for the next start. That counts for nothing."""
        for job in begun:
            if self._outcomes.exists(job):  # the next start makes it tracks
                continue
            try:
                if self._canceling(job.id):
                    self._queue.cancel(job)
                else:
                    self._queue.put_back(job)
            except SQLAlchemyError:  # the next start finds it running
                log.exception("a job could not be handed back", extra={"job_id": job.id})
                continue
            remove_tree(self._outcomes.folder(job))

    def recover(self, abandoned: Sequence[Job]) -> None:
        """After a crash: a job whose outcome lies on disk is completed, another running one was interrupted.

        An outcome whose job nobody knows any more, because the index was damaged, becomes tracks all the same.
        """
        for job in abandoned:
            self._recover(job)
            self._outcomes.note_follow_up(self._queue.get(job.id))
        for folder in self._settings.jobs_dir.iterdir():
            self._outcomes.adopt(folder)
            remove_tree(folder)
        self._queue.prune()

    def _recover(self, job: Job) -> None:
        if self._outcomes.exists(job):
            try:
                self._outcomes.publish(job)
            except (ValueError, KeyError) as fault:
                self._queue.fail(job, self._outcomes.rescue(job, fault), recoverable=False)
        elif job.cancel_requested:
            self._queue.cancel(job)
        else:
            self._interrupted(job, "cause.program_ended")
