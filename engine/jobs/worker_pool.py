"""The workers of both lanes: started when there is work, reaped when they do not start."""

import contextlib
import logging
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.command import Lane
from engine.errors import AppError, Code
from engine.jobs.job import Job
from engine.jobs.liveness import LivenessMonitor
from engine.jobs.messages import MemoryReport, Report, UnloadEngines
from engine.jobs.task_runner import TaskRunner
from engine.jobs.worker_listener import WorkerListener
from engine.jobs.worker_process import DEATH_TIMEOUT_S, WorkerProcess
from engine.settings import Settings

FAILED_STARTS_TOLERATED = 3
FREE_FOR_TASKS = {Lane.LIGHT: 1, Lane.MODEL: 0}
"""Workers of a lane beyond those that may work on jobs, in the background as well, where long tasks run: a light task
never waits for a job to end."""

log = logging.getLogger(__name__)


@dataclass(eq=False, repr=False)
class WorkerPool:
    """Workers by lane. Its methods are called under the scheduler's lock."""

    settings: Settings
    wake: Callable[[], None]
    on_message: Callable[[WorkerProcess, Report], None]
    on_exit: Callable[[WorkerProcess], None]

    def __post_init__(self) -> None:
        self.tasks = TaskRunner(self.wake)
        self._workers: list[WorkerProcess] = []
        self._failed_starts = dict.fromkeys(Lane, 0)
        self._worker_listener = WorkerListener(self.wake)
        self._liveness = LivenessMonitor(self.settings.worker_silence_s, lambda: list(self._workers))

    def open(self) -> None:
        self._worker_listener.open()
        self._liveness.start()

    def close(self) -> list[Job]:
        """End every worker now; the jobs they were at."""
        self._liveness.stop()
        self._worker_listener.close()
        workers = list(self._workers)
        begun = [worker.job for worker in workers if worker.job]
        for worker in workers:
            worker.kill()
        self.tasks.close()
        for worker in workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.process.wait(DEATH_TIMEOUT_S)
        return begun

    @property
    def is_well(self) -> bool:
        """Whether workers start when they are wanted: none fails to again and again."""
        return not any(self._failed_starts.values())

    @property
    def awaits_start(self) -> bool:
        return any(not worker.ready for worker in self._workers)

    def all(self) -> list[WorkerProcess]:
        return list(self._workers)

    def in_lane(self, lane: Lane) -> list[WorkerProcess]:
        return [worker for worker in self._workers if worker.lane is lane]

    def in_background(self) -> list[WorkerProcess]:
        return [worker for worker in self._workers if worker.background]

    def worker_of(self, job_id: str) -> WorkerProcess | None:
        """The worker that runs this job."""
        return next((worker for worker in self._workers if worker.job_id == job_id), None)

    def running(self) -> set[str]:
        """Ids of the jobs that workers run."""
        return {worker.job_id for worker in self._workers if worker.job_id is not None}

    def has_capacity(self, lane: Lane, max_concurrency: int = 1) -> bool:
        """Whether a job that allows `max_concurrency` may start: those that run must allow one more as well."""
        running = [worker.max_concurrency for worker in self.in_lane(lane) if worker.job_id is not None]
        return len(running) < min([max_concurrency, *running])

    def idle(
        self, lane: Lane, max_concurrency: int = 1, device_key: str = "", *, background: bool = False
    ) -> WorkerProcess | None:
        """An idle worker, rather one that has `device_key` loaded; starts one where none is idle or starting.

        As many are started as jobs may run `max_concurrency`, and those that are kept free for light tasks. Jobs in the
        `background` have workers of their own, to which the system gives only what the others leave.
        """
        workers = [worker for worker in self.in_lane(lane) if worker.background is background]
        idle = [worker for worker in workers if worker.idle]
        if idle:
            return next((worker for worker in idle if device_key in worker.device_keys), idle[0])
        running = sum(worker.job_id is not None for worker in workers)
        if len(workers) < max(max_concurrency, running) + FREE_FOR_TASKS[lane] and all(
            worker.ready for worker in workers
        ):
            self._start(lane, background)
        return None

    def _start(self, lane: Lane, background: bool) -> None:
        names = {worker.name for worker in self._workers}
        kind = f"{lane}-background" if background else str(lane)
        name = next(name for n in range(1, 100) if (name := f"worker-{kind}-{n}") not in names)
        worker = WorkerProcess(
            name, lane, self.settings, self._worker_listener.port, self.on_message, self.on_exit, background
        )
        self._workers.append(worker)
        self._worker_listener.expect(worker)

    def free_memory(self, chosen: WorkerProcess, job: Job, free_mb: int) -> None:
        """Unload the engines that other idle workers keep for other device keys, where `free_mb` is too little."""
        others = [worker for worker in self.in_lane(job.lane) if worker is not chosen and worker.idle]
        for worker in others if free_mb < job.memory_mb else []:
            if worker.device_keys and job.device_key not in worker.device_keys:
                worker.send(UnloadEngines())

    def report_memory(self, worker: WorkerProcess, report: MemoryReport) -> None:
        """Note what a worker holds; it has started well."""
        self._failed_starts[worker.lane] = 0
        worker.rss_mb, worker.device_keys = report.rss_mb, report.device_keys

    def remove(self, worker: WorkerProcess) -> None:
        """Its process has ended."""
        if worker in self._workers:
            self._workers.remove(worker)
        self.tasks.worker_died(worker)
        self.wake()

    def reap_failed_starts(self) -> list[tuple[Lane, dict[str, Any]]]:
        """Remove workers that never connected. The lanes where that happens again and again, each with its error."""
        failing = []
        for worker in [worker for worker in self._workers if worker.failed_to_start]:
            lane = worker.lane
            worker.kill()
            self._worker_listener.forget(worker)
            self._workers.remove(worker)
            self._failed_starts[lane] += 1
            log.error("a worker did not start", extra={"worker": worker.name, "exit_code": worker.exit_code})
            if self._failed_starts[lane] >= FAILED_STARTS_TOLERATED:
                self._failed_starts[lane] = 0
                file = f"{self.settings.logs_dir.name}/{worker.name}.out"
                error = AppError(Code.INTERNAL, "worker_not_starting", log=file)
                failing.append((lane, error.body(self.settings.language)))
                if lane is Lane.LIGHT:
                    self.tasks.fail_all(error)
        return failing

    def hand_out_tasks(self) -> None:
        self.tasks.hand_out(self._workers, lambda long: self.idle(Lane.LIGHT, background=long))
