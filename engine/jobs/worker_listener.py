"""The loopback socket where worker processes connect and prove themselves."""

import hmac
import logging
import socket
import threading
import time
from collections.abc import Callable

from engine.jobs.codec import InvalidMessage, decode
from engine.jobs.messages import FROM_WORKER, HELLO
from engine.jobs.protocol import Channel
from engine.jobs.worker_process import WorkerProcess

HELLO_TIMEOUT_S = 10.0
MAX_HELLO = 500
"""Bytes of a first line."""
RETRY_S = 0.2

log = logging.getLogger(__name__)


class WorkerListener:
    """Whoever cannot name the token of an expected worker is disconnected."""

    def __init__(self, on_ready: Callable[[], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._expected: list[WorkerProcess] = []
        self._on_ready = on_ready
        self._closed = False

    def open(self) -> None:
        threading.Thread(target=self._accept, name="listener", daemon=True).start()

    def expect(self, worker: WorkerProcess) -> None:
        self._expected.append(worker)

    def forget(self, worker: WorkerProcess) -> None:
        if worker in self._expected:
            self._expected.remove(worker)

    def _accept(self) -> None:
        while not self._closed:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                if not self._closed:  # too many open files, say: workers that connect later must be accepted
                    log.exception("a connection could not be accepted")
                    time.sleep(RETRY_S)
                continue
            threading.Thread(target=self._authenticate, args=(connection,), name="authenticate", daemon=True).start()

    def _authenticate(self, connection: socket.socket) -> None:
        token = _token_of(connection).encode()
        for worker in list(self._expected):
            if hmac.compare_digest(worker.token.encode(), token):
                self.forget(worker)
                connection.settimeout(None)
                worker.attach(Channel(connection, FROM_WORKER))
                self._on_ready()
                return
        connection.close()

    def close(self) -> None:
        self._closed = True
        self._listener.close()


def _token_of(connection: socket.socket) -> str:
    """What the first line names, read byte by byte so that nothing behind it is taken; "" for any other line."""
    deadline = time.monotonic() + HELLO_TIMEOUT_S
    line = b""
    try:
        while not line.endswith(b"\n") and len(line) < MAX_HELLO:
            connection.settimeout(max(0.001, deadline - time.monotonic()))
            byte = connection.recv(1)
            if not byte:
                break
            line += byte
        return decode(line, HELLO).token
    except (OSError, InvalidMessage):
        return ""
