"""The server itself: whether it lives, whether it can work, and what it offers."""

import os
import uuid
from functools import partial
from pathlib import Path
from typing import Any

from engine.commands import commands
from engine.errors import AppError
from engine.models import ModelStore
from engine.models.catalogue import MODELS, Model
from engine.services import Service
from engine.web.me import application, me
from engine.web.v1.ground import Ground
from engine.web.v1.operations import Answer, Surface
from engine.web.v1.service_models import CommandInfo, Commands, Health, ModelInfo, Models, Ready

TAG = "service"


def add(surface: Surface, ground: Ground) -> None:
    folder = Service(partial(_write, ground.settings.state_dir))

    @surface.on("GET", "/health", TAG, {200: Answer(Health, "It lives.")}, anonymous=True)
    def get_health() -> Health:
        """Whether the server answers."""
        return Health(ok=True)

    @surface.on("GET", "/ready", TAG, {200: Answer(Ready, "It can work."), 503: Answer(Ready, "It cannot now.")},
                anonymous=True)  # fmt: skip
    def get_ready() -> Any:
        """Whether jobs can be taken and done, as far as was known a moment ago."""
        services = application().services
        parts = {
            "database": services["database"].answers(),
            "folder": folder.answers(),
            "workers": application().scheduler.dispatch.pool.is_well,
            "broker": services["broker"].answers() if "broker" in services else None,
            "storage": services["storage"].answers() if "storage" in services else None,
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


def _write(folder: Path) -> None:
    path = folder / f".{uuid.uuid4().hex}.tmp"
    path.write_bytes(os.urandom(16))
    path.unlink()


def _is_there(store: ModelStore, model: Model) -> bool:
    try:
        return bool(store.located(model))
    except AppError:  # its files are, and what reads them is not
        return False
