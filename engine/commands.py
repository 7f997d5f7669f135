"""The registry of chat commands. Importing it stays light: no runner and no model is loaded here."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from engine.errors import AppError, Code
from engine.parameters import Params

COMMAND_PACKAGES = ("generate", "upscale", "split", "mix", "match", "fetch")
HIDDEN_PACKAGES = ("debug",)


class Lane(StrEnum):
    """LIGHT: no torch, starts at once. MODEL: waits for the device lease."""

    LIGHT = "light"
    MODEL = "model"


@dataclass(frozen=True)
class Command:
    """What a user can ask for.

    `runner` is the dotted path `module:function` of `run(params, job) -> None`, imported by a worker only. `lane` and
    `family` may depend on the parameters: one command can offer light and heavy models. `memory_mb` is what the
    family needs on the device, as far as known before it was measured. `max_concurrency`: how many jobs of its lane may
    run beside each other while this one does, by the memory that its device has free now, GiB.
    `follow_ups`: jobs `{command, params}` that the parameters ask for on the result. `check` is given the models folder
    and raises AppError for what can be known to fail without a model: it runs at the request, in the server, so it
    stays light.
    """

    name: str
    summary: str
    params: type[Params]
    runner: str
    lane: Callable[[Params], Lane]
    family: Callable[[Params], str]
    memory_mb: Callable[[Params], int] = lambda params: 0
    max_concurrency: Callable[[Params, float], int] = lambda params, free_gb: 1
    follow_ups: Callable[[Params], list[dict[str, Any]]] = lambda params: []
    check: Callable[[Params, Path], None] = lambda params, models_dir: None


@cache
def commands(*, debug: bool = False) -> dict[str, Command]:
    """Every command by name, in the order in which users see them."""
    packages = COMMAND_PACKAGES + HIDDEN_PACKAGES if debug else COMMAND_PACKAGES
    return {package: import_module(f"engine.{package}").COMMAND for package in packages}


def command(name: str, *, debug: bool = False) -> Command:
    """The command called `name`. Raises INVALID_INPUT for an unknown one."""
    found = commands(debug=debug).get(name)
    if found is None:
        raise AppError(Code.INVALID_INPUT, "unknown_command", name=name[:40], known=", ".join(commands(debug=debug)))
    return found
