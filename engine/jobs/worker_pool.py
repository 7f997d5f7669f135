"""The workers of both lanes: started when there is work, asked short questions, reaped when they do not start."""

import contextlib
import logging
import subprocess
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.command import Lane
from engine.errors import AppError, Code
from engine.jobs.job import Job
from engine.jobs.messages import MemoryReport, Report, RunTask, TaskDone, TaskFailed, UnloadEngines
from engine.jobs.pulse import Pulse
from engine.jobs.worker_process import DEATH_TIMEOUT_S, WorkerKind, WorkerListener, WorkerProcess
from engine.settings import Settings

CALL_TIMEOUT_S = 600.0
"""A question that takes longer is given up, and the worker that is at it ended: it is busy but gets nowhere."""

DEATHS_TOLERATED = 2
"""A question that ended so many workers is not asked again."""

FAILED_STARTS_TOLERATED = 3
FREE_FOR_QUESTIONS = {Lane.LIGHT: 1, Lane.MODEL: 0}
"""Workers of a lane beyond those that may work on jobs: a question never waits for a job to end."""

PRELOAD = {Lane.LIGHT: ("engine.jobs.tasks", "engine.audio.decode", "engine.audio.encode"), Lane.MODEL: ()}

log = logging.getLogger(__name__)


@dataclass
class _Call:
    """A question under way to a worker."""

    function: str
    arguments: dict[str, Any]
    answered: threading.Event
    deaths: int = 0
    answer: Any = None
    error: dict[str, Any] | None = None

    def settle(self, *, answer: Any = None, error: dict[str, Any] | None = None) -> None:
        self.answer, self.error = answer, error
        self.answered.set()


class WorkerPool:
    """Workers by lane. Its methods are called under the scheduler's lock, except `call`, which waits outside it."""

    def __init__(
        self,
        settings: Settings,
        *,
        wake: Callable[[], None],
        on_message: Callable[[WorkerProcess, Report], None],
        on_exit: Callable[[WorkerProcess], None],
    ) -> None:
        self._settings = settings
        self._wake = wake
        self._on_message = on_message
        self._on_exit = on_exit
        self._workers: list[WorkerProcess] = []
        self._calls: dict[str, _Call] = {}
        self._failed_starts = dict.fromkeys(Lane, 0)
        self._worker_listener = WorkerListener()
        self._pulse = Pulse(settings.worker_silence_s, lambda: list(self._workers))
        self._closed = False

    def open(self) -> None:
        self._worker_listener.open(lambda worker: self._wake())
        self._pulse.start()

    def close(self) -> list[Job]:
        """End every worker now; the jobs they were at. Whoever waits for an answer hears that there will be none."""
        self._closed = True
        self._pulse.stop()
        self._worker_listener.close()
        workers = list(self._workers)
        begun = [worker.job for worker in workers if worker.job]
        for worker in workers:
            worker.kill()
        for call in list(self._calls.values()):
            call.settle(error=self._error("stopping", Code.INTERRUPTED))
        for worker in workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.process.wait(DEATH_TIMEOUT_S)
        return begun

    def _error(self, key: str, code: Code = Code.INTERNAL, **values: Any) -> dict[str, Any]:
        return AppError(code, key, **values).body(self._settings.language)

    @property
    def awaits_start(self) -> bool:
        return any(not worker.ready for worker in self._workers)

    def of(self, lane: Lane) -> list[WorkerProcess]:
        return [worker for worker in self._workers if worker.kind.lane is lane]

    def at(self, job_id: str) -> WorkerProcess | None:
        """Who works on this job."""
        return next((worker for worker in self._workers if worker.job_id == job_id), None)

    def running(self) -> set[str]:
        """Ids of the jobs that workers are at."""
        return {worker.job_id for worker in self._workers if worker.job_id is not None}

    def has_room(self, lane: Lane, max_concurrency: int = 1) -> bool:
        """A job that suffers `max_concurrency` jobs beside each other may start: those that run must suffer it too."""
        running = [worker.max_concurrency for worker in self.of(lane) if worker.job_id is not None]
        return len(running) < min([max_concurrency, *running])

    def idle(self, lane: Lane, max_concurrency: int = 1, device_key: str = "") -> WorkerProcess | None:
        """An idle worker, rather one that has `device_key` loaded; starts one where none is idle or on its way.

        As many are started as jobs may run `max_concurrency`, and those that are kept free for questions.
        """
        workers = self.of(lane)
        idle = [worker for worker in workers if worker.idle]
        if idle:
            return next((worker for worker in idle if device_key in worker.device_keys), idle[0])
        at_work = sum(worker.job_id is not None for worker in workers)
        if len(workers) < max(max_concurrency, at_work) + FREE_FOR_QUESTIONS[lane] and all(
            worker.ready for worker in workers
        ):
            self._start(lane)
        return None

    def _start(self, lane: Lane) -> None:
        names = {worker.name for worker in self._workers}
        name = next(name for n in range(1, 100) if (name := f"worker-{lane}-{n}") not in names)
        kind = WorkerKind(lane, preload=PRELOAD[lane])
        worker = WorkerProcess(name, kind, self._settings, self._worker_listener.port, self._on_message, self._on_exit)
        self._workers.append(worker)
        self._worker_listener.expect(worker)

    def make_room(self, chosen: WorkerProcess, job: Job, free_mb: int) -> None:
        """Idle workers that keep engines of another device key loaded let go of it when `free_mb` would not do."""
        for worker in self.of(job.lane):
            holds_another = (
                worker is not chosen and worker.idle and worker.device_keys and job.device_key not in worker.device_keys
            )
            if holds_another and free_mb < job.memory_mb:
                worker.send(UnloadEngines())

    def noted(self, worker: WorkerProcess, report: MemoryReport) -> None:
        """A worker tells what it holds: it is alive and well."""
        self._failed_starts[worker.kind.lane] = 0
        worker.rss_mb, worker.device_keys = report.rss_mb, report.device_keys

    def leave(self, worker: WorkerProcess) -> None:
        """A worker has gone. Its question is asked again elsewhere, unless it seems to be the reason."""
        if worker in self._workers:
            self._workers.remove(worker)
        if call := self._calls.get(worker.call_id or ""):
            call.deaths += 1
            if call.deaths >= DEATHS_TOLERATED:
                silent = self._error("worker_silent")
                call.settle(error=silent if worker.hung else self._error("worker_died", signal=worker.exit_code))
        self._wake()

    def reap_failed_starts(self) -> list[tuple[Lane, dict[str, Any]]]:
        """Forget workers that never reported. Lanes where it happens again and again, with the error to tell."""
        hopeless = []
        for worker in [worker for worker in self._workers if worker.failed_to_start]:
            lane = worker.kind.lane
            worker.kill()
            self._worker_listener.forget(worker)
            self._workers.remove(worker)
            self._failed_starts[lane] += 1
            log.error("a worker did not start", extra={"worker": worker.name, "exit_code": worker.exit_code})
            if self._failed_starts[lane] >= FAILED_STARTS_TOLERATED:
                self._failed_starts[lane] = 0
                file = f"{self._settings.logs_dir.name}/{worker.name}.out"
                error = self._error("worker_not_starting", log=file)
                hopeless.append((lane, error))
                for call in list(self._calls.values()) if lane is Lane.LIGHT else []:
                    call.settle(error=error)
        return hopeless

    # questions

    def call(self, function: str, timeout_s: float = CALL_TIMEOUT_S, **arguments: Any) -> Any:
        """Ask a light worker `module:function` and wait for the answer. Raises what the worker raised."""
        call_id = uuid.uuid4().hex
        call = self._calls[call_id] = _Call(function, arguments, threading.Event())
        if self._closed:
            call.settle(error=self._error("stopping", Code.INTERRUPTED))
        self._wake()
        try:
            answered = call.answered.wait(timeout_s)
        finally:
            self._calls.pop(call_id, None)
        if not answered:
            self._wake()
            raise AppError(Code.INTERNAL, "worker_silent")
        if call.error:
            raise AppError.revived(call.error)
        return call.answer

    def hand_out_calls(self) -> None:
        """Give every waiting question to an idle light worker, as far as they go; end workers at one given up."""
        for busy in self._workers:
            if busy.call_id is not None and busy.call_id not in self._calls and not busy.hung:
                log.error("a question is given up", extra={"worker": busy.name})
                busy.give_up()
        for call_id, call in list(self._calls.items()):
            if call.answered.is_set() or any(worker.call_id == call_id for worker in self._workers):
                continue
            worker = self.idle(Lane.LIGHT)
            if worker is None:
                return
            worker.call_id = call_id
            worker.send(RunTask(call_id, call.function, call.arguments))

    def answered(self, worker: WorkerProcess, message: TaskDone | TaskFailed) -> None:
        worker.call_id = None
        if call := self._calls.get(message.task_id):
            match message:
                case TaskDone():
                    call.settle(answer=message.result)
                case TaskFailed():
                    call.settle(error=message.error)
        self._wake()
