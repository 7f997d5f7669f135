"""The server itself: whether it lives, whether it can work, and what it offers."""

import os
import uuid
from typing import Any

from sqlalchemy import text

from engine.commands import commands
from engine.errors import AppError
from engine.models import ModelStore
from engine.models.catalogue import MODELS, Model
from engine.web.me import application, me
from engine.web.v1.ground import Ground
from engine.web.v1.operations import Answer, Surface
from engine.web.v1.service_models import CommandInfo, Commands, Health, ModelInfo, Models, Ready

TAG = "service"
ASKED_FOR = "audio/ready"
"""A key that no sound has: the bucket is asked whether it is there."""


def add(surface: Surface, ground: Ground) -> None:
    @surface.on("GET", "/health", TAG, {200: Answer(Health, "It lives.")}, anonymous=True)
    def get_health() -> Health:
        """Whether the server answers."""
        return Health(ok=True)

    @surface.on("GET", "/ready", TAG, {200: Answer(Ready, "It can work."), 503: Answer(Ready, "It cannot now.")},
                anonymous=True)  # fmt: skip
    def get_ready() -> Any:
        """Whether jobs can be taken and done."""
        cluster = application().cluster
        parts = {
            "database": _database_answers(ground),
            "folder": _is_writable(ground),
            "workers": application().scheduler.dispatch.pool.is_well,
            "broker": cluster.broker_answers() if cluster else None,
            "storage": _bucket_answers(ground) if ground.settings.storage_url else None,
        }
        ready = Ready(ok=False not in parts.values(), **parts)
        return ready, 200 if ready.ok else 503

    @surface.on("GET", "/commands", TAG, {200: Answer(Commands, "Commands.")})
    def list_commands() -> Commands:
        """What can be asked for, with the parameters of each."""
        return Commands(items=[
            CommandInfo(
                name=command.name, summary=command.summary, text_field=command.params.text_field,
                params=command.params.model_json_schema(),
            )
            for command in commands(debug=me.settings.debug).values()
        ])  # fmt: skip

    @surface.on("GET", "/models", TAG, {200: Answer(Models, "Models.")})
    def list_models() -> Models:
        """The models that commands may use, and which of them are there."""
        store = ModelStore(me.settings.models)
        return Models(items=[
            ModelInfo(
                id=model.id, licence=model.licence, commercial_use=model.commercial_use, bytes=model.size,
                installed=_is_there(store, model), fetchable=model.fetchable,
            )
            for model in MODELS.values()
        ])  # fmt: skip


def _database_answers(ground: Ground) -> bool:
    try:
        with ground.database.read() as connection:
            return bool(connection.scalar(text("SELECT 1")))
    except Exception:  # of whichever driver
        return False


def _bucket_answers(ground: Ground) -> bool:
    try:
        ground.bucket.stat(ASKED_FOR)
    except AppError:
        return False
    return True


def _is_writable(ground: Ground) -> bool:
    path = ground.settings.state_dir / f".{uuid.uuid4().hex}.tmp"
    try:
        path.write_bytes(os.urandom(16))
        path.unlink()
    except OSError:
        return False
    return True


def _is_there(store: ModelStore, model: Model) -> bool:
    try:
        return bool(store.located(model))
    except AppError:  # its files are, and what reads them is not
        return False
