"""Every request has an id: in its answer, in each line of the log that it causes, in the jobs that it asks for.

At level `debug` the log has a line for each: method, route, status, time, user, id. Never the path itself, a query or a
body, where titles, words and signatures stand.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from engine.trace import Origin, on_behalf, plain_id
from engine.web.me import known_caller

HEADER = "X-Request-ID"
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
        given = Origin(plain_id(environ.get("HTTP_X_REQUEST_ID")))
        facts = environ[_KEY] = Answered()
        began, answered = time.perf_counter(), "-"

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            nonlocal answered
            answered = status[:3]
            return start_response(status, [*headers, (HEADER, str(given.request_id))], *more)

        with on_behalf(given):
            body = self._app(environ, start)
            if log.isEnabledFor(logging.DEBUG):
                ms = round((time.perf_counter() - began) * 1000, 1)
                log.debug(
                    "request", extra={"method": environ["REQUEST_METHOD"], **vars(facts), "status": answered, "ms": ms}
                )
        return _Body(body, given) if facts.route else body


class _Body:
    """What is sent piece by piece is still made on behalf of its request."""

    def __init__(self, body: Iterable[bytes], given: Origin) -> None:
        self._pieces, self._body, self._given = iter(body), body, given

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with on_behalf(self._given):
            return next(self._pieces)

    def close(self) -> None:
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
