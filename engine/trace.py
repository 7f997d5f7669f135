"""What one request sets off, followed through log lines, jobs and workers: its id, and the trace that it is part of."""

import contextlib
import re
import secrets
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class Origin:
    """Whence work comes. `traceparent` as in https://www.w3.org/TR/trace-context/#traceparent-header."""

    request_id: str | None = None
    traceparent: str | None = None


NOWHERE = Origin()

_current: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def origin() -> Origin:
    """Whence that comes which is being done now; NOWHERE for what nobody asked for."""
    return _current.get()


def request_id() -> str | None:
    """The id of the request that is being answered, or that set off what is being done now."""
    return _current.get().request_id


def new_id() -> str:
    return secrets.token_hex(8)


def plain_id(offered: str | None) -> str:
    """The id that a client or a proxy gave its request, if it is short and plain; else a new one."""
    return offered if offered and _PLAIN.fullmatch(offered) else new_id()


@contextlib.contextmanager
def on_behalf(of: Origin) -> Iterator[None]:
    """What is done in here comes from there: in log lines, errors and jobs."""
    before = _current.get()
    _current.set(of)
    try:
        yield
    finally:
        _current.set(before)
