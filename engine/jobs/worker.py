"""A worker: `python -m engine.jobs.worker`, started by the server, runs jobs until its connection ends.

It reads its configuration as one JSON line from standard input, connects to the server's loopback socket and proves
itself with the token it was given. When the server goes away, for whatever reason, it ends at once.
"""

import contextlib
import faulthandler
import importlib
import json
import logging
import os
import queue
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, assert_never

import psutil

from engine import spans
from engine.command import Lane
from engine.commands import command, commands
from engine.database import Database
from engine.errors import AppError, Canceled, Code
from engine.faults import as_app_error
from engine.jobs import messages
from engine.jobs.codec import encode, fields_of, typed
from engine.jobs.engines import EnginePool, memory_mb
from engine.jobs.job_context import WorkerJobContext
from engine.jobs.light_tasks import SOUND_TASKS
from engine.jobs.protocol import Channel, WorkerChannel
from engine.jobs.shared_segments import SharedSegments
from engine.library.opening import WORKER_PATIENCE_S, open_storage
from engine.library.storage import missing
from engine.logs import current_job, start_logging
from engine.models.device import resolve_device
from engine.settings import Settings
from engine.trace import on_behalf

Queued = messages.RunJob | messages.RunTask | messages.UnloadEngines
"""What waits until the worker has done what came before."""

log = logging.getLogger(__name__)


class Worker:
    def __init__(self, settings: Settings, channel: WorkerChannel) -> None:
        self._settings = settings
        self._storage = open_storage(settings, patience_s=WORKER_PATIENCE_S)
        self._shared: SharedSegments | None = None
        if settings.cluster:
            self._shared = SharedSegments(Database(settings.index_url), self._storage)
        self._channel = channel
        self._engines = EnginePool(loading=self._loading)
        self._canceled = threading.Event()
        self._job_id: str | None = None
        self._inbox: queue.SimpleQueue[Queued] = queue.SimpleQueue()

    def listen(self) -> None:
        """Take messages in, in a thread that does nothing else. Ends the process with the line.

        Whether the worker is alive is answered here and a cancel takes effect at once; the rest waits its turn.
        """
        try:
            for message in self._channel.messages():
                match message:
                    case messages.Ping():
                        self._channel.send(messages.Pong())
                    case messages.CancelJob(job_id):
                        if job_id == self._job_id:
                            self._canceled.set()
                    case messages.RunJob():
                        self._job_id = message.job_id
                        self._canceled.clear()
                        self._inbox.put(message)
                    case messages.RunTask() | messages.UnloadEngines():
                        self._inbox.put(message)
                    case _:
                        assert_never(message)
        except Exception:
            log.exception("the server is not understood")
        finally:
            os._exit(0)

    @contextlib.contextmanager
    def _loading(self) -> Iterator[None]:
        """What is done here may keep `listen` from answering: the import of a large library holds every thread up."""
        self._channel.send(messages.Loading(True))
        try:
            yield
        finally:
            self._channel.send(messages.Loading(False))

    def work(self) -> None:
        """Run what arrives, one thing after the other, for ever."""
        while True:
            message = self._inbox.get()
            match message:
                case messages.RunJob():
                    self._run(message)
                case messages.RunTask():
                    self._run_task(message)
                case messages.UnloadEngines():
                    self._engines.dispose()
                    self._report_memory()
                case _:
                    assert_never(message)

    def _run(self, message: messages.RunJob) -> None:
        said = message
        with (
            on_behalf(said.origin),
            spans.span("job run", job_id=said.job_id, job_command=said.command, job_attempt=said.attempt) as span,
        ):
            self._run_to_its_end(said, span)

    def _run_to_its_end(self, message: messages.RunJob, span: Any) -> None:
        job_id = message.job_id
        current_job.set(job_id)
        log.info("job started", extra={"command": message.command, "attempt": message.attempt})
        try:
            self._run_job(message)
        except Canceled:
            log.info("job canceled")
            spans.failed(span, Code.CANCELED)
            self._channel.send(messages.JobCanceled(job_id))
        except BaseException as error:
            failure = as_app_error(error)
            spans.failed(span, failure.code)
            if failure.code in (Code.INTERNAL, Code.OUT_OF_MEMORY):
                log.exception("job failed")
            else:
                log.warning("job failed: %s", failure)
            if failure.code is Code.OUT_OF_MEMORY:
                self._engines.dispose()
            self._channel.send(messages.JobFailed(job_id, failure.body(self._settings.language), failure.recoverable))
        else:
            log.info("job done")
            self._channel.send(messages.JobDone(job_id))
        if self._settings.unload_after_gen:
            self._engines.dispose()
        self._report_memory()
        current_job.set(None)

    def _run_job(self, message: messages.RunJob) -> None:
        asked = command(message.command, debug=self._settings.debug)
        params = asked.params.checked(message.params)
        with self._loading():
            device = resolve_device(self._settings.device) if asked.lane(params) is Lane.MODEL else "cpu"
            run = resolve_name(asked.runner)
        job = WorkerJobContext(
            message,
            params,
            {key: given.fetched(self._storage) for key, given in message.inputs.items()},
            device=device,
            settings=self._settings,
            engines=self._engines,
            send=self._channel.send,
            canceled=self._canceled,
            shared=self._shared,
        )
        if message.segment is not None:
            job.make_segment(message.segment)
            return
        with job.naming_errors():
            run(params, job)
            job.finish()
        job.clear()

    def _run_task(self, message: messages.RunTask) -> None:
        try:
            with self._loading():
                function, hints = self._task(message.task)
            arguments = {name: typed(hints[name], value, name) for name, value in message.arguments.items()}
            self._channel.send(messages.TaskDone(message.task_id, function(**arguments)))
        except BaseException as error:
            failure = _gone(error, message.arguments) or as_app_error(error)
            if failure.code is Code.INTERNAL:
                log.exception("task failed", extra={"task": message.task})
            self._channel.send(messages.TaskFailed(message.task_id, failure.body(self._settings.language)))

    def _task(self, path: str) -> tuple[Callable[..., Any], dict[str, Any]]:
        """The function of the light task `SET.TASK`, and its annotations. Raises LookupError, AttributeError."""
        known = [*(asked.tasks for asked in commands(debug=self._settings.debug).values() if asked.tasks), SOUND_TASKS]
        set_name, _, name = path.partition(".")
        tasks = {tasks.name: tasks for tasks in known}[set_name]
        signature = tasks.signature(name)
        modules = map(importlib.import_module, tasks.modules)
        return next(getattr(module, name) for module in modules if hasattr(module, name)), fields_of(signature)

    def _report_memory(self) -> None:
        self._channel.send(messages.MemoryReport(memory_mb(), self._engines.device_keys))


def _lower_priority(background: bool) -> None:
    """The page goes first, then what the user waits for."""
    if sys.platform == "win32":
        low, lowest = psutil.BELOW_NORMAL_PRIORITY_CLASS, psutil.IDLE_PRIORITY_CLASS
        psutil.Process().nice(lowest if background else low)
    else:
        os.nice(15 if background else 5)


def _gone(error: BaseException, arguments: Mapping[str, Any]) -> AppError | None:
    """NOT_FOUND where a file that a task was given, such as its `path`, was deleted or renamed under its hands."""
    if not isinstance(error, FileNotFoundError):
        return None
    given = {str(value) for value in arguments.values()} & {str(error.filename), str(arguments.get("path"))}
    return next((missing(Path(path).name) for path in given if not Path(path).exists()), None)


def main() -> None:
    config: dict[str, Any] = json.loads(sys.stdin.readline())
    faulthandler.enable()
    with contextlib.suppress(OSError, psutil.Error):
        _lower_priority(config["background"])
    settings = Settings(**config["settings"])
    start_logging(settings, config["name"])
    spans.start(settings.otel_endpoint, config["name"])
    began = time.monotonic()
    for module in config["preload"]:
        importlib.import_module(module)
    connection = socket.create_connection(("127.0.0.1", config["port"]), timeout=10)
    connection.settimeout(None)
    connection.sendall(encode(messages.Hello(config["token"], os.getpid())))
    channel: WorkerChannel = Channel(connection, messages.TO_WORKER)
    worker = Worker(settings, channel)
    threading.Thread(target=worker.listen, name="listen", daemon=True).start()
    log.info("worker ready", extra={"preloaded_s": round(time.monotonic() - began, 2)})
    worker.work()


if __name__ == "__main__":
    main()
