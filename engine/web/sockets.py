"""Socket.IO: commands come in, events go out to the pages of the user whom they concern."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from flask import request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, emit, join_room

from engine.accounts import LOCAL_CALLER, Caller
from engine.app import Application
from engine.commands import refused_plugins
from engine.errors import AppError, Code, invalid
from engine.events import (
    BackgroundChanged,
    Event,
    JobChanged,
    LibraryChanged,
    Notice,
    QueueChanged,
    TaggingChanged,
    TrackAdded,
    TracksRemoved,
    told,
)
from engine.faults import as_app_error
from engine.spans import span
from engine.trace import Origin, new_id, on_behalf
from engine.web import batches
from engine.web.api import Verb, ask, job_verbs, spoken, wants_pause
from engine.web.audit import note_asked
from engine.web.auth.access import Scope, need
from engine.web.me import act_as, application, caller, me
from engine.web.state import state

log = logging.getLogger(__name__)

SUBMITTING = ("command", "batch", "retry", "batch_retry")
"""What asks for jobs."""

Action = Callable[[Any], Any]
Authenticate = Callable[[Any], Caller]
"""Who connects, by the handshake (`flask.request`) and the `auth` that came with it. Raises UNAUTHORIZED."""


def local(_auth: Any) -> Caller:
    """Without accounts everyone is the local user."""
    return LOCAL_CALLER


class Sockets:
    """The pages that are connected to this server, each in the room of its user, which no event leaves.

    Rooms reach over all servers of a message queue; who is behind a socket knows the server that it is connected to.
    """

    def __init__(self, socketio: SocketIO, application: Application, authenticate: Authenticate) -> None:
        self._socketio = socketio
        self._application = application
        self._authenticate = authenticate
        self._language = application.settings.language
        self._callers: dict[str, Caller] = {}
        socketio.on_event("connect", self._connect)
        socketio.on_event("disconnect", self._disconnected)
        for name, action in _actions().items():
            socketio.on_event(name, partial(self._answered, action))
        application.events.subscribe(self._forward)
        if application.cluster:
            application.cluster.lookout.subscribe(self._tell_away)

    def _connect(self, auth: Any = None) -> None:
        try:
            who = self._authenticate(auth)
            act_as(who)
            join_room(_room(who.user))  # before it is said how things stand: what changes meanwhile is told as well
            snapshot = state(me)
        except Exception as error:
            if not isinstance(error, AppError):
                log.exception("a page could not connect")
            raise Refused(as_app_error(error).body(self._language)) from error
        self._callers[_sid()] = who
        emit("state", snapshot)
        if self._application.cluster:
            emit("away", {"services": self._application.cluster.lookout.away})
        for plugin in refused_plugins():
            emit("notice", spoken(Notice("warning", "error.plugin_refused", vars(plugin)), self._language))
        self._application.sync_library()

    def _disconnected(self, _reason: Any = None) -> None:
        self._callers.pop(_sid(), None)

    def _answered(self, action: Action, body: Any = None) -> Any:
        with on_behalf(Origin(new_id())), span("socket event"):
            try:
                who = self._callers.get(_sid())
                if who is None:  # it was closed in this very moment
                    raise AppError(Code.UNAUTHORIZED, "login_wanted")
                act_as(who)
                return action(body)
            except Exception as error:
                failure = as_app_error(error)
                if failure.code is Code.INTERNAL and not isinstance(error, AppError):
                    log.exception("socket event failed")
                return {"error": failure.body(self._language)}

    def _forward(self, event: Event) -> None:
        match event:
            case JobChanged(row):
                self._tell(event, "job", row)
            case BackgroundChanged():
                pass
            case TaggingChanged():
                self._tell(event, "tagging", told(event))
            case TrackAdded(row):
                self._tell(event, "track", row)
            case TracksRemoved(track_ids):
                self._tell(event, "track_removed", {"ids": track_ids})
            case LibraryChanged():
                for user in {who.user for who in self._callers.values()} if event.user is None else {event.user}:
                    self._socketio.emit("state", state(self._application.of(user)), to=_room(user))
            case QueueChanged(paused):
                self._tell(event, "queue", {"paused": paused})
            case Notice():
                self._tell(event, "notice", spoken(event, self._language))

    def _tell_away(self, services: list[str]) -> None:
        self._socketio.emit("away", {"services": services})

    def _tell(self, event: Event, name: str, body: dict[str, Any]) -> None:
        self._socketio.emit(name, body, to=None if event.user is None else _room(event.user))


def _sid() -> str:
    return cast(str, request.sid)  # type: ignore[attr-defined]


def _room(user: str) -> str:
    return f"user:{user}"


def _actions() -> dict[str, Action]:
    """What a page may ask for over its socket, by name."""

    def command(body: Any) -> dict[str, Any]:
        job, notes = ask(body)
        return {"job_id": job.id, "notes": notes}

    actions: dict[str, Action] = {
        "command": command,
        "batch": batches.submit,
        "cancel_waiting": lambda _: {"canceled": me.scheduler.cancel_waiting()},
        "pause": lambda body: {"paused": me.scheduler.pause(wants_pause(body))},
    }
    for name, verb in job_verbs().items():
        actions[name] = partial(_act, verb, "job_id", "job_id_wanted")
    for name, verb in batches.verbs().items():
        actions[f"batch_{name}"] = partial(_act, verb, "batch_id", "batch_id_form")
    asking = {name: partial(_asked, name, action) for name, action in actions.items()}
    return asking | {"heartbeat": lambda _: time.time()}  # a page that wants to know whether it still has a connection


def _asked(name: str, action: Action, body: Any) -> Any:
    """Raises FORBIDDEN for a program that may only look on, RATE_LIMITED for who has used what their plan allows."""
    need(caller(), Scope.JOBS)
    if (accounts := application().accounts) is not None and name in SUBMITTING:
        accounts.quotas.check_job(caller())
    answer = action(body)
    note_asked(name, body, answer)
    return answer


def _act(verb: Verb, field: str, error: str, body: Any) -> dict[str, Any]:
    """Do it to what the body names by this field. Raises INVALID_INPUT."""
    identity = body.get(field) if isinstance(body, dict) else None
    if not isinstance(identity, str):
        raise invalid(error)
    return verb(identity, lambda: body)
