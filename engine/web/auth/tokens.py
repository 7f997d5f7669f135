"""REST for programs: logging in for tokens, and new ones for old."""

from typing import Any

from flask import Blueprint

from engine.accounts.audit import Action
from engine.accounts.credentials import Kind
from engine.errors import AppError, Code
from engine.web.api import json_body
from engine.web.audit import note
from engine.web.auth.access import OWN
from engine.web.auth.bodies import LoginBody, read
from engine.web.auth.login import log_in, program
from engine.web.auth.proof import accounts, bearer, claims, signed
from engine.web.me import caller


def blueprint() -> Blueprint:
    tokens = Blueprint("tokens", __name__, url_prefix=OWN)

    @tokens.post("/login")
    def login() -> dict[str, Any]:
        """`{email, password}` for an access and a refresh token."""
        asked = read(LoginBody, json_body())
        user = log_in(asked.email, asked.password)
        made, secret = accounts().credentials.add(user.id, Kind.LOGIN, name=program())
        note(Action.LOGIN, made.id, user=user.id)
        return signed(user.id, made.id, secret)

    @tokens.post("/refresh")
    def refresh() -> dict[str, Any]:
        """The refresh token, in the Authorization header, for the next two. One that comes again ends the login."""
        token = bearer()
        if token is None:
            raise AppError(Code.UNAUTHORIZED, "token_bad")
        said, credentials = claims(token, "refresh"), accounts().credentials
        user, login_id = said["sub"], said["sid"]
        found = credentials.by_id(Kind.LOGIN, login_id)
        if found is None or found.user != user:
            raise AppError(Code.UNAUTHORIZED, "token_bad")
        fresh = credentials.renewed(login_id, said["jti"])
        if fresh is None:
            note(Action.REFRESH_REUSED, login_id, user=user)
            raise AppError(Code.UNAUTHORIZED, "refresh_reused")
        return signed(user, login_id, fresh)

    @tokens.post("/logout")
    def logout() -> dict[str, Any]:
        """End what this request is logged in by, with all its tokens."""
        who = caller()
        accounts().credentials.revoke(who.user, str(who.token))
        note(Action.LOGOUT, str(who.token))
        return {}

    return tokens
