"""Socket.IO: commands come in, events go out to the user's pages."""

import logging
import time
from collections.abc import Callable
from typing import Any

from flask_socketio import SocketIO, emit, join_room

from engine.app import Application
from engine.commands import refused_plugins
from engine.errors import AppError, Code, invalid
from engine.events import (
    Event,
    JobChanged,
    LibraryChanged,
    Notice,
    OrderChanged,
    QueueChanged,
    TrackAdded,
    TracksRemoved,
)
from engine.faults import as_app_error
from engine.messages import translate
from engine.web import batches
from engine.web.api import ask, position, wants_pause
from engine.web.state import state

USER = "local"

log = logging.getLogger(__name__)


def attach(socketio: SocketIO, application: Application) -> None:
    """Register the handlers and pass the application's events on."""
    language = application.settings.language

    def answered(action: Callable[[Any], dict[str, Any]], body: Any) -> dict[str, Any]:
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
            emit("notice", _told(Notice("warning", "error.plugin_refused", vars(plugin)), language))
        application.sync_library()

    @socketio.on("command")
    def command(body: Any = None) -> dict[str, Any]:
        return answered(lambda b: {"job_id": ask(application, b).id}, body)

    @socketio.on("cancel")
    def cancel(body: Any = None) -> dict[str, Any]:
        return answered(lambda b: {"job_id": application.scheduler.cancel(_job_id(b)).id}, body)

    @socketio.on("retry")
    def retry(body: Any = None) -> dict[str, Any]:
        return answered(lambda b: {"job_id": application.scheduler.retry(_job_id(b)).id}, body)

    @socketio.on("move")
    def move(body: Any = None) -> dict[str, Any]:
        return answered(lambda b: {"job_id": application.scheduler.move(_job_id(b), position(b)).id}, body)

    @socketio.on("cancel_waiting")
    def cancel_waiting(body: Any = None) -> dict[str, Any]:
        return answered(lambda _: {"canceled": application.scheduler.cancel_waiting()}, body)

    @socketio.on("pause")
    def pause(body: Any = None) -> dict[str, Any]:
        return answered(lambda b: {"paused": application.scheduler.pause(wants_pause(b))}, body)

    @socketio.on("batch")
    def batch(body: Any = None) -> dict[str, Any]:
        return answered(lambda b: batches.submit(application, b), body)

    def offer(name: str, verb: batches.Verb) -> None:
        @socketio.on(f"batch_{name}")
        def act(body: Any = None) -> dict[str, Any]:
            return answered(lambda b: verb(batches.batch_id_of(b), b), body)

    for name, verb in batches.verbs(application).items():
        offer(name, verb)

    @socketio.on("heartbeat")
    def heartbeat(_body: Any = None) -> float:
        """A page that wants to know whether it is still heard; the answer is the server's time."""
        return time.time()

    def forward(event: Event) -> None:
        match event:
            case JobChanged(row):
                socketio.emit("job", row, to=USER)
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
                socketio.emit("notice", _told(event, language), to=USER)

    application.events.subscribe(forward)


def _told(notice: Notice, language: str) -> dict[str, Any]:
    return {**vars(notice), "message": translate(notice.key, language, **notice.values)}


def _job_id(body: Any) -> str:
    if not isinstance(body, dict) or not isinstance(body.get("job_id"), str):
        raise invalid("job_id_wanted")
    return str(body["job_id"])
