"""The registry of chat commands: those of this program and those of plug-ins. Importing it stays light.

A plug-in is an installed package that names its command among its entry points, which is all that it takes:

    [project.entry-points."audiocraft_webui.commands"]
    reverse = "audiocraft_reverse:COMMAND"

`COMMAND` is an `engine.command.Command` of that name. The server imports the module, so it stays light; the runner is
imported by a worker only. One that cannot be used is reported and left out; it never keeps anything from starting.
"""

import json
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from engine.command import Command
from engine.errors import AppError, Code, invalid
from engine.messages import add_catalogues
from engine.speech.numbers import normalise
from engine.speech.phrases import Sounds, params_of
from engine.speech.wish import without
from engine.speech.wishes import file_format
from engine.text import label

BUILT_IN = ("generate", "upscale", "split", "mix", "match", "tag", "analyze", "drama", "fetch")
HIDDEN = ("debug",)
GROUP = "audiocraft_webui.commands"
RESERVED = (
    "audit", "bench", "database", "file-tags", "node", "openapi", "reindex", "report", "search", "storage",
    "tag-library", "test", "users",
)  # fmt: skip
"""Words that mean something else on the command line."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RefusedPlugin:
    """An entry point that gave no command, and why."""

    name: str
    package: str
    reason: str


def built_in(*, debug: bool = False) -> dict[str, Command[Any]]:
    """The program's own commands by name, in the order in which users see them."""
    return {name: import_module(f"engine.{name}").COMMAND for name in (*BUILT_IN, *(HIDDEN if debug else ()))}


@cache
def commands(*, debug: bool = False) -> dict[str, Command[Any]]:
    """Every command by name: the program's own, then those of plug-ins."""
    return {**built_in(debug=debug), **_plugins()[0]}


def refused_plugins() -> list[RefusedPlugin]:
    return _plugins()[1]


def command(name: str, *, debug: bool = False) -> Command[Any]:
    """The command called `name`. Raises INVALID_INPUT for an unknown one."""
    if found := commands(debug=debug).get(name):
        return found
    for plugin in refused_plugins():
        if plugin.name == name:
            raise invalid("plugin_refused", **vars(plugin))
    raise AppError(Code.INVALID_INPUT, "unknown_command", name=name[:40], known=", ".join(commands(debug=debug)))


@dataclass(frozen=True)
class Asked:
    """A command that a sentence asks for, and the parameters that it says."""

    command: Command[Any]
    params: dict[str, Any]


def asked(text: str, sounds: Sounds, known: Iterable[Command[Any]]) -> Asked | None:
    """The command of those `known` whose phrases a text fits, if there is one; the first where there are several.

    A file format that the text names besides goes along.
    """
    known = [each for each in known if each.phrases]
    found = _fitting(text, sounds, known)
    if found is None and (wish := file_format(normalise(text))):
        found = _fitting(without(normalise(text), [wish]), sounds, known)
        if found and wish.field in found.command.params.model_fields:
            return replace(found, params={**found.params, wish.field: wish.value})
        return None
    return found


def _fitting(text: str, sounds: Sounds, known: Iterable[Command[Any]]) -> Asked | None:
    for each in known:
        params = params_of(text, each.phrases, each.params.audio_fields(), sounds)
        if params is not None:
            return Asked(each, params)
    return None


@cache
def _plugins() -> tuple[dict[str, Command[Any]], list[RefusedPlugin]]:
    found: dict[str, Command[Any]] = {}
    refused = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        try:
            found[entry.name] = _load(entry, {*BUILT_IN, *HIDDEN, *RESERVED, *found})
        except (Exception, SystemExit) as error:  # whatever another's code may do
            package = entry.dist.name if entry.dist else entry.value
            log.exception("a plug-in cannot be used", extra={"plugin": entry.name, "package": package})
            refused.append(RefusedPlugin(label(entry.name), package, label(f"{type(error).__name__}: {error}")[:200]))
    return found, refused


def _load(entry: EntryPoint, taken: set[str]) -> Command[Any]:
    """The entry's command. Raises ValueError for what would fail later, and whatever the import raises."""
    if not re.fullmatch("[a-z][a-z0-9_]{1,29}", entry.name) or entry.name in taken:
        raise ValueError(f"the name {entry.name!r} is taken or not of the form [a-z][a-z0-9_]")
    loaded = entry.load()
    if not isinstance(loaded, Command) or loaded.name != entry.name:
        raise ValueError(f"{entry.value} is no Command called {entry.name!r}")
    json.dumps(loaded.params.model_json_schema())
    if loaded.catalogues:
        add_catalogues(loaded.catalogues)
    return loaded
