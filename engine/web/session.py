"""REST of the page: whether one has to log in, and who did."""

from typing import Any

from flask import Blueprint

from engine.app import Application

PATH = "/api/session"


def blueprint(application: Application) -> Blueprint:
    """Where there are accounts, `engine.web.auth.session` adds logging in and out."""
    session = Blueprint("session", __name__)

    @session.get(PATH)
    def who() -> dict[str, Any]:
        """`{login, user, csrf, oidc}`: whether one has to log in, who did, and what `X-CSRF-Token` has to say."""
        if application.accounts is None:
            return {"login": False, "user": None, "csrf": None, "oidc": False}
        from engine.web.auth.session import told

        return told()

    return session
