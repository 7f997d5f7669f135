"""REST of the page where nobody has to log in; where there are accounts, `engine.web.auth.session` answers."""

from typing import Any

from flask import Blueprint

PATH = "/api/session"


def blueprint() -> Blueprint:
    session = Blueprint("session", __name__)

    @session.get(PATH)
    def who() -> dict[str, Any]:
        """`{login, user, csrf, oidc}`: whether one has to log in, who did, and what `X-CSRF-Token` has to say."""
        return {"login": False, "user": None, "csrf": None, "oidc": False}

    return session
