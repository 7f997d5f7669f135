"""Whom a request comes from, and the application as they may see it."""

from typing import cast

from flask import Flask, current_app, g
from werkzeug.local import LocalProxy

from engine.accounts import LOCAL_CALLER, Caller
from engine.app import Application, Owned
from engine.errors import AppError, Code

_EXTENSION = "audiocraft-webui"


def attach(app: Flask, application: Application) -> None:
    """Let requests of this Flask application find the application."""
    app.extensions[_EXTENSION] = application


def application() -> Application:
    """The whole of it, as nobody knows it alone."""
    return cast(Application, current_app.extensions[_EXTENSION])


def known_caller() -> Caller | None:
    """Who sent the request that is answered now: set where it was authenticated; without accounts the local user."""
    found = cast(Caller | None, g.get("caller"))
    return LOCAL_CALLER if found is None and application().accounts is None else found


def caller() -> Caller:
    """The same, where somebody is wanted. Raises UNAUTHORIZED where nobody is logged in."""
    found = known_caller()
    if found is None:
        raise AppError(Code.UNAUTHORIZED, "login_wanted")
    return found


def act_as(who: Caller) -> None:
    """What is answered now comes from `who`."""
    g.caller = who


def _mine() -> Owned:
    user = caller().user
    known = cast(Owned | None, g.get("mine"))
    if known is None or known.user != user:
        g.mine = known = application().of(user)
    return known


me: Owned = cast(Owned, LocalProxy(_mine))
"""The application as the caller knows it. It exists only while a request is answered: a route that reached for the
services of all users while it was built would fail at once."""
