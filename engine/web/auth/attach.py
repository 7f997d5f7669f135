"""Puts all of it before the routes of the server."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_socketio import SocketIO

from engine.accounts import Caller
from engine.accounts.accounts import Accounts
from engine.settings import Settings
from engine.web.auth import audited, session, shared
from engine.web.auth.authenticate import authenticate, check_quotas
from engine.web.auth.limits import limit
from engine.web.auth.proof import sign_tokens
from engine.web.auth.sockets import OpenSockets


def attach(app: Flask, socketio: SocketIO, settings: Settings, accounts: Accounts) -> Callable[[Any], Caller]:
    """Have every request authenticated, and offer the routes of accounts; what tells who connects a socket."""
    sign_tokens(app)
    app.before_request(authenticate)
    limit(app, settings.rate_limit_storage)
    app.before_request(check_quotas)
    audited.attach(app)
    app.register_blueprint(session.blueprint())
    app.register_blueprint(shared.blueprint())
    if settings.oidc_issuer:
        from engine.web.auth import oidc

        oidc.attach(app, settings, accounts)
    sockets = OpenSockets(socketio, accounts)
    sockets.start()
    return sockets.caller
