"""What a caller may do: which routes need nobody, and what a program's token must be good for."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from engine.accounts import Caller, Role
from engine.errors import AppError, Code
from engine.web.me import caller

P = ParamSpec("P")
R = TypeVar("R")


class Scope(StrEnum):
    """What a program's token may be good for."""

    READ = "read"
    JOBS = "jobs"
    WRITE = "write"
    ADMIN = "admin"


SAFE = frozenset(("GET", "HEAD", "OPTIONS"))

PUBLIC = frozenset(
    (
        "/",
        "/favicon.ico",
        "/i18n/<language>.json",
        "/static/<folder>/<path:name>",
        "/assets/<fingerprint>/<folder>/<path:name>",
        "/assets/<fingerprint>/i18n/<language>.json",
        "/api/health",
        "/api/session",
        "/api/session/oidc",
        "/api/session/oidc/callback",
        "/metrics",
        "/api/v1/health",
        "/api/v1/ready",
        "/api/v1/uploads/<upload_id>/content",
        "/api/v1/uploads/<upload_id>/parts/<int:number>",
        "/api/v1/auth/login",
        "/api/v1/auth/refresh",
        "/api/v1/auth/register",
        "/api/v1/openapi.json",
        "/api/v1/docs",
        "/shared/<secret>",
        "/shared/<secret>/<file>",
    )
)
"""Rules of the routes that answer to anybody, or ask by themselves who it is. All others need a caller."""

OIDC = "/api/session/oidc"
OWN = "/api/v1/auth"
"""Below it everybody manages their own account: no program's token may change that."""
_ADMIN = (f"{OWN}/invitations", "/api/v1/users", "/api/v1/audit")
"""Where users are managed."""

_SUBMITTING = (
    "/api/jobs", "/api/batches", "/api/v1/jobs", "/api/v1/batches",
    "/api/v1/audio-generation/sequential", "/v1/audio/speech",
)  # fmt: skip
"""Where jobs are asked for; below the first four they are tried again."""
_UPLOADS = ("/api/uploads", "/api/v1/uploads")
_JOBS = (*_SUBMITTING, *_UPLOADS, "/api/queue", "/api/v1/tasks", "/api/v1/deliveries")
"""Where jobs and uploads are."""


def check_scope(who: Caller, method: str, path: str) -> None:
    """Raises FORBIDDEN where a program's token is not good for this."""
    if who.scopes is None:
        return
    if any(_is_below(path, place) for place in _ADMIN):
        need(who, Scope.ADMIN)
    elif method in SAFE:
        need(who, Scope.READ)
    elif _is_below(path, OWN):
        raise AppError(Code.FORBIDDEN, "login_not_token")
    else:
        need(who, Scope.JOBS if any(_is_below(path, place) for place in _JOBS) else Scope.WRITE)


def need(who: Caller, scope: Scope) -> None:
    """Raises FORBIDDEN where a program's token lacks this scope."""
    if who.scopes is not None and scope not in who.scopes:
        raise AppError(Code.FORBIDDEN, "scope_missing", scope=str(scope))


def admin_only(view: Callable[P, R]) -> Callable[P, R]:
    """A route for administrators. Raises FORBIDDEN for others."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        who = caller()
        if who.role is not Role.ADMIN:
            raise AppError(Code.FORBIDDEN, "admin_only")
        need(who, Scope.ADMIN)
        return view(*args, **kwargs)

    checked.admin_only = True  # type: ignore[attr-defined]
    return checked


def _is_below(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")


def submits(method: str, path: str) -> bool:
    """Whether a request asks for jobs."""
    retries = path.endswith("/retry") and any(_is_below(path, place) for place in _SUBMITTING)
    return method == "POST" and (path in _SUBMITTING or retries)


def uploads(method: str, path: str) -> bool:
    """Whether a request brings an upload, or a part of one."""
    return method in ("POST", "PUT") and any(_is_below(path, place) for place in _UPLOADS)
