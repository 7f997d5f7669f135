"""Control: what the page and the command line ask of the queue. It builds and starts the other parts of the package."""

import contextlib
import logging
from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from typing import Any, Self

from sqlalchemy.exc import SQLAlchemyError

from engine.commands import command
from engine.errors import AppError
from engine.events import EventBus, Notice
from engine.jobs.about import about
from engine.jobs.batch import Batch
from engine.jobs.dispatch import Dispatch
from engine.jobs.follow_ups import checked, inputs
from engine.jobs.intake import Everything, Intake
from engine.jobs.job import ACTIVE, Job, JobStatus, Request
from engine.jobs.job_views import JobViews
from engine.jobs.preview import LocalPreviews, PreviewFacts, Previews
from engine.jobs.queue import ALL, Queue, QueueEntry
from engine.jobs.remarks import remarks
from engine.library.atomic import json_text
from engine.library.library import Library
from engine.parameters import Params, parse_text, split_command
from engine.relevance import silencers
from engine.settings import Settings
from engine.spans import span
from engine.state import StateItem, StateStore

LAST_RUN = StateItem("last_run.json")
"""What a user asked for last."""

log = logging.getLogger(__name__)


class Control:
    """Submit, cancel, move, hold back, retry: a job, a batch, or all that waits. Only one exists per output folder.

    It acts for all users, and a request is its user's; `of` a user it acts for them alone.
    """

    def __init__(
        self,
        settings: Settings,
        queue: Queue,
        library: Library,
        events: EventBus,
        state: StateStore,
        intake: Intake | None = None,
        previews: Previews | None = None,
    ) -> None:
        """`intake`: which jobs are begun here, all by default; `previews`: by default for jobs of this process."""
        self._settings = settings
        self._queue = queue
        self._library = library
        self._state = state
        self.views = JobViews(queue, events)
        self._previews = previews or LocalPreviews(settings.jobs_dir)
        self.dispatch = Dispatch(settings, queue, library, events, self.views, self._previews, intake or Everything())
        self.tasks = self.dispatch.pool.tasks
        self._user: str | None = None

    def of(self, user: str) -> Self:
        """The same for one user: a job of another's is not there, whatever a request says its user is this one."""
        scoped = copy(self)
        scoped._user, scoped._queue, scoped.views = user, self._queue.of(user), self.views.of(user)
        scoped._library = self._library.of(user)
        return scoped

    def recover(self) -> None:
        """As `Dispatch.recover`."""
        self.dispatch.recover()

    def start(self) -> None:
        """Settle what an earlier life left behind, then work."""
        self._previews.start(self.views.previewed)
        self.dispatch.start()
        self.views.start()

    def stop(self) -> None:
        """End the workers; what ran waits, and runs again when the application opens again."""
        self.dispatch.stop()
        self._previews.stop()
        self.views.stop()

    def heard(self, job_id: str, start: int) -> tuple[PreviewFacts | None, bytes]:
        """What can be heard of a job that runs, and of that the interleaved 16-bit samples from sample `start` on."""
        job = self._queue.get(job_id)
        known = self.views.preview(job)
        return known, self._previews.piece(job, known, start) if known else b""

    def submit(self, request: Request) -> Job:
        """Check and enqueue. Raises INVALID_INPUT, NOT_FOUND (an unknown input) or RATE_LIMITED."""
        with span("job submit", job_command=request.command):
            entry = self._entry(request)
            return self._entered(entry, [self._queue.enqueue(entry)])[0]

    def submit_batch(self, batch: Batch) -> list[Job]:
        """Check and enqueue one job for each source, all or none; sources that the batch has already stay as they are.

        Raises as `submit` does.
        """
        titles = {key: self._library.called(key) for key in batch.sources}
        entries = [self._entry(batch.request(key, title)) for key, title in titles.items()]
        with span("job submit", job_command=batch.command, job_count=len(entries)):
            return self._entered(entries[0], self._queue.enqueue_all(entries))

    def _entry(self, request: Request) -> QueueEntry:
        """The request, checked: the one time that its parameters are validated in the server."""
        user = self._user or request.user
        library = self._library.of(user)
        asked = command(request.command, debug=self._settings.debug)
        params = asked.params.checked(asked.with_wishes(request.params))
        params = asked.resolve(params, library.record_behind)
        asked.check(params, self._settings.models)
        wanted = [*request.follow_ups, *asked.follow_ups(params)]
        follow_ups = [checked(each, debug=self._settings.debug) for each in wanted]
        named = [(key, field in params.script_fields()) for field, key in params.inputs().items()]
        for key, script in [*named, *(each for follow_up in follow_ups for each in inputs(follow_up))]:
            library.check_input(key, script=script)
        request = replace(request, user=user, follow_ups=follow_ups)
        facts = about(asked, params, library.called)
        if request.variation:
            facts["variation"] = list(request.variation)
        return QueueEntry(request, asked, params, about=facts)

    def _entered(self, entry: QueueEntry, entered: list[Job]) -> list[Job]:
        if not (entry.request.background or entry.request.aside):
            self._note_last_run(entry)
        self.views.changed(*(job.id for job in entered))
        self.dispatch.wake()
        return entered

    def _note_last_run(self, entry: QueueEntry) -> None:
        last_run = {"command": entry.command.name, "params": entry.params.model_dump(mode="json")}
        try:
            self._state.change(entry.request.user, LAST_RUN, lambda _: json_text(last_run))
        except (AppError, OSError, SQLAlchemyError):  # a convenience: the job is in the queue all the same
            log.exception("the last run could not be noted")

    def cancel_batch(self, batch_id: str) -> int:
        """Every job of the batch that waits or runs; their number. Raises NOT_FOUND."""
        with self.dispatch.lock:
            running = [job.id for job in self._queue.batch(batch_id) if job.status is JobStatus.RUNNING]
            for job_id in running:
                self.cancel(job_id)
            return len(running) + self.cancel_waiting(batch_id)

    def retry_batch(self, batch_id: str) -> int:
        """Every failed job of the batch goes back into the queue; how many did. Raises NOT_FOUND."""
        failed = [job.id for job in self._queue.batch(batch_id) if job.status is JobStatus.FAILED]
        for job_id in failed:
            self.retry(job_id)
        return len(failed)

    def pause_batch(self, batch_id: str, paused: bool) -> bool:
        """Hold the waiting jobs of a batch back, or let them go on; other jobs are not touched. Raises NOT_FOUND.

        The hold ends by itself when nothing of it waits any more. Whether it holds now.
        """
        with self.dispatch.lock:
            batch = self._queue.batch(batch_id)
            held = self._queue.hold(batch_id, paused)
            self.views.changed(*(job.id for job in batch))
            self.dispatch.wake()
        return held

    def typed(
        self, text: str, params: dict[str, Any], *, default: str = "generate", **rest: Any
    ) -> tuple[Request, list[str]]:
        """What a user typed, `/command free text key=value`, as a request; and the parameters that the words set.

        They go before `params`, those that they silence included. Raises INVALID_INPUT.
        """
        name, words = split_command(text, default)
        model: type[Params] = command(name, debug=self._settings.debug).params
        said = parse_text(words, model)
        silenced = {loud for loud, quiet in silencers(model).items() if quiet in said and loud not in said}
        known = params if name == default else {k: v for k, v in params.items() if k in model.model_fields}
        base = {k: v for k, v in known.items() if k not in silenced}
        return Request(command=name, params={**base, **said}, text=text, **rest), list(said)

    def remarks(self, request: Request, named: Iterable[str]) -> list[Notice]:
        """What there is to say about a request that was taken: which of the `named` parameters have no effect."""
        params = command(request.command, debug=self._settings.debug).params.checked(request.params)
        return remarks(params, named)

    def cancel(self, job_id: str) -> Job:
        """A waiting job leaves the queue; a running one is asked to stop and killed after 3 s."""
        with self.dispatch.lock:
            job = now = self._queue.get(job_id)
            while now.status in ACTIVE and not self._canceled(now):
                now = self._queue.get(job_id)
        return job

    def _canceled(self, job: Job) -> bool:
        """Cancel an active job as it was found; False where it was begun, put back or ended meanwhile."""
        if self.dispatch.stop_job(job.id):
            try:
                self._queue.request_cancel(job)  # should the server end before the job does, it stays canceled
            except (AppError, SQLAlchemyError):  # canceling frees space on a full disk, so it does not wait for it
                log.exception("a cancel could not be noted", extra={"job_id": job.id})
            return True
        if self.dispatch.runs_elsewhere(job):
            return self._queue.request_cancel(job)  # whoever runs it looks often
        canceled = self._queue.cancel(job)
        if canceled:
            self.dispatch.settled(job)
        return canceled

    def cancel_waiting(self, batch_id: str | None = None) -> int:
        """Every waiting job, or those of a batch, leave the queue; how many did. Running ones go on."""
        with self.dispatch.lock:
            ids = self._queue.cancel_waiting(batch_id)
            for job_id in ids:
                with contextlib.suppress(AppError):  # forgotten meanwhile
                    self.dispatch.settled(self._queue.get(job_id))
        return len(ids)

    def move(self, job_id: str, position: int) -> Job:
        """Give a waiting job another place, 1 being the next. Raises INVALID_INPUT when it does not wait any more."""
        self.views.changed(*self._queue.move(job_id, position))
        self.dispatch.wake()
        return self._queue.get(job_id)

    def pause(self, paused: bool) -> bool:
        """Hold waiting jobs back, or let them go on. Running jobs, light tasks and other users are not touched.

        The hold outlives the application and ends by itself when nothing waits or runs any more. Whether it holds now.
        """
        with self.dispatch.lock:
            before, now = self.paused, self._queue.hold(ALL, paused)
            if before != now:
                self.views.hold_changed(self._user, now)
                self.dispatch.wake()
        return now

    @property
    def paused(self) -> bool:
        """Whether all waiting jobs are held back."""
        return ALL in self._queue.holds()

    def forget(self, job_id: str) -> None:
        """As `Queue.forget`, once whoever settles the job is through with it."""
        with self.dispatch.lock:
            self._queue.forget(job_id)

    def retry(self, job_id: str) -> Job:
        """Put a job that is over back into the queue; one that is active goes on as it is."""
        with self.dispatch.lock:  # nobody here begins it before that is told
            job = self._queue.retry(job_id)
            if job.status is JobStatus.PENDING:
                self.dispatch.settled(job)
        return job
