"""How often somebody may ask, where there are accounts: by user where one is known, by address where none is."""

import hashlib
import ipaddress
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter._limits import Limit
from limits.errors import ConfigurationError

from engine.accounts.emails import normalised
from engine.errors import AppError, invalid
from engine.web.auth.access import OIDC, OWN, submits, uploads
from engine.web.auth.proof import accounts
from engine.web.guard import SHARED

LIMITS = {
    "login": "5/minute;30/hour",
    "address": "30/minute;300/hour",
    "email": "10/minute",
    "refresh": "30/minute",
    "password": "5/minute;30/hour",
    "jobs": "120/minute",
    "uploads": "1200/minute",
    "links": "30/minute",
    "shared": "600/minute",
}
"""`login`: of one email from one address; `address`: of all emails from one; `email`: of one email from everywhere but
where its user has logged in before, so that a stranger can neither guess for long nor lock its user out. `links`: made
by one user; `shared`: what links show, to one address."""

PROVING = ("/api/session", "/api/v1/auth/login", "/api/v1/auth/register", OIDC)
"""Where somebody says who they are."""
REFRESHING = "/api/v1/auth/refresh"
KNOWN_S = 30 * 86400.0


def limit(app: Flask, storage: str) -> None:
    """Count requests and refuse what is too much: 429 with `Retry-After`. Raises INVALID_INPUT for unusable storage."""
    app.after_request(_retry_only_what_was_refused)  # what is registered first comes last
    try:
        Limiter(
            _who,
            app=app,
            storage_uri=storage,
            strategy="moving-window",
            headers_enabled=True,
            in_memory_fallback_enabled=storage != "memory://",
            default_limits=[
                _limit("login", _email_and_address, lambda: not _proves() or not _email()),
                _limit("address", _address, lambda: not _proves()),
                _limit("email", _email, lambda: not _proves() or not _email() or _is_known()),
                _limit("refresh", _address, lambda: request.path != REFRESHING),
                _limit("password", _who, lambda: (request.method, request.path) != ("PATCH", OWN + "/me")),
                _limit("jobs", _who, lambda: not submits(request.method, request.path)),
                _limit("uploads", _who, lambda: not uploads(request.method, request.path)),
                _limit("links", _who, lambda: request.method != "POST" or not request.path.endswith("/links")),
                _limit("shared", _address, lambda: not request.path.startswith(SHARED)),
            ],
        )
    except ConfigurationError as error:
        raise invalid("rate_limit_storage_unusable", reason=str(error)[:200]) from error


def _limit(name: str, key: Callable[[], str], exempt: Callable[[], bool]) -> Limit:
    return Limit(lambda: LIMITS[name], key_function=key, scope=name, shared=True, exempt_when=exempt)


def _retry_only_what_was_refused(response: Response) -> Response:
    if response.status_code not in (429, 503):
        response.headers.pop("Retry-After", None)
    return response


def _proves() -> bool:
    return request.path in PROVING and (request.method == "POST" or request.path == OIDC)


def _who() -> str:
    who = g.get("caller")
    return f"user {who.user}" if who else _address()


def _address() -> str:
    """Where it comes from; of IPv6 the part that one customer of a provider has (RFC 6177)."""
    try:
        found = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return request.remote_addr or "nowhere"
    wide = f"{found}/64" if found.version == 6 else str(found)
    return str(ipaddress.ip_network(wide, strict=False))


def _said_email() -> str:
    """Of whom it is said to be; empty for nobody."""
    body: Any = request.get_json(silent=True)
    said = body.get("email") if isinstance(body, dict) else None
    try:
        return normalised(said) if isinstance(said, str) else ""
    except AppError:
        return ""


def _email() -> str:
    """The same as a hash: a storage that is shared need not know."""
    said = _said_email()
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest() if said else ""


def _email_and_address() -> str:
    return f"{_email()} {_address()}"


def _is_known() -> bool:
    """Whether whose email it is has logged in from this address lately."""
    return accounts().has_been_here(_said_email(), request.remote_addr, KNOWN_S)
