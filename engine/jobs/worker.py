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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from engine.command import Lane
from engine.commands import command
from engine.context import Stem
from engine.errors import Canceled, Code
from engine.faults import as_app_error
from engine.jobs.engines import EnginePool, memory_mb
from engine.jobs.job_context import WorkerJobContext
from engine.jobs.protocol import Channel, Message
from engine.logs import current_job, start_logging
from engine.models.device import chosen
from engine.settings import Settings

log = logging.getLogger(__name__)


class Worker:
    def __init__(self, settings: Settings, channel: Channel) -> None:
        self._settings = settings
        self._channel = channel
        self._engines = EnginePool(loading=self._loading)
        self._canceled = threading.Event()
        self._job_id: str | None = None
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def listen(self) -> None:
        """Take messages in, in a thread that does nothing else. Ends the process with the line.

        Whether the worker is alive is answered here and a cancel takes effect at once; the rest waits its turn.
        """
        for message in self._channel.messages():
            match message["type"]:
                case "ping":
                    self._channel.send("pong")
                case "cancel":
                    if message["job_id"] == self._job_id:
                        self._canceled.set()
                case kind:
                    if kind == "run":
                        self._job_id = message["job_id"]
                        self._canceled.clear()
                    self._inbox.put(message)
        os._exit(0)

    @contextlib.contextmanager
    def _loading(self) -> Iterator[None]:
        """What is done here may keep `listen` from answering: the import of a large library holds every thread up."""
        self._channel.send("loading", loading=True)
        try:
            yield
        finally:
            self._channel.send("loading", loading=False)

    def work(self) -> None:
        """Run what arrives, one thing after the other, for ever."""
        while True:
            message = self._inbox.get()
            match message["type"]:
                case "run":
                    self._run(message)
                case "call":
                    self._call(message)
                case "unload":
                    self._engines.dispose()
                    self._report_memory()

    def _run(self, message: Message) -> None:
        job_id = message["job_id"]
        current_job.set(job_id)
        log.info("job started", extra={"command": message["command"], "attempt": message["attempt"]})
        try:
            self._run_job(message)
        except Canceled:
            log.info("job canceled")
            self._channel.send("canceled", job_id=job_id)
        except BaseException as error:
            failure = as_app_error(error)
            if failure.code in (Code.INTERNAL, Code.OUT_OF_MEMORY):
                log.exception("job failed")
            else:
                log.warning("job failed: %s", failure)
            if failure.code is Code.OUT_OF_MEMORY:
                self._engines.dispose()
            self._channel.send(
                "failed", job_id=job_id, error=failure.body(self._settings.language), recoverable=failure.recoverable
            )
        else:
            log.info("job done")
            self._channel.send("done", job_id=job_id)
        if self._settings.unload_after_gen:
            self._engines.dispose()
        self._report_memory()
        current_job.set(None)

    def _run_job(self, message: Message) -> None:
        asked = command(message["command"], debug=self._settings.debug)
        params = asked.params.checked(message["params"])
        with self._loading():
            device = chosen(self._settings.device) if asked.lane(params) is Lane.MODEL else "cpu"
            run = _named(asked.runner)
        job = WorkerJobContext(
            job_id=message["job_id"],
            attempt=message["attempt"],
            interruptions=message["interruptions"],
            command=asked.name,
            params=params,
            inputs={key: Path(path) for key, path in message["inputs"].items()},
            titles=message["titles"],
            stems={
                key: {name: Stem(Path(path), samples) for name, (path, samples) in found.items()}
                for key, found in message["stems"].items()
            },
            folder=Path(message["folder"]),
            device=device,
            models_dir=self._settings.models,
            vram_gb=self._settings.vram_gb,
            memory_mb=message["memory_mb"],
            queued_s=message["queued_s"],
            engines=self._engines,
            report=lambda value, stage: self._report(message["job_id"], value, stage),
            previewed=lambda samples, rate_hz, channels: self._previewed(
                message["job_id"], {"samples": samples, "rate_hz": rate_hz, "channels": channels}
            ),
            canceled=self._canceled,
        )
        run(params, job)
        job.finish()

    def _report(self, job_id: str, value: float, stage: str | None) -> None:
        self._channel.send("progress", job_id=job_id, progress=value, stage=stage)

    def _previewed(self, job_id: str, preview: dict[str, int]) -> None:
        self._channel.send("preview", job_id=job_id, preview=preview)

    def _call(self, message: Message) -> None:
        """A short question without a job of its own: `module:function` with JSON arguments and a JSON answer."""
        try:
            with self._loading():
                function = _named(message["function"])
            answer = function(**message["arguments"])
            self._channel.send("answer", call_id=message["call_id"], answer=answer)
        except BaseException as error:
            failure = as_app_error(error)
            if failure.code is Code.INTERNAL:
                log.exception("call failed", extra={"function": message["function"]})
            self._channel.send("answer", call_id=message["call_id"], error=failure.body(self._settings.language))

    def _report_memory(self) -> None:
        self._channel.send("memory", rss_mb=memory_mb(), device_keys=self._engines.device_keys)


def _named(path: str) -> Callable[..., Any]:
    """The function behind `module:function`, imported."""
    module, _, function = path.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _stand_back() -> None:
    """Run at a lower priority: the page goes first."""
    if sys.platform == "win32":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(5)


def main() -> None:
    config: dict[str, Any] = json.loads(sys.stdin.readline())
    faulthandler.enable()
    with contextlib.suppress(OSError, psutil.Error):
        _stand_back()
    settings = Settings(**config["settings"])
    start_logging(settings, config["name"])
    began = time.monotonic()
    for module in config["preload"]:
        importlib.import_module(module)
    connection = socket.create_connection(("127.0.0.1", config["port"]), timeout=10)
    connection.settimeout(None)
    channel = Channel(connection)
    channel.send("hello", token=config["token"], pid=os.getpid())
    worker = Worker(settings, channel)
    threading.Thread(target=worker.listen, name="listen", daemon=True).start()
    log.info("worker ready", extra={"preloaded_s": round(time.monotonic() - began, 2)})
    worker.work()


if __name__ == "__main__":
    main()
