"""Puts all of it before the routes of the server."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_socketio import SocketIO

from engine.accounts import Caller
from engine.accounts.accounts import Accounts
from engine.web.auth import session, tokens
from engine.web.auth.authenticate import authenticate
from engine.web.auth.proof import sign_tokens
from engine.web.auth.sockets import OpenSockets


def attach(app: Flask, socketio: SocketIO, accounts: Accounts) -> Callable[[Any], Caller]:
    """Have every request authenticated, and offer the routes of accounts; what tells who connects a socket."""
    sign_tokens(app)
    app.before_request(authenticate)
    app.register_blueprint(session.blueprint())
    app.register_blueprint(tokens.blueprint())
    sockets = OpenSockets(socketio, accounts)
    sockets.start()
    return sockets.caller
