"""What a request or a socket proves its caller by: a token in the Authorization header, or the page's cookie."""

import hashlib
import hmac
import re
from datetime import timedelta
from typing import Any

from flask import Flask, Response, request
from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError

from engine.accounts import LOCAL, Caller, Role
from engine.accounts.accounts import Accounts
from engine.accounts.credentials import LASTS_S, Kind
from engine.errors import AppError, Code
from engine.web.me import application

ACCESS_S = 900
"""How long an access token is good."""
PREFIX = "awui_"
"""What a program's token begins with, so that whoever finds one lying about knows it."""
COOKIE = "audiocraft-webui"
MOST_COOKIES = 4
TERMINAL = Caller(LOCAL, Role.ADMIN, token="terminal")
"""The command line of this computer: whoever can read the settings folder may do what its owner may."""


def accounts() -> Accounts:
    """Those of the application; there are some wherever this module is imported."""
    found = application().accounts
    assert found is not None
    return found


def sign_tokens(app: Flask) -> None:
    """Set Flask-JWT-Extended up: HS256 alone, by the keys of the accounts; who may come is decided by us."""
    app.config.update(
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_TOKEN_LOCATION=["headers"],
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(seconds=ACCESS_S),
        JWT_REFRESH_TOKEN_EXPIRES=timedelta(seconds=LASTS_S),
    )
    manager = JWTManager(app)
    manager.encode_key_loader(lambda _identity: accounts().keys.newest()[1])
    manager.additional_headers_loader(lambda _identity: {"kid": accounts().keys.newest()[0]})
    manager.decode_key_loader(_key)


def _key(header: dict[str, Any], _claims: dict[str, Any]) -> bytes:
    key = accounts().keys.find(header.get("kid"))
    if key is None:
        raise AppError(Code.UNAUTHORIZED, "token_bad")
    return key


def signed(user: str, login: str, secret: str) -> dict[str, Any]:
    """The tokens of a login: `{access_token, refresh_token, expires_in, token_type}`."""
    return {
        "access_token": create_access_token(user, additional_claims={"sid": login}),
        "refresh_token": create_refresh_token(user, additional_claims={"sid": login, "jti": secret}),
        "expires_in": ACCESS_S,
        "token_type": "Bearer",
    }


def claims(token: str, kind: str) -> dict[str, Any]:
    """What a token of this kind, `access` or `refresh`, says. Raises UNAUTHORIZED."""
    try:
        said: dict[str, Any] = decode_token(token)
    except (PyJWTError, JWTExtendedException, ValueError, TypeError) as error:
        raise AppError(Code.UNAUTHORIZED, "token_bad") from error
    if said["type"] != kind or not all(isinstance(said.get(name), str) for name in ("sub", "sid", "jti", "type")):
        raise AppError(Code.UNAUTHORIZED, "token_bad")
    return said


def bearer() -> str | None:
    """The token of the Authorization header; None where there is no such header. Raises UNAUTHORIZED for another."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise AppError(Code.UNAUTHORIZED, "token_bad")
    return token.strip()


def of_token(token: str) -> Caller:
    """Whose access token, or program's, this is. Raises UNAUTHORIZED."""
    known, credentials = application().key, accounts().credentials
    if known is not None and hmac.compare_digest(token.encode(), known.encode()):
        return TERMINAL
    if token.startswith(PREFIX):
        found = credentials.by_secret(Kind.PROGRAM, token)
    else:
        said = claims(token, "access")
        found = credentials.by_id(Kind.LOGIN, said["sid"])
        found = found if found is not None and found.user == said["sub"] else None
    if found is None:
        raise AppError(Code.UNAUTHORIZED, "token_bad")
    return found


def of_cookie() -> tuple[Caller, str] | None:
    """Whose session the page has, and its secret; None for nobody's.

    A neighbouring name can have the browser send cookies beside ours. Where the request is safe from eavesdroppers it
    cannot (`__Host-`); elsewhere two that are both good are as none, for either may be somebody else's.
    """
    sent = request.cookies.getlist(cookie_name())[:MOST_COOKIES]
    credentials = accounts().credentials
    good = {secret: found for secret in set(sent) if (found := credentials.by_secret(Kind.SESSION, secret))}
    if len(good) != 1:
        return None
    secret, found = next(iter(good.items()))
    return found, secret


def cookie_name() -> str:
    """Another for each port and prefix, for cookies do not tell ports apart (RFC 6265, 8.5), and `__Host-` no paths."""
    port = request.host.rpartition("]")[2].partition(":")[2]
    below = re.sub(r"[^0-9A-Za-z]+", "-", f"{port}{request.script_root}").strip("-")
    name = f"{COOKIE}-{below}" if below else COOKIE
    return f"__Host-{name}" if request.is_secure else name


def give_cookie(response: Response, secret: str) -> None:
    response.set_cookie(
        cookie_name(), secret, max_age=int(LASTS_S), path="/", httponly=True, samesite="Lax", secure=request.is_secure
    )


def take_cookie(response: Response) -> None:
    response.delete_cookie(cookie_name(), path="/", httponly=True, samesite="Lax", secure=request.is_secure)


def csrf_token(secret: str) -> str:
    """What a page that may read our answers sends back in `X-CSRF-Token`: bound to its session."""
    return hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest()


def check_csrf(secret: str) -> None:
    """Raises FORBIDDEN."""
    sent = request.headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(sent.encode("utf-8", "replace"), csrf_token(secret).encode()):
        raise AppError(Code.FORBIDDEN, "csrf_wrong")
