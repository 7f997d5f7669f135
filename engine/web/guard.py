"""The guard stands before everything, HTTP and Socket.IO alike: only this computer's own page may drive the server.

A website the user visits can send requests to localhost, and by DNS rebinding even from its own name. So a request
must name this server in `Host`, and one that a browser sends must come from the page itself.
"""

import ipaddress
import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from engine.errors import HTTP_STATUS, AppError, Code

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
OPEN = frozenset({"0.0.0.0", "::", ""})

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Guard:
    """WSGI middleware. `host` is the address that the server listens on."""

    def __init__(self, app: Callable[[Environ, StartResponse], Iterable[bytes]], host: str, language: str) -> None:
        self._app = app
        self._host = host
        self._language = language

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        error = self.objection(environ)
        if error is None:
            return self._app(environ, start_response)
        body = json.dumps({"error": error.body(self._language)}, ensure_ascii=False).encode()
        headers = [("Content-Type", "application/json; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response(f"{HTTP_STATUS[error.code]} {error.code}", headers)
        return [body]

    def objection(self, environ: Environ) -> AppError | None:
        """Why this request is refused; None when it may pass."""
        host = environ.get("HTTP_HOST", "")
        name = _name(f"//{host}")
        if name is None or not self._ours(name):
            return AppError(Code.UNAUTHORIZED, "foreign_host", host=host[:100])
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and not self._same_origin(origin, host):
            return AppError(Code.UNAUTHORIZED, "foreign_origin", origin=origin[:100])
        site = environ.get("HTTP_SEC_FETCH_SITE", "none")
        visiting = environ.get("HTTP_SEC_FETCH_MODE") == "navigate" and environ.get("REQUEST_METHOD") == "GET"
        if site not in ("same-origin", "none") and not (visiting and environ.get("PATH_INFO", "/") == "/"):
            return AppError(Code.UNAUTHORIZED, "foreign_origin", origin=site[:100])
        return None

    def _ours(self, name: str) -> bool:
        """On loopback only loopback's names; when opened to a network, any bare address: rebinding needs a name."""
        if name in LOOPBACK or name == self._host:
            return True
        if self._host in LOOPBACK:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return self._host in OPEN

    def _same_origin(self, origin: str, host: str) -> bool:
        try:
            parts = urlsplit(origin)
            return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()
        except ValueError:
            return False


def _name(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that is no number
        return None if parts.username else parts.hostname
    except ValueError:
        return None
