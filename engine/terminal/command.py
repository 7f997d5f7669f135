"""A chat command on the command line: here where the folder is free, else on the page that owns it."""

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.command import Command
from engine.commands import command, commands
from engine.errors import AppError, Code, invalid
from engine.faults import as_app_error
from engine.jobs.follow_ups import NO_TRACK
from engine.jobs.remarks import remarks
from engine.logs import start_logging
from engine.messages import translate
from engine.parameters import KEY, add_flags, from_files
from engine.settings import Settings
from engine.terminal import EXIT_FAILED, path_of, refused
from engine.terminal.folder import run_folder
from engine.terminal.opening import open_place
from engine.terminal.reports import reported, write_report
from engine.text import label

MAX_PATH = 1000
"""Characters; a longer text is none."""
_PATH = re.compile(r"\S+\.(?:txt|md|epub|docx|fountain|srt|vtt|json|html?)", re.IGNORECASE)
"""What was meant as the path of a text, whether it is there or not."""


def help_text(subcommands: dict[str, str]) -> str:
    """The whole of `--help`: settings, commands and the rest."""
    parser = argparse.ArgumentParser(
        prog="run.sh",
        description="Starts the page; with a command, does that one thing without a browser.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="commands (each has --help):\n"
        + "".join(f"  {name:<10} {c.summary}\n" for name, c in commands().items())
        + "\nmore:\n"
        + "".join(f"  {name:<10} {text}\n" for name, text in subcommands.items()),
    )
    add_flags(parser, Settings)
    return parser.format_help()


def run_command(settings: Settings, name: str, arguments: Sequence[str]) -> int:
    """`COMMAND "text" --flag value [--json]`: prints the path of each record made, or the records themselves.

    Of a command with a report it prints the paths of its files, or the first of them, and takes a folder too.

    Exit code 0 when done, 1 for a failed or canceled job, 2 for invalid input.
    """
    try:
        return _run(settings, name, arguments)
    except (AppError, OSError, UnicodeError) as error:
        return refused(as_app_error(error), settings.language, as_json="--json" in arguments)


def _run(settings: Settings, name: str, arguments: Sequence[str]) -> int:
    start_logging(settings, "terminal")
    asked = command(name, debug=settings.debug)
    params, as_json = _read(asked, arguments)
    if folder := _folder(asked, params):
        return run_folder(settings, asked, params, *folder, as_json=as_json)
    files = _files(asked, params)
    known = asked.params.checked({**params, **dict.fromkeys(files, NO_TRACK)})
    for notice in remarks(known, params):
        print(translate(notice.key, settings.language, **notice.values), file=sys.stderr)
    place = open_place(settings)
    try:
        row, records = place.run(asked, params, files)
    finally:
        place.close()
    if row["status"] != "COMPLETED":
        failure = row["error"] or AppError(Code.CANCELED, "canceled").body(settings.language)
        print(json.dumps({"error": failure}, ensure_ascii=False) if as_json else failure["message"], file=sys.stderr)
        return EXIT_FAILED
    if not as_json:
        _print_heard(records, settings.language)
        _print_source_notes(records, settings.language)
    for record in records:
        report = reported(asked, record, settings.language)
        if as_json:
            print(json.dumps(json.loads(next(iter(report.values()))) if report else record, ensure_ascii=False))
            continue
        beside = [settings.audio_dir / f"{record['name']}.json"]
        for path in write_report(settings, record, report) if report else beside:
            print(_short(path))
    return 0


def _folder(asked: Command[Any], params: dict[str, Any]) -> tuple[str, Path] | None:
    """The parameter for the sound, and the folder that was given for it to a command that takes one."""
    sound = _only_sound(asked) if asked.report else None
    value = params.get(sound) if sound else None
    if sound is None or not isinstance(value, str) or re.match(KEY, value):
        return None
    folder = path_of(value)
    return (sound, folder) if os.path.isdir(folder) else None  # noqa: PTH112 - one that cannot be is none


def _read(asked: Command[Any], arguments: Sequence[str]) -> tuple[dict[str, Any], bool]:
    parser = argparse.ArgumentParser(prog=f"run.sh {asked.name}", description=asked.summary, allow_abbrev=False)
    text_field = asked.params.text_field
    if text_field:
        field = asked.params.model_fields[text_field]
        parser.add_argument("text", nargs="?" if not field.is_required() else None, help=field.description)
    elif sound := _only_sound(asked):
        parser.add_argument("file", nargs="?", help=asked.params.model_fields[sound].description)
    parser.add_argument("--json", action="store_true", help="print the record instead of its path")
    add_flags(parser, asked.params, skip=(text_field,) if text_field else ())
    found = vars(parser.parse_args(arguments))
    as_json, text, file = found.pop("json"), found.pop("text", None), found.pop("file", None)
    text = _without_files(asked, text, found)
    alone = {text_field or _only_sound(asked): file if text is None else text}
    return {**{name: value for name, value in alone.items() if name and value is not None}, **found}, as_json


def _without_files(asked: Command[Any], text: str | None, found: dict[str, Any]) -> str | None:
    """The text, unless it is the path of a script, which goes to `found`. There, what may be a file is read.

    Raises INVALID_INPUT `text_unreadable`, NOT_FOUND for a path where nothing is.
    """
    for name in from_files(asked.params):
        value = found.get(name) or ""
        if (path := _file(value)) is None and _PATH.fullmatch(value):
            raise AppError(Code.NOT_FOUND, "file_not_found", name=label(value))
        if path:
            try:
                found[name] = path.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeError):
                raise invalid("text_unreadable", name=label(path.name)) from None
    script = next(iter(asked.params.script_fields()), None)
    if script is None or text is None:
        return text
    if _file(text) is None and not _PATH.fullmatch(text):
        return text
    found.setdefault(script, text)
    return None


def _file(text: str | None) -> Path | None:
    """The file that a text of one line names, if it is one."""
    if not text or "\n" in text or len(text) > MAX_PATH:
        return None
    path = path_of(text)
    return path if os.path.isfile(path) else None  # noqa: PTH113 - one that cannot be is none


def _only_sound(asked: Command[Any]) -> str | None:
    """The parameter that a file without a flag is for: the one sound that the command cannot do without."""
    needed = [name for name in asked.params.audio_fields() if asked.params.model_fields[name].is_required()]
    return needed[0] if len(needed) == 1 else None


def _files(asked: Command[Any], params: dict[str, Any]) -> dict[str, Path]:
    """Parameters that want a sound or a script and were given a file here. Raises NOT_FOUND when there is none."""
    found = {}
    for name in asked.params.input_fields():
        value = params.get(name)
        if isinstance(value, str) and not re.match(KEY, value):
            found[name] = path_of(value)
            if not os.path.isfile(found[name]):  # noqa: PTH113 - one that cannot be is none
                raise AppError(Code.NOT_FOUND, "file_not_found", name=label(value))
    return found


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _print_heard(records: list[dict[str, Any]], language: str) -> None:
    """The words that set parameters, each once, on the standard error."""
    for words in dict.fromkeys(" · ".join(record["heard"].values()) for record in records if record.get("heard")):
        print(translate("ui.said", language, words=words), file=sys.stderr)


def _print_source_notes(records: list[dict[str, Any]], language: str) -> None:
    """What was wrong with the files that were worked on, each once, on the standard error."""
    notes = (note for record in records for note in record.get("source_note", []))
    for line in dict.fromkeys(f"{n['name']}: {translate(n['key'], language, **n['values'])}" for n in notes):
        print(line, file=sys.stderr)
