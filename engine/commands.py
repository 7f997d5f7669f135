"""The registry of chat commands. Importing it stays light: no runner and no model is loaded here."""

from functools import cache
from importlib import import_module
from typing import Any

from engine.command import Command
from engine.errors import AppError, Code

COMMAND_PACKAGES = ("generate", "upscale", "split", "mix", "match", "fetch")
HIDDEN_PACKAGES = ("debug",)


@cache
def commands(*, debug: bool = False) -> dict[str, Command[Any]]:
    """Every command by name, in the order in which users see them."""
    packages = COMMAND_PACKAGES + HIDDEN_PACKAGES if debug else COMMAND_PACKAGES
    return {package: import_module(f"engine.{package}").COMMAND for package in packages}


def command(name: str, *, debug: bool = False) -> Command[Any]:
    """The command called `name`. Raises INVALID_INPUT for an unknown one."""
    found = commands(debug=debug).get(name)
    if found is None:
        raise AppError(Code.INVALID_INPUT, "unknown_command", name=name[:40], known=", ".join(commands(debug=debug)))
    return found
