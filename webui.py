#!/usr/bin/env python3
"""audiocraft-webui: `webui.py` starts the page, `webui.py COMMAND ...` does one thing without a browser."""

import os
import sys
import warnings


def _asks_for_eventlet(arguments: list[str]) -> bool:
    """Whether the page is to run in green threads. Decided before any other import: eventlet has to patch first."""
    page = not arguments or arguments[0].startswith("-")
    mode = os.environ.get("AUDIOCRAFT_WEBUI_ASYNC_MODE", "auto")
    cluster = os.environ.get("AUDIOCRAFT_WEBUI_CLUSTER", "").lower() in ("1", "true", "t", "yes", "y", "on")
    for flag, value in zip(arguments, [*arguments[1:], ""], strict=False):
        name, _, glued = flag.partition("=")
        if name in ("--async-mode", "--async_mode"):
            mode = glued or value
        elif name in ("--cluster", "--no-cluster"):
            cluster = name == "--cluster"
    return page and (mode == "eventlet" or (mode == "auto" and not cluster))


if __name__ == "__main__" and _asks_for_eventlet(sys.argv[1:]):
    from importlib import metadata

    version_of = metadata.version

    def _hiding(distribution_name: str) -> str:
        """dnspython imports what it finds for DNS over HTTPS and DNSSEC: unused here, and eventlet stumbles on it."""
        return "0" if distribution_name in ("h2", "cryptography") else version_of(distribution_name)

    metadata.version = _hiding
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # eventlet says that it is old; it is the asked-for default all the same
        import eventlet
    metadata.version = version_of
    eventlet.monkey_patch()

import argparse
from collections.abc import Sequence

from pydantic import ValidationError

from engine.errors import AppError
from engine.messages import translate
from engine.parameters import add_flags, problems_of
from engine.settings import Settings

LANGUAGE = "AUDIOCRAFT_WEBUI_LANGUAGE"

SUBCOMMANDS = {
    "database": "look after the database: check, copy URL, upgrade, downgrade VERSION",
    "storage": "look after the bucket of --storage-url: check says what it can do",
    "file-tags": "write what was found out about a track into its own file: file-tags TRACK [--write]",
    "node": "run the jobs of a cluster on this computer: node [--pool light|model.cpu|model.cudaN] [--slots N]; "
    "node --check: whether it is alive",
    "openapi": "print the document of the REST interface, OpenAPI 3.1, as JSON",
    "search": "search the library by words, likeness, tempo, key and tags",
    "reindex": "make the index anew from the files on disk",
    "tag-library": "tag every track that is not tagged yet; goes on where it was stopped",
    "users": "who may use the program: users add|passwd|disable|enable|change|list|replace-key [...]",
    "audit": "who did what: audit [--user EMAIL] [--since 7d] [--json]",
    "report": "bundle logs and facts about this installation for a bug report",
    "bench": "run a benchmark: bench NAME [...]; prints one JSON line last",
    "test": "run all tests (through run.sh)",
}


def read_settings(arguments: Sequence[str]) -> tuple[Settings, list[str]]:
    """Settings from the flags among `arguments` and the environment, and the arguments that are left."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_flags(parser, Settings)
    found, rest = parser.parse_known_args(arguments)
    try:
        settings = Settings(**vars(found))
    except ValidationError as error:
        sys.exit(_complain(_objections(error, str(vars(found).get("language", os.environ.get(LANGUAGE, ""))))))
    return settings.model_copy(update={"output": settings.output.resolve(), "models": settings.models.resolve()}), rest


def _objections(error: ValidationError, language: str) -> str:
    """What is wrong with which flag or variable of the environment."""
    said = []
    for problem in problems_of(error):
        flag = f"--{problem['field'].replace('_', '-')}"
        said.append(translate(problem["key"], language, **{**problem["values"], "field": flag}))
    return "; ".join(said)


def _complain(text: str) -> int:
    print(text, file=sys.stderr)
    return 2


def main(arguments: Sequence[str]) -> int:
    settings, rest = read_settings(arguments)
    try:
        return _run(settings, rest)
    except AppError as error:
        return _complain(error.body(settings.language)["message"])


def _run(settings: Settings, rest: Sequence[str]) -> int:
    match rest:
        case []:
            from engine.web.start import start

            return start(settings)
        case ["-h" | "--help", *_]:
            from engine.terminal.command import help_text

            print(help_text(SUBCOMMANDS))
            return 0
        case ["bench", *more]:
            from benchmarks import run

            return run(more)
        case ["database", *more]:
            from engine.terminal.database import run_database

            return run_database(settings, more)
        case ["storage", *more]:
            from engine.terminal.storage import run_storage

            return run_storage(settings, more)
        case ["file-tags", *more]:
            from engine.terminal.file_tags import run_file_tags

            return run_file_tags(settings, more)
        case ["search", *more]:
            from engine.terminal.search import search

            return search(settings, more)
        case ["reindex"]:
            from engine.terminal.maintenance import reindex

            return reindex(settings)
        case ["openapi"]:
            import json

            from engine.web.v1.version_1 import openapi

            print(json.dumps(openapi(settings), ensure_ascii=False, indent=1))
            return 0
        case ["tag-library"]:
            from engine.terminal.tag_library import tag_library

            return tag_library(settings)
        case ["node", *more]:
            from engine.terminal.node import node

            return node(settings, more)
        case ["users", *more]:
            from engine.terminal.users import users

            return users(settings, more)
        case ["audit", *more]:
            from engine.terminal.audit import audit

            return audit(settings, more)
        case ["report"]:
            from engine.terminal.maintenance import report

            return report(settings)
        case [name, *more] if not name.startswith("-"):
            from engine.terminal.command import run_command

            return run_command(settings, name, more)
    return _complain(f"unknown option {rest[0]}; see --help")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
