"""Puts all of it before the routes of the server."""

from flask import Flask
from flask_socketio import SocketIO

from engine.web.auth import session, tokens
from engine.web.auth.authenticate import authenticate
from engine.web.auth.proof import sign_tokens
from engine.web.auth.sockets import OpenSockets
from engine.web.me import application


def attach(app: Flask, socketio: SocketIO) -> None:
    """Have every request authenticated, and offer the routes of accounts."""
    sign_tokens(app)
    app.before_request(authenticate)
    app.register_blueprint(session.blueprint())
    app.register_blueprint(tokens.blueprint())
    with app.app_context():
        accounts = application().accounts
    assert accounts is not None
    sockets = OpenSockets(socketio, accounts)
    app.extensions[OpenSockets.__name__] = sockets
    sockets.start()
