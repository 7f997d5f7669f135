"""Every request has an id: in its answer, in each line of the log that it causes, in the jobs that it asks for.

At level `debug` the log has a line for each: method, route, status, time, user, id. Never the path itself, a query or a
body, where titles, words and signatures stand.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from engine import metrics, spans
from engine.trace import Origin, on_behalf, plain_id
from engine.web.me import known_caller
from engine.web.packets import PATH as SOCKETS

HEADER = "X-Request-ID"
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_KEY = "audiocraft-webui.answered"

log = logging.getLogger(__name__)

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass
class Answered:
    """What is known of a request when its answer begins. `route` is the rule that it met, `none` where there is none,
    and empty for what Flask never saw: Socket.IO's, and what was refused at the door.
    """

    route: str = ""
    user: str | None = None


class RequestLog:
    """WSGI middleware around everything that may answer or refuse."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        given = Origin(plain_id(environ.get("HTTP_X_REQUEST_ID")), spans.offered(environ.get("HTTP_TRACEPARENT")))
        is_socket = environ.get("PATH_INFO", "").startswith(SOCKETS)
        facts = environ[_KEY] = Answered()
        began, answered, is_file = time.perf_counter(), "-", False

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            nonlocal answered, is_file
            answered, is_file = status[:3], _is_file(headers)
            return start_response(status, [*headers, (HEADER, str(given.request_id))], *more)

        with on_behalf(given), nullcontext() if is_socket else spans.span("request", server=True) as span:
            body = self._app(environ, start)
            took_s = time.perf_counter() - began
            method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in METHODS else "other"
            if log.isEnabledFor(logging.DEBUG):
                ms = round(took_s * 1000, 1)
                log.debug("request", extra={"method": method, **vars(facts), "status": answered, "ms": ms})
            route = facts.route or ("socket.io" if is_socket else "refused")
            metrics.HTTP_REQUESTS.add(method=method, route=route, status=answered)
            if not is_socket:
                metrics.HTTP_LATENCY.observe(took_s, method=method, route=route)
            if span is not None:
                spans.answered(span, method, route, answered)
        return _Body(body, given, counts=is_file and method == "GET") if facts.route else body


def _is_file(headers: Sequence[tuple[str, str]]) -> bool:
    """Whether a sound is sent, or what is to be saved."""
    said = {name.lower(): value for name, value in headers}
    return said.get("content-type", "").startswith("audio/") or "attachment" in said.get("content-disposition", "")


class _Body:
    """What is sent piece by piece is still made on behalf of its request; `counts`: as a download."""

    def __init__(self, body: Iterable[bytes], given: Origin, *, counts: bool) -> None:
        self._pieces, self._body, self._given = iter(body), body, given
        self._counts, self._complete = counts, False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with on_behalf(self._given):
            piece = next(self._pieces, None)
        if piece is None:
            self._complete = True
            raise StopIteration
        if self._counts:
            metrics.DOWNLOAD_BYTES.add(len(piece))
        return piece

    def close(self) -> None:
        if self._counts:
            metrics.DOWNLOADS.add(outcome="complete" if self._complete else "aborted")
            self._counts = False
        if hasattr(self._body, "close"):
            with on_behalf(self._given):
                self._body.close()


def attach(app: Flask) -> None:
    """Let the log know each request's route and user; register it before whatever may answer first."""

    def note_route() -> None:
        request.environ[_KEY].route = request.url_rule.rule if request.url_rule else "none"

    def note_user(answer: Response) -> Response:
        who = known_caller()
        request.environ[_KEY].user = who.user if who else None
        return answer

    app.before_request(note_route)
    app.after_request(note_user)
