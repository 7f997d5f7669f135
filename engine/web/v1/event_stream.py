"""News of a job as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

`event: job` with the job as `GET /jobs/{id}` tells it, for every change; `event: end`, the last one, when it is over.
A client that comes back with `Last-Event-ID` is sent what it missed. Where that is not known any more, after a restart
say, `event: gap` says so, and the job as it is now follows. A comment comes when nothing else did, so that proxies keep
the connection, and so that who vanished without a word is noticed.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from flask import Flask, Response, current_app, g, request

from engine.accounts import Caller
from engine.errors import AppError
from engine.jobs.job import ACTIVE
from engine.web.me import caller, me
from engine.web.v1.job_views import of_row
from engine.web.v1.watching import Row, Watching

HEARTBEAT_S = 15.0


def stream(watching: Watching, job_id: str) -> Response:
    """The answer, which ends with the job. Raises NOT_FOUND, RATE_LIMITED for a user with too many of them."""
    me.queue.get(job_id)
    if request.method == "HEAD":
        return Response(mimetype="text/event-stream")
    held = watching.one_of(caller().user, "events")
    held.__enter__()
    answer = Response(_events(watching, _Asked.now(job_id)), mimetype="text/event-stream")
    answer.call_on_close(lambda: held.__exit__(None, None, None))
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"  # nginx would keep them back
    return answer


def _number(last: str, watching: Watching) -> int | None:
    """The number of the event of this id; None for one of another life of the server, and for none at all."""
    life, _, number = last.partition(".")
    fits = life == watching.life and number.isascii() and number.isdigit() and len(number) < 16
    return int(number) if fits else None


@dataclass(frozen=True)
class _Asked:
    """The request behind a stream. Its context is entered for each event and left again: while a stream waits, others
    are answered in the same thread."""

    job_id: str
    last: str
    app: Flask
    environ: dict[str, Any]
    caller: Caller

    @classmethod
    def now(cls, job_id: str) -> Self:
        last = request.headers.get("Last-Event-ID", "")
        return cls(job_id, last, current_app._get_current_object(), request.environ, caller())  # type: ignore[attr-defined]

    @contextlib.contextmanager
    def _context(self) -> Iterator[None]:
        with self.app.request_context(self.environ):
            g.caller = self.caller
            yield

    def row(self) -> Row | None:
        """The job as it is now; None where it was forgotten meanwhile."""
        with self._context(), contextlib.suppress(AppError):
            return me.scheduler.views.row(me.queue.get(self.job_id))
        return None

    def event(self, identity: str, name: str, row: Row) -> str:
        """An event as it is sent."""
        with self._context():
            told = of_row(row).model_dump(mode="json")
        return _sent(identity, name, told)


def _sent(identity: str, name: str, data: dict[str, Any]) -> str:
    return f"id: {identity}\nevent: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _events(watching: Watching, asked: _Asked) -> Iterator[str]:
    last = _number(asked.last, watching)
    with watching.job(asked.job_id) as watch:
        number = watch.number
        missed = None if last is None else watch.since(last)
        if missed is None:
            row = asked.row()
            missed = None if row is None else [(number, row)]
            if asked.last and row is not None:
                yield _sent(f"{watching.life}.{number}", "gap", {"last_event_id": asked.last[:100]})
        elif not missed:
            missed = _end(asked, number)
        while missed is not None:
            for number, row in missed:
                over = row["status"] not in ACTIVE
                yield asked.event(f"{watching.life}.{number}", "end" if over else "job", row)
                if over:
                    return
            missed = watch.wait(number, HEARTBEAT_S)
            if not missed:
                yield ": nothing new\n\n"
                missed = _end(asked, number)


def _end(asked: _Asked, number: int) -> list[tuple[int, Row]] | None:
    """Of a job of which there is no news: its end, where it has come without any, by another server say; None where it
    was forgotten."""
    row = asked.row()
    if row is None:
        return None
    return [] if row["status"] in ACTIVE else [(number, row)]
