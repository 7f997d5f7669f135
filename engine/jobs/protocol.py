"""JSON lines over a loopback socket between server and worker. Only keys and numbers cross it, never audio."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

MAX_LINE = 4_000_000

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
        except OSError:
            return False
        return True

    def messages(self) -> Iterator[Message]:
        """Messages until the other end closes. A line that is no JSON object ends it too."""
        buffer = b""
        while True:
            try:
                chunk = self._socket.recv(65536)
            except OSError:
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

    def close(self) -> None:
        # shutdown wakes a reader that waits in recv, close alone does not
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
