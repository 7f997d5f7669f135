"""A PostgreSQL for tests, on loopback, that may be stopped in the middle of everything and started again."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.brokers import free_port
from tests.waiting import until
from tests.wants import wants

USER, NOBODY = "test", "nobody"


def _programs() -> Path | None:
    """Where PostgreSQL's programs are; Debian keeps them off the PATH, a folder for each version."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), default=None)


def _account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


@dataclass
class DatabaseServer:
    """A server of ours; what was committed is on its disk."""

    programs: Path
    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """An empty cluster of databases."""
        command = [str(self.programs / "initdb"), "-D", str(self.folder / "data"), "-U", USER, "--auth=trust"]
        command += ["--no-locale", "--encoding=UTF8", "--no-sync"]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, **_account())

    def start(self) -> None:
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += ["-h", "127.0.0.1", "-k", str(self.folder)]
        with (self.folder / "log").open("ab") as said:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=said, stderr=said, **_account())
        until(self._answers, 60)

    def _answers(self) -> bool:
        assert self.process and self.process.poll() is None, (self.folder / "log").read_text()
        try:
            with closing(psycopg.connect(f"postgresql://{USER}@127.0.0.1:{self.port}/postgres", connect_timeout=2)):
                return True
        except psycopg.OperationalError:
            return False

    def stop(self) -> None:
        """At once, as `pg_ctl stop -m immediate`: nothing is finished, and the next start recovers from the log."""
        if self.process:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
            self.process = None


@contextmanager
def running_database() -> Iterator[DatabaseServer]:
    """Skips where PostgreSQL's server is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip(wants("PostgreSQL's server"))
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # another user has no way into pytest's own
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, NOBODY)
        server = DatabaseServer(programs, folder)
        server.make()
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
