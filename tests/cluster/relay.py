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
                    for source, sink in ((client, server), (server, client)):
                        threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(2**16):
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

    def close(self) -> None:
        self._listener.close()
        self._close(set(self._open))
