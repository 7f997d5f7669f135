"""Brokers for tests, on loopback: RabbitMQ and Redis, each of which may be killed and started again."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.waiting import until
from tests.wants import wants

BROKERS = ("RabbitMQ", "Redis")
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The server itself: the script on the PATH becomes another user."""


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Broker:
    """A server of ours; it keeps what it has on disk."""

    name: str
    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return (
            f"amqp://guest:guest@127.0.0.1:{self.port}//"
            if self.name == "RabbitMQ"
            else f"redis://127.0.0.1:{self.port}/0"
        )

    def start(self) -> None:
        command, known = self._command()
        with (self.folder / "log").open("ab") as said:
            self.process = subprocess.Popen(
                command, env={**os.environ, **known}, cwd=self.folder, stdout=said, stderr=said, start_new_session=True
            )
        until(self._answers, 120)

    def _command(self) -> tuple[list[str], dict[str, str]]:
        if self.name == "Redis":
            return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--appendonly", "yes"], {}
        (self.folder / "plugins").write_text("[].")
        (self.folder / "rabbit.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\ndisk_free_limit.absolute = 50MB\n"
        )
        return [str(RABBITMQ)], {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbit.conf"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none",
        }

    def __post_init__(self) -> None:
        self._dist_port, self._epmd_port = free_port(), free_port()

    def _answers(self) -> bool:
        assert self.process and self.process.poll() is None, (self.folder / "log").read_text()
        greeting = b"AMQP\x00\x00\x09\x01" if self.name == "RabbitMQ" else b"PING\r\n"
        with closing(socket.socket()) as connection:
            connection.settimeout(2)
            try:
                connection.connect(("127.0.0.1", self.port))
                connection.sendall(greeting)
                return bool(connection.recv(1))
            except OSError:
                return False

    def kill(self) -> None:
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@contextmanager
def running(name: str, folder: Path) -> Iterator[Broker]:
    """Skips where it is not installed."""
    if not (RABBITMQ.exists() if name == "RabbitMQ" else shutil.which("redis-server")):
        pytest.skip(wants(name))
    folder.mkdir(parents=True, exist_ok=True)
    broker = Broker(name, folder, free_port())
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
