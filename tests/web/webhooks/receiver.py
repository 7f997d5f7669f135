"""A receiver of webhooks on loopback that answers as it is told to."""

import base64
import contextlib
import hashlib
import hmac
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Received:
    path: str
    headers: Message
    body: bytes


@dataclass
class Receiver:
    """`answers`: status and headers for each request in turn, then 204 for ever."""

    port: int = 0
    scheme: str = "http"
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str = "/hook?a=1") -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def then(self, *statuses: int, **headers: str) -> None:
        self.answers += [
            (status, {name.replace("_", "-"): text for name, text in headers.items()}) for status in statuses
        ]


@contextlib.contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    known = Receiver(scheme="https" if context else "http")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with known.lock:
                known.received.append(Received(self.path, self.headers, body))
                status, headers = known.answers.pop(0) if known.answers else (204, {})
            self.send_response(status)
            for name, text in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, text)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    known.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def proves(secret: str, got: Received) -> bool:
    """Whether one of its signatures is of this secret: by the words of the specification, apart from our own code."""
    key = base64.b64decode(secret.split("_", 1)[1])
    text = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    expected = "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    return expected in got.headers["webhook-signature"].split(" ")
