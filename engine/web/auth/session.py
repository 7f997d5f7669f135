"""REST: the page's own way in, by a cookie."""

from typing import Any

from flask import Blueprint, Response, jsonify

from engine.accounts.audit import Action
from engine.accounts.credentials import Kind
from engine.errors import AppError, Code, invalid
from engine.web.api import json_body
from engine.web.audit import note
from engine.web.auth.login import log_in, program
from engine.web.auth.proof import accounts, check_csrf, csrf_token, give_cookie, of_cookie, take_cookie
from engine.web.me import application
from engine.web.session import PATH


def blueprint() -> Blueprint:
    session = Blueprint("session", __name__)

    @session.get(PATH)
    def who() -> dict[str, Any]:
        """`{login, user, csrf, oidc}`: whether one has to log in, who did, and what `X-CSRF-Token` has to say."""
        found = of_cookie()
        return _said(found[0].user, found[1]) if found else _said(None, None)

    @session.post(PATH)
    def enter() -> Response:
        """Log in: `{email, password}`. What was logged in by the cookie before is over."""
        body = json_body()
        email, password = (body.get(name) if isinstance(body, dict) else None for name in ("email", "password"))
        if not isinstance(email, str) or not isinstance(password, str):
            raise invalid("login_form")
        return entered(log_in(email, password).id)

    @session.delete(PATH)
    def leave() -> Response:
        """Log out."""
        found = of_cookie()
        if found is None:
            raise AppError(Code.UNAUTHORIZED, "login_wanted")
        who, secret = found
        check_csrf(secret)
        _end(who.user, str(who.token))
        response = jsonify(_said(None, None))
        take_cookie(response)
        return response

    return session


def entered(user: str) -> Response:
    """The answer that logs this user in on the page."""
    if before := of_cookie():
        _end(before[0].user, str(before[0].token))
    made, secret = accounts().credentials.add(user, Kind.SESSION, name=program())
    note(Action.LOGIN, made.id, user=user)
    response = jsonify(_said(user, secret))
    give_cookie(response, secret)
    return response


def _said(user: str | None, secret: str | None) -> dict[str, Any]:
    known = accounts().users.get(user) if user else None
    return {
        "login": True,
        "user": {name: getattr(known, name) for name in ("id", "email", "role", "plan")} if known else None,
        "csrf": csrf_token(secret) if secret else None,
        "oidc": bool(application().settings.oidc_issuer),
    }


def _end(user: str, session: str) -> None:
    accounts().credentials.revoke(user, session)
    note(Action.LOGOUT, session, user=user)
