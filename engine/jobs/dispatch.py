"""Dispatch: takes jobs from the queue, leases the device, hands them to workers, and stops what shall not go on."""

import logging
import threading
import time
from dataclasses import replace
from typing import Any, assert_never

from sqlalchemy.exc import SQLAlchemyError

from engine.command import Lane
from engine.errors import AppError
from engine.events import EventBus
from engine.jobs import messages
from engine.jobs.handover import Handover, needs
from engine.jobs.intake import Intake
from engine.jobs.job import ACTIVE, Job, JobStatus
from engine.jobs.job_views import JobViews
from engine.jobs.lease import DeviceLease
from engine.jobs.owner import owner_in
from engine.jobs.preview import Previews
from engine.jobs.queue import EXPIRES_S, HEARTBEAT_S, Queue
from engine.jobs.settlement import Settlement, WorkerExited
from engine.jobs.worker_pool import WorkerPool
from engine.jobs.worker_process import WorkerProcess
from engine.library.library import Library
from engine.models.device import expected_device, free_mb
from engine.settings import Settings

CANCEL_GRACE_S = 3.0
CANCEL_POLL_S = 0.5
"""How often a node looks whether somebody canceled what it runs."""
SWEEP_S = 2.0
PRUNE_EVERY_S = 3600.0

log = logging.getLogger(__name__)


class Dispatch:
    """A loop under one lock, `lock`: whoever holds it finds jobs, workers and leases in agreement."""

    def __init__(
        self,
        settings: Settings,
        queue: Queue,
        library: Library,
        events: EventBus,
        views: JobViews,
        previews: Previews,
        intake: Intake,
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._intake = intake
        self._library = library
        self._views = views
        self._previews = previews
        self._owner = owner_in(settings.state_dir)
        self._renewed = 0.0
        self._swept = 0.0
        self._well_since = self._due_at = 0.0
        self._pruned = 0.0
        self._lease = DeviceLease(lambda: int(1024 * self._free_gb(Lane.MODEL)))
        self.lock = threading.Condition()
        self._kill_at: dict[str, float] = {}
        self._running = self._recovered = False
        self._due = True
        self.pool = WorkerPool(settings, wake=self.wake, on_message=self._on_message, on_exit=self._on_exit)
        self._thread: threading.Thread | None = None
        self._settlement = Settlement(
            settings, queue, library, events, views, previews, self._kill_at.__contains__, self._released,
            self.lock, intake.shared, intake.segments,
        )  # fmt: skip
        self._handover = Handover(
            settings, library, views, self._settlement, self.lock, intake.shared, lambda: self._running
        )

    @property
    def owner(self) -> str:
        """Under which name this process claims jobs."""
        return self._owner.name

    # life

    def recover(self) -> None:
        """Settle what an earlier life left behind; where that fails it may be called again. Raises whatever the storage
        and the database do."""
        self._settlement.recover(self._left_behind())
        self._recovered = True

    def start(self) -> None:
        """Settle what an earlier life left behind, where that is not done yet, then work."""
        if not self._recovered:
            self.recover()
        self._pruned = self._well_since = time.monotonic()
        self._queue.end_idle_holds()
        self._running = True
        self.pool.open()
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the workers; what ran waits, and runs again when the application opens again."""
        self._running = False
        self.wake()
        if self._thread:
            self._thread.join(timeout=5)
        self._settlement.hand_back(self.pool.close())

    def wake(self) -> None:
        """There may be something to do."""
        with self.lock:
            self._due = True
            self.lock.notify_all()

    # the loop

    def _loop(self) -> None:
        while True:
            began = time.monotonic()
            with self.lock:
                try:
                    pause_s = self._pause_s()
                except Exception:
                    log.exception("the queue could not be asked")
                    self._well_since = time.monotonic()
                    pause_s = 1.0
                self._due_at = began + pause_s
                if not self._due:
                    self.lock.wait(pause_s)
                self._due = False
                if not self._running:
                    return
                try:
                    self._renew_claims()
                    self._settlement.deliver_again()
                    self._kill_overdue()
                    for lane, error in self.pool.reap_failed_starts():
                        self._give_up(lane, error)
                    self.pool.hand_out_tasks()
                    for lane in Lane:
                        for pool in self._intake.pools(lane):
                            self._fill(lane, pool)
                    self._end_background()
                    self._sweep()
                    self._prune()
                except Exception:
                    log.exception("a pass of the loop failed")
                    self._well_since = time.monotonic()

    def _pause_s(self) -> float:
        """Until the next deadline, at most five seconds."""
        pauses = [deadline - time.monotonic() for deadline in self._kill_at.values()]
        pause_end = self._queue.next_pause_end()
        if pause_end is not None:
            pauses.append(pause_end - time.time())
        if self._settlement.unsettled:
            pauses.append(1.0)
        if self.pool.awaits_start:
            pauses.append(0.5)
        if self._intake.shared:
            pauses.append(CANCEL_POLL_S if self.pool.running() else SWEEP_S)
        return max(0.01, min([5.0, *pauses]))

    def _renew_claims(self) -> None:
        """Every HEARTBEAT_S, and stop what was taken or canceled elsewhere."""
        running, ending = self.pool.running(), self._settlement.ending()
        if running and self._intake.shared:
            for job_id in self._queue.canceling(self._owner.name) - self._kill_at.keys():
                self.stop_job(job_id)
        if not running | ending or time.monotonic() - self._renewed < HEARTBEAT_S:
            return
        self._renewed = time.monotonic()
        try:
            lost = running - ending - self._queue.renew(self._owner.name, running | ending)
            if self._intake.segments:  # those that our jobs' own workers make as well
                lost -= self._intake.segments.renew(self._owner.name, running | ending)
        except (AppError, SQLAlchemyError):  # a full disk; what comes next may make room
            log.exception("claims could not be renewed")
            self._well_since = time.monotonic()
            return
        for job_id in lost:
            log.warning("a job is no longer ours", extra={"job_id": job_id})
            self.stop_job(job_id)

    def _prune(self) -> None:
        """What is old goes, in a server that runs for weeks as well."""
        if time.monotonic() - self._pruned >= PRUNE_EVERY_S:
            self._pruned = time.monotonic()
            self._queue.prune()

    def _left_behind(self) -> list[Job]:
        """Running jobs that nobody runs, as far as this process knows at its start."""
        abandoned = self._queue.abandoned(self._owner.folder)
        return [job for job in abandoned if self._is_ours(job)] if self._intake.shared else abandoned

    def _is_ours(self, job: Job) -> bool:
        return (job.owner or "").startswith(self._owner.folder)

    def _sweep(self) -> None:
        """Jobs whose node was lost go back. Not before the database has answered for as long as a claim holds: after an
        outage nobody could have renewed theirs."""
        now = time.monotonic()
        if not self._intake.shared or self._was_held_up():
            return
        if now - self._swept < SWEEP_S or now - self._well_since < EXPIRES_S:
            return
        self._swept = now
        running = self.pool.running() | self._settlement.ending()
        expired = self._queue.expired()
        for job in [] if self._was_held_up() else expired:
            if job.id not in running:
                self._settlement.lost(job)

    def _was_held_up(self) -> bool:
        """Whether this pass takes long: an outage may end without an error, and this process may have been frozen."""
        held_up = time.monotonic() - self._due_at > HEARTBEAT_S
        if held_up:
            self._well_since = time.monotonic()
        return held_up

    def stop_job(self, job_id: str) -> bool:
        """Ask the worker that is at this job to stop, and kill it after 3 s; False when none is."""
        worker = self.pool.worker_of(job_id)
        if worker is None:
            return False
        if job_id in self._handover.collecting:  # it has not heard of it
            self._handover.collecting.discard(job_id)
            self._settlement.deliver(worker, messages.JobCanceled(job_id))
        elif job_id not in self._settlement.ending():  # where it is done with it, the queue knows what was wanted
            worker.send(messages.CancelJob(job_id))
            self._kill_at.setdefault(job_id, time.monotonic() + CANCEL_GRACE_S)
            self.wake()
        return True

    def runs_elsewhere(self, job: Job) -> bool:
        """Another process of the cluster runs it."""
        return self._intake.shared and job.status is JobStatus.RUNNING and not self._is_ours(job)

    def _kill_overdue(self) -> None:
        for job_id, deadline in list(self._kill_at.items()):
            if time.monotonic() >= deadline:
                self._kill_at[job_id] = float("inf")
                worker = self.pool.worker_of(job_id)
                if worker is not None:
                    log.warning("a cancel was not followed, killing the worker", extra={"job_id": job_id})
                    worker.kill()

    def _give_up(self, lane: Lane, error: dict[str, Any]) -> None:
        """Workers do not start at all: say so on the job that waits for one; in a cluster another node may take it."""
        if self._intake.shared:
            log.error("no worker starts here", extra={"lane": lane, "error": error})
            return
        for pool in self._intake.pools(lane):
            job = self._queue.claim(lane, pool, self._owner.name)
            if job and self._queue.fail(job, error, recoverable=False):
                self.settled(job)
                return

    def _fill(self, lane: Lane, pool: str) -> None:
        """Start waiting jobs as far as the intake, workers and the device lease allow."""
        while self._intake.wants(pool):
            job = self._queue.next_ready(lane, pool)
            if job is None and self._intake.segments:  # a job that is ready goes first
                job = self._intake.segments.next(lane, pool)
            if job is None:
                self._intake.found_none(pool)
                return
            if self.pool.worker_of(job.id):  # which has not yet heard that it lost an earlier attempt
                return
            device = "cpu" if lane is Lane.LIGHT else expected_device(self._settings.device)
            max_concurrency, memory_mb = needs(job, device, self._free_gb(lane), self._settings.models)
            if lane is Lane.MODEL:
                blocking = self._lease.acquire(job.id, job.device_key, memory_mb, max_concurrency)
                if job.segment is None:
                    self._views.waits_for(job.id, blocking)
                if blocking:
                    return
            worker = None
            try:
                if self.pool.has_capacity(lane, max_concurrency):
                    worker = self.pool.idle(lane, max_concurrency, job.device_key, background=job.background)
                if worker is None:
                    return
                if claimed := self._claimed(job):
                    begun = replace(claimed, memory_mb=memory_mb)
                    self._intake.began(pool, job.id)
                    try:
                        self.pool.free_memory(worker, begun, int(1024 * self._free_gb(lane)))
                        worker.max_concurrency = max_concurrency
                        self._handover.begin(worker, begun)
                    except BaseException:  # nobody is at it: the claim expires, and the next ticket is served
                        worker.job = None
                        self._handover.collecting.discard(job.id)
                        self._intake.ended(job.id)
                        raise
            finally:
                if worker is None or worker.job_id != job.id:  # it did not begin
                    self._lease.release(job.id)

    def _claimed(self, job: Job) -> Job | None:
        if job.segment is None:
            return self._queue.claim(job.lane, job.pool, self._owner.name, job_id=job.id)
        return self._intake.segments.claim(job, self._owner.name) if self._intake.segments else None

    def _end_background(self) -> None:
        """Nothing is left to do in the background: its workers give their memory back."""
        idle = [worker for worker in self.pool.in_background() if worker.idle]
        if idle and not any(job.status in ACTIVE for job in self._queue.background()):
            for worker in idle:
                worker.kill()

    def _free_gb(self, lane: Lane) -> float:
        """Memory that a lane's jobs could use now; what windows are to be cut for stands for the device's own.

        Every weight goes through main memory, so that it is at most what is free there.
        """
        if lane is Lane.MODEL and self._settings.vram_gb is not None:
            return self._settings.vram_gb
        return min(free_mb("cpu"), free_mb("cpu" if lane is Lane.LIGHT else self._settings.device)) / 1024

    def warm_up(self) -> None:
        """Start a light worker before it is asked for."""
        with self.lock:
            self.pool.idle(Lane.LIGHT)

    # what workers say

    def _on_message(self, worker: WorkerProcess, message: messages.Report) -> None:
        with self.lock:
            match message:
                case messages.JobProgress() | messages.JobPreview() if message.job_id != worker.job_id:
                    pass  # it was settled meanwhile
                case messages.JobProgress() | messages.JobPreview() if worker.job and worker.job.segment:
                    pass  # of a part nobody is told
                case messages.SegmentsWait():
                    if self._intake.segments:
                        self._intake.segments.look()
                case messages.JobProgress(job_id, progress, stage):
                    if begun := self._views.progressed(job_id, progress, stage):
                        self._begin_stage(worker, begun, progress)
                case messages.JobPreview(_, preview):
                    if worker.job:
                        self._previews.grew(worker.job, preview)
                case messages.TaskDone() | messages.TaskFailed():
                    self.pool.tasks.settle(worker, message)
                case messages.MemoryReport():
                    self.pool.report_memory(worker, message)
                case messages.JobDone() | messages.JobCanceled() | messages.JobFailed():
                    self._settlement.deliver(worker, message)
                case _:
                    assert_never(message)

    def _begin_stage(self, worker: WorkerProcess, stage: str, progress: float) -> None:
        """Keep that its job has come to a stage. It is history: a disk that is full or a database that is busy costs no
        more than that."""
        try:
            if worker.job:
                self._queue.begin_stage(worker.job, stage, progress)
        except (AppError, SQLAlchemyError):
            log.exception("a stage could not be noted", extra={"job_id": worker.job_id})

    def _on_exit(self, worker: WorkerProcess) -> None:
        with self.lock:
            self.pool.remove(worker)
            if self._running:
                self._settlement.deliver(worker, WorkerExited())

    def _released(self, job: Job) -> None:
        """A running job was settled: others may have what it held."""
        self._kill_at.pop(job.id, None)
        self._handover.collecting.discard(job.id)
        self._lease.release(job.id)
        self._intake.ended(job.id)
        self.wake()

    def settled(self, job: Job) -> None:
        """A job's state has changed for good or for now: tell the page and its parent, and look for work."""
        self._settlement.settled(job)
        self.wake()
