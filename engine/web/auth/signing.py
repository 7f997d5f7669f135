"""Addresses that prove by themselves what they are good for: a method, a path with its query, a user, a time.

The signature is an HMAC-SHA256 (itsdangerous) with a key of this installation (`AddressKey`). With accounts, what is
answered of a track, a job or an upload tells the addresses of its files so: they can be given to an `<audio>`, a tab of
a browser, another program, none of which sends a token. Who comes by one is its user for that request alone, and may
only read; of a user who is disabled none is good.
"""

import hashlib
import math
import time
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from flask import Response, after_this_request, g, request, url_for
from itsdangerous import Signer

from engine.accounts import Caller, Role
from engine.accounts.keys import AddressKey
from engine.errors import AppError, Code
from engine.metrics import SIGNED_URLS
from engine.state import StateStore
from engine.web.auth.access import Scope
from engine.web.me import application, known_caller

_SALT = "audiocraft-webui.address"
ROUND_S = 300
"""What ends within the same five minutes ends together: asked again, the address of a file is the same, as is what a
browser keeps under it."""

SIGNED = frozenset(("user", "expires", "signature"))
"""What the address of a file has in its query, besides what the operation itself takes."""


class Addresses:
    """`state`: where the key is."""

    def __init__(self, state: StateStore) -> None:
        self._key = AddressKey(state)

    def signed(self, method: str, path: str, said: dict[str, Any]) -> str:
        """The query that makes `method path` good; `said`: all that stands in it, `user` and `expires` among it."""
        signature = _signer(self._key.get()).get_signature(_text(method, path, list(said.items()))).decode()
        return urlencode(said | {"signature": signature})

    def check(self) -> Caller:
        """Whose address this request came by. Raises FORBIDDEN for one that is over, altered, or of another request."""
        pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "signature"]
        said, signatures = dict(pairs), request.args.getlist("signature")
        method = "GET" if request.method == "HEAD" else request.method
        if len(signatures) != 1 or not self._proves(signatures[0], _text(method, request.path, pairs)):
            raise _refused("forged")
        if int(said["expires"]) < time.time():
            raise _refused("expired")
        found = Caller(said["user"], Role.USER, scopes=frozenset((Scope.READ,)))
        accounts = application().accounts
        if accounts is not None:
            try:
                user = accounts.users.get(found.user)
            except AppError:
                raise _refused("expired") from None
            if user.disabled_at is not None:
                raise _refused("expired")
        SIGNED_URLS.add(outcome="ok")
        return found

    def _proves(self, signature: str, text: bytes) -> bool:
        """By the key as it was a moment ago, or by one that has replaced it since."""
        said = signature.encode("utf-8", "replace")
        return any(_signer(self._key.get(anew=anew)).verify_signature(text, said) for anew in (False, True))


def _signer(key: bytes) -> Signer:
    return Signer(key, _SALT, digest_method=hashlib.sha256)


def _text(method: str, path: str, said: list[tuple[str, Any]]) -> bytes:
    """What is signed: no two requests have the same. `path`: decoded, as it is after all escapes."""
    pairs = sorted((name, str(value)) for name, value in said)
    return f"{method} {quote(path, errors='replace')}?{urlencode(pairs, errors='replace')}".encode()


def _refused(outcome: str) -> AppError:
    SIGNED_URLS.add(outcome=outcome)
    return AppError(Code.FORBIDDEN, "address_expired" if outcome == "expired" else "address_not_signed")


def addresses() -> Addresses:
    """Those of the server that answers."""
    return Addresses(application().state)


def signed_url(endpoint: str, **parts: Any) -> str:
    """Where an operation's file is: signed where its reader would have to log in, and as it is where they need not, or
    where the token that asks may not read."""
    return _for_the_caller(url_for(endpoint, **parts))


def renewed(url: str | None) -> str | None:
    """What `signed_url` gave before, good anew."""
    return url and _for_the_caller(url)


def _for_the_caller(url: str) -> str:
    who, expires = known_caller(), urls_expire()
    if who is None or expires is None:
        return url
    place, _, query = url.partition("?")
    path = unquote(place).removeprefix(request.script_root)
    said: dict[str, Any] = {name: value for name, value in parse_qsl(query) if name not in SIGNED}
    said |= {"user": who.user, "expires": expires}
    return f"{place}?{addresses().signed('GET', path, said)}"


def urls_expire() -> int | None:
    """Until when what `signed_url` gives is good, Unix seconds; None where it is not signed."""
    who = known_caller()
    if application().accounts is None or who is None or (who.scopes is not None and Scope.READ not in who.scopes):
        return None
    if "urls_expire" not in g:
        lasts_s = application().settings.signed_url_s
        g.urls_expire = math.ceil((time.time() + lasts_s) / ROUND_S) * ROUND_S
    return int(g.urls_expire)


def by_address() -> Caller | None:
    """Who asks by a signed address; None for a request by none. Nobody else is heard then, whatever cookie there is.

    Raises FORBIDDEN for an address that is not good, and for one of what has no addresses.
    """
    if "signature" not in request.args:
        return None
    if request.method not in ("GET", "HEAD") or not getattr(request.url_rule, "signed", False):
        raise _refused("forged")
    found = addresses().check()
    after_this_request(_for_that_reader)
    return found


def _for_that_reader(response: Response) -> Response:
    """Other pages may show it; nothing on the way keeps it for others."""
    if response.status_code < 400:
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if response.headers.get("Cache-Control", "no-cache") == "no-cache":
            response.headers["Cache-Control"] = "private, no-cache"
    return response
