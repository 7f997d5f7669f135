"""JSON lines over a loopback socket between server and worker. Only keys and numbers cross it, never audio."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

MAX_LINE = 4_000_000

GONE = (OSError, EOFError)
"""What a socket raises that is closed; EOFError comes from eventlet's."""

Message = dict[str, Any]


class Channel:
    """One end of the connection; `send` may be called from any thread."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._lock = threading.Lock()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, kind: str, **fields: Any) -> bool:
        """True when the other end was there to take it."""
        line = json.dumps({"type": kind, **fields}, ensure_ascii=True).encode() + b"\n"
        try:
            with self._lock:
                self._socket.sendall(line)
        except GONE:
            return False
        return True

    def messages(self) -> Iterator[Message]:
        """Messages until the other end closes. A line that is no JSON object ends it too."""
        buffer = b""
        while True:
            try:
                chunk = self._socket.recv(65536)
            except GONE:
                return
            if not chunk:
                return
            buffer += chunk
            *lines, buffer = buffer.split(b"\n")
            if len(buffer) > MAX_LINE:
                return
            for line in lines:
                try:
                    message = json.loads(line)
                except ValueError:
                    return
                if not isinstance(message, dict):
                    return
                yield message

    def hang_up(self) -> None:
        """End the conversation from any thread: whoever waits in `messages` or `send` is woken and comes to an end."""
        with contextlib.suppress(*GONE):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.hang_up()
        self._socket.close()
