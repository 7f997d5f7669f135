"""One POST to an address that was checked: bounded in time and in what is read, redirects not followed, no proxy."""

import contextlib
import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from engine.accounts.turns import beside_the_loop
from engine.web.webhooks.destinations import Destination, Endpoint

LIMIT_S = 10.0
"""For all of it, from connecting to the head of the answer."""
MOST_BYTES = 65_536
"""Of an answer's head; its body is not read."""


@dataclass(frozen=True)
class Reply:
    """`retry_after_s`: when to come again, if it says so."""

    status: int
    retry_after_s: float | None


class Undelivered(Exception):  # noqa: N818
    """There was no answer; `key` names the sentence that says why."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


def post(
    to: Destination, endpoints: Sequence[Endpoint], headers: Mapping[str, str], body: bytes, limit_s: float = LIMIT_S
) -> Reply:
    """Raises Undelivered."""
    until = time.monotonic() + limit_s
    with contextlib.closing(_connected(endpoints, until)) as sock, _ended(sock, until) as is_over:
        try:
            with _secured(sock, to, until) as wire:
                connection = http.client.HTTPConnection(to.host, to.port)
                connection.sock = _Wire(wire)
                connection.request("POST", to.target, body, {"Host": to.authority, "Connection": "close", **headers})
                reply = connection.getresponse()
                return Reply(reply.status, _retry_after_s(reply.headers.get("Retry-After")))
        except ssl.SSLCertVerificationError:
            raise Undelivered("webhook_certificate") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            slow = is_over() or isinstance(error, TimeoutError)
            raise Undelivered("webhook_slow" if slow else "webhook_unreachable") from None


def _connected(endpoints: Sequence[Endpoint], until: float) -> socket.socket:
    """To the first that answers. Never to this computer by an address of its own that looks public."""
    slow = False
    for each in endpoints:
        sock = socket.socket(each.family, socket.SOCK_STREAM)
        try:
            sock.settimeout(max(0.01, until - time.monotonic()))
            sock.connect(each.place)
            if each.trusted or sock.getsockname()[0] != sock.getpeername()[0]:
                return sock
        except TimeoutError:
            slow = True
        except OSError:
            pass
        sock.close()
    raise Undelivered("webhook_slow" if slow else "webhook_unreachable")


@contextlib.contextmanager
def _ended(sock: socket.socket, until: float) -> Iterator[Callable[[], bool]]:
    """Within, whatever is done over the connection ends when the time is over, however little comes at a time."""
    over = threading.Event()
    other = sock.dup()  # the first goes over into that of TLS

    def end() -> None:
        over.set()
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, until - time.monotonic()), end)
    timer.daemon = True
    timer.start()
    try:
        yield over.is_set
    finally:
        timer.cancel()
        other.close()


@contextlib.contextmanager
def _secured(sock: socket.socket, to: Destination, until: float) -> Iterator[socket.socket]:
    """The connection, by TLS where the URL wants it; the certificate must be of the host that the URL names."""
    if not to.secure:
        yield sock
        return
    with _context().wrap_socket(sock, server_hostname=to.host) as wire:
        yield wire


@cache
def _context() -> ssl.SSLContext:
    """It reads every authority of this computer, which takes a while."""
    return beside_the_loop(ssl.create_default_context)


class _Wire:
    """What `http.client` needs of a socket, reading no more than MOST_BYTES."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.sendall = sock.sendall

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Bounded(self._sock))

    def close(self) -> None:
        """Whoever opened it does that."""


class _Bounded(io.RawIOBase):
    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._left = sock, MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            raise http.client.HTTPException("too long an answer")
        got = self._sock.recv_into(memoryview(buffer)[: self._left])
        if not got:
            raise ConnectionError("the answer ends within its head")  # `http.client` would take that for a whole one
        self._left -= got
        return got


def _retry_after_s(said: str | None) -> float | None:
    """Seconds of a `Retry-After` (RFC 9110, 10.2.3): a number of them, or a time."""
    if said is None:
        return None
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        if said.strip().isdecimal():
            return float(said[:12])
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    return None
