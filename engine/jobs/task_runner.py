"""Light tasks under way: handed to light workers, repeated where a worker died, given up in the end."""

import inspect
import logging
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from engine.command import TaskSet
from engine.errors import AppError, Code
from engine.jobs.codec import fields_of, typed
from engine.jobs.messages import RunTask, TaskDone, TaskFailed
from engine.jobs.worker_process import WorkerProcess

TIMEOUT_S = 600.0
"""A task that takes longer is given up, and its worker ended: it is busy but gets nowhere. Long ones have their own."""

DEATHS_TOLERATED = 2
"""A task that ended so many workers is not repeated."""

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass
class _Task:
    """A task that somebody waits for. `since`: when its time began to run; None while a long one waits for its turn."""

    name: str
    arguments: dict[str, Any]
    patience_s: float
    long: bool
    since: float | None
    result: Future[Any] = field(default_factory=Future)
    deaths: int = 0


class TaskRunner:
    """Its methods are called under the scheduler's lock, except those of `of`, which wait outside it."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._tasks: dict[str, _Task] = {}
        self._closed = False
        self.timeout_s = TIMEOUT_S

    def of(self, tasks: TaskSet[T], patience_s: float | None = None) -> T:
        """The tasks of this set: each call has a light worker do it and waits. Raises what the task raised.

        `patience_s`: they may take so long, not counted until they begin. Then they run in the workers of the
        background, one after the other, so that no short one waits for them.
        """
        return cast(T, _Client(self, tasks, patience_s))

    def run(self, name: str, arguments: dict[str, Any], patience_s: float | None = None) -> Any:
        """Have a light worker do `SET.TASK` and wait for its result. Raises what it raised, INTERNAL, INTERRUPTED."""
        task_id, long = uuid.uuid4().hex, patience_s is not None
        since = None if long else time.monotonic()
        task = _Task(name, arguments, self.timeout_s if patience_s is None else patience_s, long, since)
        self._tasks[task_id] = task
        if self._closed:
            self.fail_all(AppError(Code.INTERRUPTED, "stopping"))
        self._wake()
        try:
            return _waited_for(task)
        except TimeoutError:
            del self._tasks[task_id]
            self._wake()  # its worker is ended
            raise AppError(Code.INTERNAL, "worker_silent") from None
        finally:
            self._tasks.pop(task_id, None)

    def hand_out(self, workers: Iterable[WorkerProcess], idle: Callable[[bool], WorkerProcess | None]) -> None:
        """Give every waiting task to an `idle` worker, those for long ones apart, as far as they go; end `workers`
        whose task was given up."""
        under_way = {worker.task_id: worker for worker in workers if worker.task_id is not None}
        for task_id, worker in under_way.items():
            if task_id not in self._tasks and not worker.hung:
                log.error("a task is given up", extra={"worker": worker.name})
                worker.end_as_hung()
        busy = {True: any(task.long for task_id, task in self._tasks.items() if task_id in under_way), False: False}
        for task_id, task in list(self._tasks.items()):
            if task.result.done() or task_id in under_way or busy[task.long]:
                continue
            chosen = idle(task.long)
            busy[task.long] = chosen is None or task.long
            if chosen is None:
                continue
            task.since = task.since or time.monotonic()
            chosen.task_id = task_id
            chosen.send(RunTask(task_id, task.name, task.arguments))

    def settle(self, worker: WorkerProcess, message: TaskDone | TaskFailed) -> None:
        worker.task_id = None
        task = self._tasks.get(message.task_id)
        if task and not task.result.done():
            match message:
                case TaskDone():
                    task.result.set_result(message.result)
                case TaskFailed():
                    task.result.set_exception(AppError.revived(message.error))
        self._wake()

    def worker_died(self, worker: WorkerProcess) -> None:
        """Its task is repeated by another one, unless it seems to be the reason."""
        if task := self._tasks.get(worker.task_id or ""):
            task.deaths += 1
            if task.deaths >= DEATHS_TOLERATED:
                died = AppError(Code.INTERNAL, "worker_died", signal=worker.exit_code)
                _fail(task, AppError(Code.INTERNAL, "worker_silent") if worker.hung else died)

    def fail_all(self, error: AppError) -> None:
        for task in list(self._tasks.values()):
            _fail(task, error)

    def close(self) -> None:
        """Whoever waits, or asks from now on, gets the error that the program stops."""
        self._closed = True
        self.fail_all(AppError(Code.INTERRUPTED, "stopping"))


def _waited_for(task: _Task) -> Any:
    """Raises what it raised, TimeoutError when its time is over."""
    while True:
        left = task.patience_s if task.since is None else task.since + task.patience_s - time.monotonic()
        try:
            return task.result.result(max(left, 0))
        except TimeoutError:
            if task.since is not None and time.monotonic() - task.since >= task.patience_s:
                raise


def _fail(task: _Task, error: AppError) -> None:
    if not task.result.done():
        task.result.set_exception(error)


class _Client:
    """Every method of a set's contract, done by a worker."""

    def __init__(self, runner: TaskRunner, tasks: TaskSet[Any], patience_s: float | None) -> None:
        self._runner, self._task_set, self._patience_s = runner, tasks, patience_s

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = self._task_set.signature(name)

        def call(*args: Any, **kwargs: Any) -> Any:
            arguments = dict(inspect.signature(method).bind(self, *args, **kwargs).arguments)
            del arguments["self"]
            result = self._runner.run(f"{self._task_set.name}.{name}", arguments, self._patience_s)
            return typed(fields_of(method)["return"], result, name)

        return call
