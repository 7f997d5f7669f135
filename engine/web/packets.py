"""Packets that no page of ours sends are refused before the library meets them.

It would answer a 500 in the middle of a WebSocket, take a broken post for a good one, keep binary parts without end,
and log a traceback for each. Here the post is answered by 400, and the WebSocket closed with the status that RFC 6455,
7.4.1 has for it. https://socket.io/docs/v4/engine-io-protocol, https://socket.io/docs/v4/socket-io-protocol
"""

import contextlib
import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from flask_socketio import SocketIO
from simple_websocket import ConnectionClosed
from socketio.packet import ACK, EVENT, Packet

from engine.errors import HTTP_STATUS, AppError, Code
from engine.web.shapes import error_body

PATH = "/socket.io/"
SEPARATOR = "\x1e"
UNSUPPORTED_DATA, INVALID_PAYLOAD = 1003, 1007
NOT_OURS = "no packet of ours"

log = logging.getLogger(__name__)

Environ = dict[str, Any]


def is_ours(data: object) -> bool:
    """Whether this is an Engine.IO packet that a page may send: text, and in a message a Socket.IO packet."""
    if not isinstance(data, str) or data[:1] not in set("123456"):  # close, ping (as a probe), pong, message, …
        return False
    return data[0] != "4" or _is_message(data[1:])


def _is_message(text: str) -> bool:
    if text[:1] not in set("0123"):  # connect, disconnect, event, answer: no binary parts
        return False
    try:
        packet = Packet(encoded_packet=text)
    except (ValueError, TypeError, LookupError, RecursionError):
        return False
    if packet.namespace not in (None, "/"):
        return False
    if packet.packet_type == EVENT:
        return isinstance(packet.data, list) and bool(packet.data) and isinstance(packet.data[0], str)
    return isinstance(packet.data, list if packet.packet_type == ACK else dict | None)


class _Judged:
    """A WebSocket as Engine.IO knows it, whose `wait` ends it when something comes that is none of ours."""

    def __init__(self, websocket: Any) -> None:
        self._websocket = websocket
        self._in_threads = hasattr(websocket, "ws")  # simple_websocket's; else eventlet's
        self._closing = threading.Lock()
        self._closed = False
        if not self._in_threads:
            _say_why(websocket)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._websocket, name)

    def wait(self) -> Any:
        data = self._websocket.wait()
        if data is None or is_ours(data):
            return data
        log.info("a packet was refused")
        self.close(INVALID_PAYLOAD if isinstance(data, str) else UNSUPPORTED_DATA)
        return None

    def close(self, status: int | None = None) -> None:
        """Reader and writer both do it; the second time is none."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            if status is None:
                self._websocket.close()
            elif self._in_threads:
                with contextlib.suppress(ConnectionClosed):  # by the other side, in this very moment
                    self._websocket.ws.close(status, NOT_OURS)
            else:
                self._websocket.close(close_data=(status, NOT_OURS.encode()))


def _say_why(websocket: Any) -> None:
    """eventlet calls text that is no UTF-8 an error of the server's own."""
    close = websocket.close

    def closed(close_data: tuple[int, bytes] | None = None) -> None:
        broken = isinstance(sys.exc_info()[1], UnicodeDecodeError)
        close((INVALID_PAYLOAD, b"no UTF-8") if broken else close_data)

    websocket.close = closed


class JudgedPosts:
    """WSGI middleware for the other transport: a post that holds anything but packets of ours is answered by 400."""

    def __init__(self, app: Callable[..., Iterable[bytes]], most_bytes: int) -> None:
        self._app, self._most_bytes = app, most_bytes

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and environ.get("PATH_INFO", "").startswith(PATH):
            length = environ.get("CONTENT_LENGTH") or "0"
            if not (length.isascii() and length.isdigit() and int(length) <= self._most_bytes):
                return _bad_request(start_response)
            body = environ["wsgi.input"].read(int(length))
            if parse_qs(environ.get("QUERY_STRING", "")).get("j") or not _all_ours(body):
                return _bad_request(start_response)
            environ["wsgi.input"] = io.BytesIO(body)
        return self._app(environ, start_response)


class WebSocketsAlone:
    """WSGI middleware that refuses the other transport, whose requests might each come to another server."""

    def __init__(self, app: Callable[..., Iterable[bytes]], language: str) -> None:
        self._app, self._language = app, language

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PATH) or parse_qs(environ.get("QUERY_STRING", "")).get("transport") == ["websocket"]:
            return self._app(environ, start_response)
        error = AppError(Code.INVALID_INPUT, "websocket_wanted")
        body = json.dumps(error_body(error, path, self._language), ensure_ascii=False).encode()
        headers = [("Content-Type", "application/json; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response(f"{HTTP_STATUS[error.code]} {error.code}", headers)
        return [body]


def _all_ours(body: bytes) -> bool:
    try:
        return all(is_ours(packet) for packet in body.decode("utf-8").split(SEPARATOR))
    except UnicodeDecodeError:
        return False


def _bad_request(start_response: Callable[..., Any]) -> Iterable[bytes]:
    log.info("a post of packets was refused")
    body = NOT_OURS.encode()
    start_response("400 BAD REQUEST", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def judge(socketio: SocketIO) -> None:
    """Have every WebSocket of `socketio` judged. (Engine.IO offers no other way in than its table of drivers.)"""
    engine = socketio.server.eio
    driver = engine._async["websocket"]

    def judged(handler: Callable[[Any], Any], server: Any) -> Any:
        return driver(lambda websocket: handler(_Judged(websocket)), server)

    engine._async = {**engine._async, "websocket": judged}
