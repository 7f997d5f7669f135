"""The scheduler: takes jobs from the queue, leases the device, hands them to workers and settles what comes back."""

import logging
import threading
import time
from dataclasses import replace
from typing import Any, assert_never

from sqlalchemy.exc import SQLAlchemyError

from engine.command import Command, Lane
from engine.commands import command
from engine.errors import AppError
from engine.faults import as_app_error
from engine.jobs.batch import Batch
from engine.jobs.events import EventBus, QueueChanged
from engine.jobs.follow_ups import checked
from engine.jobs.job import ACTIVE, Job, JobStatus, Request
from engine.jobs.job_views import JobViews
from engine.jobs.lease import DeviceLease
from engine.jobs.messages import (
    CancelJob,
    JobCanceled,
    JobDone,
    JobFailed,
    JobPreview,
    JobProgress,
    MemoryReport,
    Report,
    RunJob,
    TaskDone,
    TaskFailed,
)
from engine.jobs.outcomes import Outcomes
from engine.jobs.owner import Owner
from engine.jobs.queue import ALL, HEARTBEAT_S, LOCAL_POOL, Entry, Queue
from engine.jobs.settlement import Settlement, WorkerExited
from engine.jobs.worker_pool import WorkerPool
from engine.jobs.worker_process import WorkerProcess
from engine.library.atomic import write_json
from engine.library.library import Library
from engine.models.device import free_mb
from engine.parameters import Params, parse_text, split_command
from engine.settings import Settings

CANCEL_GRACE_S = 3.0

log = logging.getLogger(__name__)


class Scheduler:
    """Only one exists per output folder."""

    def __init__(self, settings: Settings, queue: Queue, library: Library, events: EventBus) -> None:
        self._settings = settings
        self._queue = queue
        self._library = library
        self._events = events
        self._owner = Owner.of(settings.state_dir)
        self._renewed = 0.0
        self._lease = DeviceLease(lambda: int(1024 * self._free_gb(Lane.MODEL)))
        self._wake = threading.Condition()
        self._kill_at: dict[str, float] = {}
        self._running = False
        self._due = True
        self._pool = WorkerPool(settings, wake=self.wake, on_message=self._on_message, on_exit=self._on_exit)
        self.tasks = self._pool.tasks
        self._thread: threading.Thread | None = None
        self.views = JobViews(queue, events)
        self._outcomes = Outcomes(settings, queue, library, events, self.views)
        self._settlement = Settlement(
            settings, queue, self._outcomes, events, canceling=self._kill_at.__contains__, released=self._released
        )

    # life

    def start(self) -> None:
        """Settle what an earlier life left behind, then work."""
        self._settlement.recover(self._owner.folder)
        self._queue.end_idle_holds()
        self._running = True
        self._pool.open()
        self.views.start()
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the workers; what ran waits, and runs again when the application opens again."""
        self._running = False
        self.wake()
        if self._thread:
            self._thread.join(timeout=5)
        self._settlement.hand_back(self._pool.close())
        self.views.stop()

    def wake(self) -> None:
        """There may be something to do."""
        with self._wake:
            self._due = True
            self._wake.notify_all()

    # what the page and the command line ask for

    def submit(self, request: Request) -> Job:
        """Check and enqueue. Raises INVALID_INPUT, NOT_FOUND (an unknown input) or RATE_LIMITED."""
        asked = command(request.command, debug=self._settings.debug)
        params = asked.params.checked(request.params)
        asked.check(params, self._settings.models)
        follow_ups = [*request.follow_ups, *asked.follow_ups(params)]
        request = replace(request, follow_ups=[checked(f, debug=self._settings.debug) for f in follow_ups])
        for key in params.inputs().values():
            self._library.input_path(key)
        job = self._queue.enqueue(Entry(request, asked, params))
        self._remember(asked, params)
        self.views.changed(job.id)
        self.wake()
        return job

    def submit_batch(self, batch: Batch) -> list[Job]:
        """Check and enqueue one job for each source, all or none; sources that the batch has already stay as they are.

        Raises as `submit` does.
        """
        asked = command(batch.command, debug=self._settings.debug)
        entries = []
        for key in batch.sources:
            params = asked.params.checked({**batch.params, batch.field: key})
            asked.check(params, self._settings.models)
            for name in params.inputs().values():
                self._library.input_path(name)
            follow_ups = [checked(f, debug=self._settings.debug) for f in asked.follow_ups(params)]
            title = self._library.input_title(key) or f"/{asked.name}"
            entries.append(Entry(batch.request(key, title, follow_ups), asked, params))
        entered = self._queue.enqueue_all(entries)
        self.views.changed(*(job.id for job in entered))
        self._remember(asked, entries[0].params)
        self.wake()
        return entered

    def cancel_batch(self, batch_id: str) -> int:
        """Every job of the batch that waits or runs; how many were told. Raises NOT_FOUND."""
        with self._wake:
            ids = [job.id for job in self._queue.batch(batch_id) if job.status in ACTIVE]
            for job_id in self._queue.cancel_waiting(batch_id):
                self._settled(job_id)
            for job_id in ids:
                if self._pool.at(job_id) is not None:
                    self.cancel(job_id)
        return len(ids)

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
        with self._wake:
            batch = self._queue.batch(batch_id)
            held = self._queue.hold(batch_id, paused)
            self.views.changed(*(job.id for job in batch))
            self.wake()
        return held

    def submit_text(self, text: str, params: dict[str, Any], *, default: str = "generate", **rest: Any) -> Job:
        """What a user typed: `/command free text key=value`; its values go before `params`."""
        name, words = split_command(text, default)
        model = command(name, debug=self._settings.debug).params
        base = params if name == default else {k: v for k, v in params.items() if k in model.model_fields}
        return self.submit(Request(command=name, params={**base, **parse_text(words, model)}, text=text, **rest))

    def _remember(self, asked: Command[Any], params: Params) -> None:
        last_run = {"command": asked.name, "params": params.model_dump(mode="json")}
        try:
            write_json(self._settings.state_dir / "last_run.json", last_run)
        except (AppError, OSError):  # a convenience: the job is in the queue all the same
            log.exception("the last run could not be noted")

    def cancel(self, job_id: str) -> Job:
        """A waiting job leaves the queue; a running one is asked to stop and killed after 3 s."""
        with self._wake:
            job = self._queue.get(job_id)
            if self._stop(job_id):
                self._note_cancel(job)
            elif self._queue.cancel(job):
                self._settled(job_id)
        return job

    def _note_cancel(self, job: Job) -> None:
        """Should the server end before the job does, it stays canceled."""
        try:
            self._queue.request_cancel(job)
        except (AppError, SQLAlchemyError):  # canceling gives room on a full disk, so it does not wait for some
            log.exception("a cancel could not be noted", extra={"job_id": job.id})

    def cancel_waiting(self) -> int:
        """Every waiting job leaves the queue; how many did. Running ones go on."""
        with self._wake:
            ids = self._queue.cancel_waiting()
            for job_id in ids:
                self._settled(job_id)
        return len(ids)

    def move(self, job_id: str, position: int) -> Job:
        """Give a waiting job another place, 1 being the next. Raises INVALID_INPUT when it does not wait any more."""
        job = self._queue.move(job_id, position)
        self.views.changed(job_id)
        self.wake()
        return job

    def pause(self, paused: bool) -> bool:
        """Hold waiting jobs back, or let them go on. Running jobs and light tasks are not touched.

        The hold outlives the application and ends by itself when nothing waits or runs any more. Whether it holds now.
        """
        with self._wake:
            before, now = self.paused, self._queue.hold(ALL, paused)
            if before != now:
                self._held(now)
        return now

    @property
    def paused(self) -> bool:
        """Whether all waiting jobs are held back."""
        return ALL in self._queue.holds()

    def _held(self, held: bool) -> None:
        self.views.changed(*self._queue.order())
        self._events.publish(QueueChanged(held))
        self.wake()

    def retry(self, job_id: str) -> Job:
        """Put a job that is over back into the queue; one that is active goes on as it is."""
        job = self._queue.retry(job_id)
        if job.status is JobStatus.PENDING:
            self._settled(job.id)
        return job

    # the loop

    def _loop(self) -> None:
        while True:
            with self._wake:
                if not self._running:
                    return
                try:
                    pause_s = self._pause_s()
                except SQLAlchemyError:
                    log.exception("the queue could not be asked")
                    pause_s = 1.0
                if not self._due:
                    self._wake.wait(pause_s)
                self._due = False
                if not self._running:
                    return
                try:
                    self._renew()
                    self._settlement.deliver_again()
                    self._kill_overdue()
                    for lane, error in self._pool.reap_failed_starts():
                        self._give_up(lane, error)
                    self._pool.hand_out_tasks()
                    for lane in Lane:
                        self._fill(lane)
                except Exception:
                    log.exception("the scheduler stumbled")

    def _pause_s(self) -> float:
        """Until the next deadline, at most five seconds."""
        ends = [*self._kill_at.values()]
        pause_end = self._queue.next_pause_end()
        if pause_end is not None:
            ends.append(time.monotonic() + pause_end - time.time())
        if self._settlement.waits:
            ends.append(time.monotonic() + 1.0)
        if self._pool.awaits_start:
            ends.append(time.monotonic() + 0.5)
        return min([5.0, *(max(0.01, end - time.monotonic()) for end in ends)])

    def _renew(self) -> None:
        """Keep the claims on what runs, every HEARTBEAT_S; what was taken or canceled elsewhere is stopped."""
        running = self._pool.running()
        if not running or time.monotonic() - self._renewed < HEARTBEAT_S:
            return
        self._renewed = time.monotonic()
        try:
            lost = running - self._queue.renew(self._owner.name)
        except (AppError, SQLAlchemyError):  # a full disk; what follows may make room
            log.exception("claims could not be renewed")
            return
        for job_id in lost:
            log.warning("a job is no longer ours", extra={"job_id": job_id})
            self._stop(job_id)

    def _stop(self, job_id: str) -> bool:
        """Ask the worker that is at this job to stop, and kill it after 3 s; False when none is."""
        worker = self._pool.at(job_id)
        if worker is not None:
            worker.send(CancelJob(job_id))
            self._kill_at.setdefault(job_id, time.monotonic() + CANCEL_GRACE_S)
            self.wake()
        return worker is not None

    def _kill_overdue(self) -> None:
        for job_id, deadline in list(self._kill_at.items()):
            if time.monotonic() >= deadline:
                self._kill_at[job_id] = float("inf")
                worker = self._pool.at(job_id)
                if worker is not None:
                    log.warning("cancel was not heard, killing the worker", extra={"job_id": job_id})
                    worker.kill()

    def _give_up(self, lane: Lane, error: dict[str, Any]) -> None:
        """Workers do not start at all: say so on the job that waits for one."""
        job = self._queue.claim(lane, LOCAL_POOL, self._owner.name)
        if job and self._queue.fail(job, error, recoverable=False):
            self._settled(job.id)

    def _fill(self, lane: Lane) -> None:
        """Start waiting jobs as far as workers and the device lease allow."""
        while job := self._queue.next_ready(lane, LOCAL_POOL):
            max_concurrency = _max_concurrency(job, self._free_gb(lane))
            if lane is Lane.MODEL:
                blocking = self._lease.acquire(job.id, job.device_key, job.memory_mb, max_concurrency)
                self.views.waits_for(job.id, blocking)
                if blocking:
                    return
            room = self._pool.has_room(lane, max_concurrency)
            worker = self._pool.idle(lane, max_concurrency, job.device_key) if room else None
            if worker is None:
                self._lease.release(job.id)
                return
            try:
                if begun := self._queue.claim(lane, LOCAL_POOL, self._owner.name, job_id=job.id):
                    self._pool.make_room(worker, begun, int(1024 * self._free_gb(lane)))
                    worker.max_concurrency = max_concurrency
                    self._hand_over(worker, begun)
            finally:
                if worker.job_id != job.id:  # it did not begin
                    self._lease.release(job.id)

    def _free_gb(self, lane: Lane) -> float:
        """Memory that a lane's jobs could use now; what windows are to be cut for stands for the device's own.

        Every weight goes through main memory, so that it is at most what is free there.
        """
        if lane is Lane.MODEL and self._settings.vram_gb is not None:
            return self._settings.vram_gb
        return min(free_mb("cpu"), free_mb("cpu" if lane is Lane.LIGHT else self._settings.device)) / 1024

    def warm_up(self) -> None:
        """Start a light worker before it is asked for."""
        with self._wake:
            self._pool.idle(Lane.LIGHT)

    def _hand_over(self, worker: WorkerProcess, job: Job) -> None:
        """Tell a worker of a job that was claimed for it."""
        try:
            params: Params = command(job.command, debug=True).params.checked(job.params)
            inputs = {key: self._library.input(key) for key in params.inputs().values()}
            folder = self._outcomes.folder(job)
            folder.mkdir(parents=True)
        except (AppError, OSError) as fault:
            error = as_app_error(fault)
            self._queue.fail(job, error.body(self._settings.language), recoverable=error.recoverable)
            self._settled(job.id)
            return
        worker.job = job
        self.views.begun(job)
        queued_s = max(0.0, (job.started_at or 0) - job.created_at)
        worker.send(
            RunJob(
                job.id, job.attempt, job.interruptions, job.command, job.params, inputs, folder, job.memory_mb, queued_s
            )
        )
        self._outcomes.note_follow_up(job)

    # what workers say

    def _on_message(self, worker: WorkerProcess, message: Report) -> None:
        with self._wake:
            match message:
                case JobProgress() | JobPreview() if message.job_id != worker.job_id:
                    pass  # it was settled meanwhile
                case JobProgress(job_id, progress, stage):
                    self.views.progressed(job_id, progress, stage)
                case JobPreview(job_id, preview):
                    self.views.previewed(job_id, preview)
                case TaskDone() | TaskFailed():
                    self.tasks.settle(worker, message)
                case MemoryReport():
                    self._pool.noted(worker, message)
                case JobDone() | JobCanceled() | JobFailed():
                    self._settlement.deliver(worker, message)
                case _:
                    assert_never(message)

    def _on_exit(self, worker: WorkerProcess) -> None:
        with self._wake:
            self._pool.leave(worker)
            if self._running:
                self._settlement.deliver(worker, WorkerExited())

    def _released(self, job: Job) -> None:
        """A running job was settled: others may have what it held."""
        self._kill_at.pop(job.id, None)
        self._lease.release(job.id)
        self._settled(job.id)

    def _settled(self, job_id: str) -> None:
        """A job's state has changed for good or for now: tell the page, its parent, and whoever waits."""
        job = self._queue.get(job_id)
        self._outcomes.note_follow_up(job)
        self.views.ended(job_id)
        if ALL in self._queue.end_idle_holds():
            self._held(False)
        self.wake()


def _max_concurrency(job: Job, free_gb: float) -> int:
    """How many jobs may run beside each other while this one does; an unreadable one is refused when it is begun.

    One that was interrupted runs alone: memory may have been what ended its worker.
    """
    if job.interruptions:
        return 1
    try:
        asked = command(job.command, debug=True)
        return max(1, asked.max_concurrency(asked.params.checked(job.params), free_gb))
    except Exception:  # a plug-in's may raise anything
        return 1
