"""JSON lines over a loopback socket between server and worker: the messages of `messages`, in the form of `codec`."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from engine.jobs.codec import InvalidMessage, decode, encode
from engine.jobs.messages import FromWorker, ToWorker

MAX_LINE = 4_000_000

CLOSED = (OSError, EOFError)
"""What a socket raises that is closed; EOFError comes from eventlet's."""

Sent = TypeVar("Sent")
Received = TypeVar("Received")


class Channel(Generic[Sent, Received]):
    """One end of the connection; `send` may be called from any thread. `received`: the classes that may arrive."""

    def __init__(self, connection: socket.socket, received: Mapping[str, type[Received]]) -> None:
        self._socket = connection
        self._received = received
        self._lock = threading.Lock()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, message: Sent) -> bool:
        """True when the other end was there to take it."""
        line = encode(message)
        try:
            with self._lock:
                self._socket.sendall(line)
        except CLOSED:
            return False
        return True

    def messages(self) -> Iterator[Received]:
        """Messages until the other end closes. Raises InvalidMessage for a line that is none, or too long."""
        buffer = b""
        while True:
            try:
                chunk = self._socket.recv(65536)
            except CLOSED:
                return
            if not chunk:
                return
            buffer += chunk
            *lines, buffer = buffer.split(b"\n")
            for line in lines:
                yield decode(line, self._received)
            if len(buffer) > MAX_LINE:
                raise InvalidMessage(f"a line of more than {MAX_LINE} bytes")

    def hang_up(self) -> None:
        """End the conversation from any thread: whoever waits in `messages` or `send` is woken and comes to an end."""
        with contextlib.suppress(*CLOSED):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.hang_up()
        self._socket.close()


ServerChannel = Channel[ToWorker, FromWorker]
WorkerChannel = Channel[FromWorker, ToWorker]
