"""Whom a request comes from, and the application as they may see it."""

from typing import cast

from flask import Flask, current_app, g
from werkzeug.local import LocalProxy

from engine.accounts import LOCAL_CALLER, Caller
from engine.app import Application, Owned

_EXTENSION = "audiocraft-webui"


def attach(app: Flask, application: Application) -> None:
    """Let requests of this Flask application find the application."""
    app.extensions[_EXTENSION] = application


def caller() -> Caller:
    """Who sent the request that is answered now: set where it was authenticated, else the local user."""
    return cast(Caller, g.get("caller", LOCAL_CALLER))


def act_as(who: Caller) -> None:
    """What is answered now comes from `who`."""
    g.caller = who


def _mine() -> Owned:
    user = caller().user
    known = cast(Owned | None, g.get("mine"))
    if known is None or known.user != user:
        g.mine = known = cast(Application, current_app.extensions[_EXTENSION]).of(user)
    return known


me: Owned = cast(Owned, LocalProxy(_mine))
"""The application as the caller knows it. It exists only while a request is answered: a route that reached for the
services of all users while it was built would fail at once."""
