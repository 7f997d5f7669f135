"""Socket.IO: commands come in, events go out to the user's pages."""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from flask_socketio import SocketIO, emit, join_room

from engine.app import Application
from engine.commands import refused_plugins
from engine.errors import AppError, Code, invalid
from engine.events import (
    BackgroundChanged,
    Event,
    JobChanged,
    LibraryChanged,
    Notice,
    OrderChanged,
    QueueChanged,
    TaggingChanged,
    TrackAdded,
    TracksRemoved,
)
from engine.faults import as_app_error
from engine.trace import Origin, new_id, on_behalf
from engine.web import batches
from engine.web.api import Verb, ask, job_verbs, spoken, wants_pause
from engine.web.state import state

USER = "local"

log = logging.getLogger(__name__)


def attach(socketio: SocketIO, application: Application) -> None:
    """Register the handlers and pass the application's events on."""
    language = application.settings.language

    def answered(action: Callable[[Any], dict[str, Any]], body: Any = None) -> dict[str, Any]:
        with on_behalf(Origin(new_id())):
            try:
                return action(body)
            except Exception as error:
                failure = as_app_error(error)
                if failure.code is Code.INTERNAL and not isinstance(error, AppError):
                    log.exception("socket event failed")
                return {"error": failure.body(language)}

    @socketio.on("connect")
    def connect(_auth: Any = None) -> None:
        join_room(USER)
        emit("state", state(application))
        for plugin in refused_plugins():
            emit("notice", spoken(Notice("warning", "error.plugin_refused", vars(plugin)), language))
        application.sync_library()

    def command(body: Any) -> dict[str, Any]:
        job, notes = ask(application, body)
        return {"job_id": job.id, "notes": notes}

    actions: dict[str, Callable[[Any], dict[str, Any]]] = {
        "command": command,
        "batch": lambda body: batches.submit(application, body),
        "cancel_waiting": lambda _: {"canceled": application.scheduler.cancel_waiting()},
        "pause": lambda body: {"paused": application.scheduler.pause(wants_pause(body))},
    }
    for name, verb in job_verbs(application).items():
        actions[name] = partial(_act, verb, "job_id", "job_id_wanted")
    for name, verb in batches.verbs(application).items():
        actions[f"batch_{name}"] = partial(_act, verb, "batch_id", "batch_id_form")
    for name, action in actions.items():
        socketio.on_event(name, partial(answered, action))

    @socketio.on("heartbeat")
    def heartbeat(_body: Any = None) -> float:
        """A page that wants to know whether it still has a connection; the answer is the server's time."""
        return time.time()

    def forward(event: Event) -> None:
        match event:
            case JobChanged(row):
                socketio.emit("job", row, to=USER)
            case BackgroundChanged():
                pass
            case TaggingChanged():
                socketio.emit("tagging", asdict(event), to=USER)
            case OrderChanged(order):
                socketio.emit("order", {"order": order}, to=USER)
            case TrackAdded(row):
                socketio.emit("track", row, to=USER)
            case TracksRemoved(track_ids):
                socketio.emit("track_removed", {"ids": track_ids}, to=USER)
            case LibraryChanged():
                socketio.emit("state", state(application), to=USER)
            case QueueChanged(paused):
                socketio.emit("queue", {"paused": paused}, to=USER)
            case Notice():
                socketio.emit("notice", spoken(event, language), to=USER)

    application.events.subscribe(forward)


def _act(verb: Verb, field: str, error: str, body: Any) -> dict[str, Any]:
    """Do it to what the body names by this field. Raises INVALID_INPUT."""
    identity = body.get(field) if isinstance(body, dict) else None
    if not isinstance(identity, str):
        raise invalid(error)
    return verb(identity, lambda: body)
