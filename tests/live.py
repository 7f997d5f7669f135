"""A real server in a process of its own, for tests that come in from outside."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from engine.database import Database
from engine.settings import PROJECT, Settings
from tests.conftest import make_settings
from tests.waiting import until


@dataclass
class Live:
    """A started server: its process, where it listens, and its settings."""

    process: subprocess.Popen[str]
    port: int
    settings: Settings

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; a body that is no bytes is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {} if body is None or isinstance(body, bytes) else {"Content-Type": "application/json"}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        with contextlib.closing(connection):
            connection.request(method, path, data, {**sent, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def json(self, method: str, path: str, body: Any = None) -> Any:
        return json.loads(self.request(method, path, body)[2])

    def finished(self, job_id: str, timeout_s: float = 60) -> Any:
        """Poll until the job is over; its row."""
        return until(lambda: self._row(job_id, lambda status: status not in ("PENDING", "RUNNING")), timeout_s)

    def reached(self, job_id: str, status: str, timeout_s: float = 30) -> Any:
        """Poll until the job is in this state; its row."""
        return until(lambda: self._row(job_id, lambda found: found == status), timeout_s)

    def _row(self, job_id: str, fits: Callable[[str], bool]) -> Any:
        row = self.json("GET", f"/api/jobs/{job_id}")
        return row if fits(row["status"]) else None

    def workers(self) -> list[psutil.Process]:
        """Its worker processes."""
        return psutil.Process(self.process.pid).children()

    def ask(self, command: str = "debug", **params: Any) -> str:
        """The id of a new job."""
        return str(self.json("POST", "/api/jobs", {"command": command, "params": params})["job_id"])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(20)


@cache
def _empty_index() -> bytes:
    """An index with its tables: every server would make its own, which takes a while."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.db"
        with contextlib.closing(Database(f"sqlite:///{path}")) as database:
            database.migrate()
        return path.read_bytes()


def start(folder: Path, *flags: str, mode: str = "eventlet") -> Live:
    """Start `webui.py` and wait until it says where it listens."""
    settings = make_settings(folder)
    index = settings.state_dir / "library.db"
    if not index.exists():
        index.parent.mkdir(parents=True, exist_ok=True)
        index.write_bytes(_empty_index())
    arguments = ["--no-browser", "--port", "0", "--output", str(settings.output), "--models", str(settings.models)]
    process = subprocess.Popen(
        [sys.executable, "webui.py", *arguments, "--async-mode", mode, "--debug", *flags],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout
    line = process.stdout.readline()
    found = re.search(r":(\d+)(/\S+)?\s*$", line)
    if not found:
        process.kill()
        raise RuntimeError(f"the server did not start: {line!r}")
    return Live(process, int(found[1]), settings)


@contextlib.contextmanager
def live(folder: Path, *flags: str, mode: str = "eventlet") -> Iterator[Live]:
    server = start(folder, *flags, mode=mode)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
