"""Sockets: who connects one, and that nobody keeps one for longer than what proved it is good."""

import logging
import threading
import time
from typing import Any

from flask import request
from flask_socketio import SocketIO

from engine.accounts import Caller
from engine.accounts.accounts import Accounts
from engine.errors import AppError, Code
from engine.web.auth.access import Scope, need
from engine.web.auth.proof import TERMINAL, of_cookie, of_token

LOOK_S = 1.0

log = logging.getLogger(__name__)


class OpenSockets:
    """Who has which; looked through every second in a thread of its own."""

    def __init__(self, socketio: SocketIO, accounts: Accounts) -> None:
        self._socketio, self._accounts = socketio, accounts
        self._callers: dict[str, Caller] = {}
        self._lock = threading.Lock()

    def caller(self, auth: Any) -> Caller:
        """Who connects a socket now, by the page's cookie or by `{token}` in what it sent; a page says whose it is in
        `{user}`, for another of the same browser may have logged in since.

        Raises UNAUTHORIZED for nobody or for another, FORBIDDEN for a program that may not read. The cookie needs no
        CSRF token: the guard lets no foreign page connect.
        """
        said = auth if isinstance(auth, dict) else {}
        token, whose = said.get("token"), said.get("user")
        if token is not None:
            who = of_token(token if isinstance(token, str) else "")
            need(who, Scope.READ)
        else:
            session = of_cookie()
            if session is None or whose not in (None, session[0].user):
                raise AppError(Code.UNAUTHORIZED, "login_wanted")
            who = session[0]
        with self._lock:
            self._callers[request.sid] = who  # type: ignore[attr-defined]
        return who

    def start(self) -> None:
        threading.Thread(target=self._watch, name="watch-sockets", daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_S)
            try:
                self.close_bad()
            except Exception:
                log.exception("sockets could not be looked through")

    def close_bad(self) -> None:
        """Disconnect those whose caller has logged out or was disabled, and forget those that are gone."""
        server = self._socketio.server
        manager = server.manager
        with self._lock:
            gone = [s for s in self._callers if not (manager.is_pre_connected(s, "/") or manager.is_connected(s, "/"))]
            for sid in gone:
                del self._callers[sid]
            left = {sid: str(who.token) for sid, who in self._callers.items() if who.token != TERMINAL.token}
        good = self._accounts.credentials.good(set(left.values())) if left else set()
        for sid, token in left.items():
            if token not in good:
                server.disconnect(sid)
