"""A cable that can be pulled: passes connections on to a server, until it is cut."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class Relay:
    """Listens on loopback for the server at `target`, a port of this computer."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._cut = False
        self._losing: tuple[bytes, bytes] | None = None
        self.lost = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._cut:
                    client.close()
                    continue
                with contextlib.suppress(OSError):
                    server = socket.create_connection(("127.0.0.1", self._target))
                    with self._lock:
                        self._open |= {client, server}
                    asked = bytearray()
                    for pair in ((client, server), (server, client)):
                        threading.Thread(
                            target=self._pass_on, args=(*pair, asked, pair[0] is client), daemon=True
                        ).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, asked: bytearray, asks: bool) -> None:
        """`asked`: what the client of this connection has sent so far, if an answer is to be lost."""
        with contextlib.suppress(OSError):
            while data := source.recv(2**16):
                if self._losing and asks:
                    asked += data
                elif self._losing and self._losing[0] in asked and self._losing[1] in data:
                    self._losing = None
                    self.lost.set()
                    break
                sink.sendall(data)
        self._close({source, sink})

    def _close(self, sockets: set[socket.socket]) -> None:
        with self._lock:
            self._open -= sockets
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """Every connection breaks, and no new one is answered."""
        self._cut = True
        self._close(set(self._open))
        try:
            yield
        finally:
            self._cut = False

    def lose(self, answer: bytes, *, after: bytes) -> None:
        """The next connection that has asked `after` breaks where the server says `answer`, which nobody hears."""
        self._losing = (after, answer)

    def close(self) -> None:
        self._listener.close()
        self._close(set(self._open))
