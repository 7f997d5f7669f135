"""Worker processes as the server sees them: started, sent messages, killed."""

import contextlib
import json
import logging
import os
import queue
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.command import Lane
from engine.jobs.job import Job
from engine.jobs.messages import Loading, Pong, Report, ToWorker
from engine.jobs.protocol import ServerChannel
from engine.settings import PROJECT, Settings

START_TIMEOUT_S = 60.0
DEATH_TIMEOUT_S = 3.0
"""A process that lives on for so long after its connection ended is killed; one that does not die of it either, because
it waits for a dead disk, is left to the system after as long again."""

PRELOAD = {Lane.LIGHT: ("engine.jobs.tasks", "engine.audio.decode", "engine.audio.encode"), Lane.MODEL: ()}
"""What a worker imports before its first job."""

# a console's Ctrl-C is for the server; it ends its workers itself
OWN_PROCESS_GROUP: dict[str, Any]
if sys.platform == "win32":
    OWN_PROCESS_GROUP = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
else:
    OWN_PROCESS_GROUP = {"start_new_session": True}

log = logging.getLogger(__name__)

if sys.platform == "win32":

    def end_with_all(process: "subprocess.Popen[bytes]") -> None:
        """End a worker and what it began, such as a speech engine that hangs and would outlive it."""
        if process.poll() is None:
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)

else:

    def end_with_all(process: "subprocess.Popen[bytes]") -> None:
        """End a worker and what it began, such as a speech engine that hangs and would outlive it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left; macOS: zombies are
            os.killpg(process.pid, signal.SIGKILL)


@dataclass(eq=False, repr=False)
class WorkerProcess:
    """One child process. `on_message(worker, message)` and `on_exit(worker)` are called from its reader thread.

    Sending never waits: a worker that does not read holds nobody up.
    """

    name: str
    lane: Lane
    settings: Settings
    port: int
    on_message: Callable[["WorkerProcess", Report], None]
    on_exit: Callable[["WorkerProcess"], None]
    background: bool = False
    """It runs jobs in the background only."""
    job: Job | None = None
    max_concurrency: int = 1
    task_id: str | None = None
    device_keys: list[str] = field(default_factory=list)
    rss_mb: int = 0
    silent_s: float = 0.0
    """Since its last message, or its start, in time that the server ran through; counted by `LivenessMonitor`."""
    loading: bool = False
    """It said that it loads, and may be silent for longer."""
    hung: bool = False
    """It was ended because it did not answer any more."""

    def __post_init__(self) -> None:
        name, settings = self.name, self.settings
        self.token = secrets.token_hex(16)
        self._outbox: queue.Queue[ToWorker | None] = queue.Queue()
        self._channel: ServerChannel | None = None
        self._gone = False
        settings.logs_dir.mkdir(parents=True, exist_ok=True)
        output = (settings.logs_dir / f"{name}.out").open("ab")
        with output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "engine.jobs.worker"],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONUTF8": "1"},
                **OWN_PROCESS_GROUP,
            )
        config = {
            "port": self.port,
            "token": self.token,
            "name": name,
            "preload": PRELOAD[self.lane],
            "background": self.background,
            "settings": settings.model_dump(mode="json"),
        }
        assert self.process.stdin
        try:
            self.process.stdin.write(json.dumps(config).encode() + b"\n")
            self.process.stdin.close()
        except OSError:
            log.error("worker died at its start", extra={"worker": name})

    @property
    def job_id(self) -> str | None:
        return self.job.id if self.job else None

    @property
    def ready(self) -> bool:
        return self._channel is not None and not self._gone

    @property
    def idle(self) -> bool:
        return self.ready and self.job is None and self.task_id is None

    @property
    def state(self) -> Literal["starting", "idle", "busy"]:
        return "idle" if self.idle else "busy" if self.ready else "starting"

    @property
    def failed_to_start(self) -> bool:
        """It ended, or stayed silent for a minute, before it ever connected."""
        silent = self.silent_s > START_TIMEOUT_S
        return self._channel is None and (silent or self.process.poll() is not None)

    @property
    def exit_code(self) -> int | None:
        """Negative for a signal on POSIX; None while it lives."""
        return self.process.poll()

    def attach(self, channel: ServerChannel) -> None:
        """The process has authenticated itself over this channel."""
        self.silent_s = 0.0
        self._channel = channel
        for target, name in ((self._read, "read"), (self._write, "write")):
            threading.Thread(target=target, name=f"{name}-{self.name}", daemon=True).start()

    def _read(self) -> None:
        assert self._channel
        try:
            for message in self._channel.messages():
                self.silent_s = 0.0
                match message:
                    case Pong():
                        pass
                    case Loading(active):
                        self.loading = active
                    case _:
                        self.on_message(self, message)
        except Exception:  # a message that makes no sense: its sender is not to be trusted any more
            log.exception("a worker is not understood", extra={"worker": self.name})
        finally:
            self._outbox.put(None)
            self._channel.close()
            self._reap()
            self.on_exit(self)

    def _write(self) -> None:
        assert self._channel
        while (message := self._outbox.get()) is not None:
            self._channel.send(message)

    def _reap(self) -> None:
        for _ in range(2):
            deadline = time.monotonic() + DEATH_TIMEOUT_S
            while self.process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            if self.process.poll() is None:
                self.process.kill()
        end_with_all(self.process)
        self._gone = True

    def send(self, message: ToWorker) -> None:
        """Put a message on its way; one to a worker that is gone is lost."""
        self._outbox.put(message)

    def kill(self) -> None:
        """End it now; `on_exit` follows, whoever else may have inherited its connection."""
        end_with_all(self.process)
        if self._channel:
            self._channel.hang_up()

    def end_as_hung(self) -> None:
        """End it because it does not answer any more."""
        self.hung = True
        self.kill()
