"""The guard stands before everything, HTTP and Socket.IO alike: only this computer's own page may drive the server.

A website the user visits can send requests to localhost, and by DNS rebinding even from its own name. So a request
must name this server in `Host`, and one that a browser sends must come from the page itself.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from engine.errors import HTTP_STATUS, AppError, Code
from engine.web.shapes import error_body

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
OPEN = frozenset({"0.0.0.0", "::", ""})
VISITED = ("/", "/api/session/oidc/callback")
"""Where a link of another page may lead: to our page, and back from an OpenID provider."""
SHARED = "/shared/"
"""With accounts, a link may lead to what was shared, too."""
FILES = ("/api/v1/tracks/", "/api/v1/jobs/", "/api/v1/uploads/")
"""With accounts, what a signed address below these names may be shown by any page: no cookie counts beside one."""

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Guard:
    """WSGI middleware. `host` is the address that the server listens on, `allowed` the names that proxies give it:
    exact ones, or `*.example.org` for all below a domain. `proxied`: the request's scheme is what the user's browser
    sees. `accounts`: whether there are some.
    """

    def __init__(
        self,
        app: Callable[[Environ, StartResponse], Iterable[bytes]],
        host: str,
        language: str,
        allowed: Collection[str] = (),
        *,
        proxied: bool = False,
        accounts: bool = False,
    ) -> None:
        self._app = app
        self._host = _address(host) or host.lower()
        self._language = language
        self._allowed = frozenset(_address(name) or name for name in allowed if not name.startswith("*"))
        self._below = tuple(name[1:] for name in allowed if name.startswith("*"))
        self._proxied = proxied
        self._accounts = accounts

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        error = self.objection(environ)
        if error is None:
            return self._app(environ, start_response)
        told = error_body(error, environ.get("PATH_INFO", ""), self._language)
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = [("Content-Type", "application/json; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response(f"{HTTP_STATUS[error.code]} {error.code}", headers)
        return [body]

    def objection(self, environ: Environ) -> AppError | None:
        """Why this request is refused; None when it may pass."""
        host = environ.get("HTTP_HOST", "")
        sent = environ.get("werkzeug.proxy_fix.orig", {}).get("HTTP_HOST", host)  # a rebound page may name any other
        for name in (host, sent):
            known = authority(name)
            if known is None or not self._ours(known.name):
                return AppError(Code.FORBIDDEN, "foreign_host", host=name[:100])
        own = authority(host)
        scheme = environ.get("wsgi.url_scheme") if self._proxied else None
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and not _same_origin(origin, own, scheme):
            return AppError(Code.FORBIDDEN, "foreign_origin", origin=origin[:100])
        if self._accounts and _is_signed(environ):
            return None
        path = environ.get("PATH_INFO", "/")
        is_visited = path in VISITED or (self._accounts and path.startswith(SHARED))
        visiting = environ.get("REQUEST_METHOD") == "GET" and is_visited
        site = environ.get("HTTP_SEC_FETCH_SITE", "none")
        navigates = visiting and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        if site not in ("same-origin", "none") and not navigates:
            return AppError(Code.FORBIDDEN, "foreign_origin", origin=site[:100])
        referer = environ.get("HTTP_REFERER")  # all that a browser without Sec-Fetch-Site says of a foreign page
        if referer is not None and not visiting and not _same_origin(_origin_of(referer), own, scheme):
            return AppError(Code.FORBIDDEN, "foreign_origin", origin=referer[:100])
        return None

    def _ours(self, name: str) -> bool:
        """Names of loopback and those allowed; when opened to a network, any bare address: rebinding needs a name."""
        if name in LOOPBACK or name == self._host or name in self._allowed or name.endswith(self._below):
            return True
        return self._host in OPEN and _address(name) is not None


@dataclass(frozen=True)
class Authority:
    """Whom a `Host` header names: a name in lower case or an address in its shortest form, and a port if it has one."""

    name: str
    port: int | None


_AUTHORITY = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[0-9A-Za-z._-]{1,253}))(?::(?P<port>[0-9]{1,5}))?"
)
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/]*)")
_USUAL_PORT = {"http": 80, "https": 443}


def authority(text: str) -> Authority | None:
    """`host [":" port]` after RFC 3986, 3.2.2 and 3.2.3, in plain letters; None for all else.

    Two headers arrive joined by a comma, which is no part of a name. Percent-encodings, which a reg-name might have,
    userinfo and the many spellings of an IPv4 address are refused: a browser sends none of them.
    """
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    port = int(found["port"]) if found["port"] else None
    if port is not None and port > 65535:
        return None
    if found["v6"] is None:
        return Authority(found["name"].lower(), port)
    try:
        return Authority(ipaddress.IPv6Address(found["v6"]).compressed, port)
    except ValueError:
        return None


def _address(host: str) -> str | None:
    """A bare address as `authority` writes it; None for a name."""
    try:
        return ipaddress.ip_address(host).compressed
    except ValueError:
        return None


def _is_signed(environ: Environ) -> bool:
    """Whether a request for a file bears a signature, which the application then insists on."""
    signed = any(part.startswith("signature=") for part in environ.get("QUERY_STRING", "").split("&"))
    reads = environ.get("REQUEST_METHOD") in ("GET", "HEAD")
    return signed and reads and environ.get("PATH_INFO", "").startswith(FILES)


def _same_origin(origin: str, own: Authority | None, scheme: str | None) -> bool:
    """Whether `scheme "://" host [":" port]` (RFC 6454, 6.1) is the origin of the page at `own`; no scheme: any."""
    found = _ORIGIN.fullmatch(origin)
    theirs = authority(found["authority"]) if found else None
    if found is None or theirs is None or own is None or (scheme and found["scheme"] != scheme):
        return False
    usual = _USUAL_PORT[found["scheme"]]
    return theirs.name == own.name and _port(theirs, usual) == _port(own, usual)


def _port(of: Authority, usual: int) -> int:
    return usual if of.port is None else of.port


def _origin_of(url: str) -> str:
    found = _ORIGIN.match(url)
    return found[0] if found else ""
