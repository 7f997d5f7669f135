"""A chat command on the command line: here where the folder is free, else on the page that owns it."""

import argparse
import json
import re
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.app import Application, running_server
from engine.command import Command
from engine.commands import command, commands
from engine.errors import AppError, Code
from engine.events import Event, Notice
from engine.jobs.follow_ups import NO_TRACK
from engine.jobs.job import ACTIVE, Request
from engine.jobs.queue import Queue
from engine.jobs.remarks import remarks
from engine.logs import start_logging
from engine.messages import translate
from engine.parameters import KEY, add_flags
from engine.settings import Settings
from engine.terminal import EXIT_FAILED, EXIT_INVALID, POLL_S
from engine.terminal.progress import ProgressBar

WAIT_FOR_FOLDER_S = 24 * 3600.0


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

    Exit code 0 when done, 1 for a failed or canceled job, 2 for invalid input.
    """
    try:
        start_logging(settings, "terminal")
        asked = command(name, debug=settings.debug)
        params, as_json = _read(asked, arguments)
        files = _files(asked, params)
        known = asked.params.checked({**params, **dict.fromkeys(files, NO_TRACK)})
        for notice in remarks(known, params):
            print(translate(notice.key, settings.language, **notice.values), file=sys.stderr)
        place = open_or_find(settings)
        if isinstance(place, Application):
            row, records = _in_this_process(place, asked, params, files)
        else:
            from engine.terminal.page import run_on_page

            row, page = run_on_page(place, settings, asked, params, files)
            records = page.records(results(row, asked, params)) if row["status"] == "COMPLETED" else []
    except AppError as error:
        body = error.body(settings.language)
        print(
            json.dumps({"error": body}, ensure_ascii=False) if "--json" in arguments else body["message"],
            file=sys.stderr,
        )
        return EXIT_FAILED if error.code in (Code.INTERNAL, Code.INTERRUPTED) else EXIT_INVALID
    if row["status"] != "COMPLETED":
        failure = row["error"] or AppError(Code.CANCELED, "canceled").body(settings.language)
        print(json.dumps({"error": failure}, ensure_ascii=False) if as_json else failure["message"], file=sys.stderr)
        return EXIT_FAILED
    if not as_json:
        _print_heard(records, settings.language)
        _print_source_notes(records, settings.language)
    for record in records:
        path = settings.audio_dir / f"{record['name']}.json"
        print(json.dumps(record, ensure_ascii=False) if as_json else _short(path))
    return 0


def open_or_find(settings: Settings) -> Application | str:
    """Where to work: an application here, or the address of the page that owns the folder, whichever can be had first.

    Raises INVALID_INPUT when another process keeps the folder for a day.
    """
    deadline = time.monotonic() + WAIT_FOR_FOLDER_S
    announced = False
    while True:
        if address := running_server(settings):
            return address
        try:
            return Application.open(settings, own_only=True, wait_s=1.0)
        except AppError as error:
            if error.key != "folder_in_use" or time.monotonic() > deadline:
                raise
        if not announced:
            print(translate("ui.waiting_for_folder", settings.language, folder=settings.output.name), file=sys.stderr)
        announced = True


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
    alone = {text_field or _only_sound(asked): file if text is None else text}
    return {**{name: value for name, value in alone.items() if name and value is not None}, **found}, as_json


def _only_sound(asked: Command[Any]) -> str | None:
    """The parameter that a file without a flag is for: the one sound that the command cannot do without."""
    needed = [name for name in asked.params.audio_fields() if asked.params.model_fields[name].is_required()]
    return needed[0] if len(needed) == 1 else None


def results(row: Mapping[str, Any], asked: Command[Any], params: Mapping[str, Any]) -> list[str]:
    """Ids of the tracks that a job made, or else of those that it was about."""
    keys = (str(params.get(name, "")) for name in asked.params.audio_fields())
    return list(row["track_ids"]) or [key.partition(":")[2] for key in keys if key.startswith("track:")]


def _files(asked: Command[Any], params: dict[str, Any]) -> dict[str, Path]:
    """Parameters that want a sound and were given a file on this computer. Raises NOT_FOUND when there is none."""
    found = {}
    for name in asked.params.audio_fields():
        value = params.get(name)
        if isinstance(value, str) and not re.match(KEY, value):
            found[name] = Path(value).expanduser()
            if not found[name].is_file():
                raise AppError(Code.NOT_FOUND, "file_not_found", name=value[:200])
    return found


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _in_this_process(
    application: Application, asked: Command[Any], params: dict[str, Any], files: dict[str, Path]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    language = application.settings.language
    bar = ProgressBar(language)
    changed = threading.Event()
    try:
        application.events.subscribe(lambda event: _on_event(event, language, changed))
        for name, path in files.items():
            with path.open("rb") as stream:
                params[name] = application.uploads.add(stream, path.name)["key"]
        text = str(params.get(asked.params.text_field or "", ""))
        job = application.scheduler.submit(Request(asked.name, params, text=text, language=language))
        try:
            while _goes_on(application.queue, job.id):
                changed.wait(POLL_S)
                changed.clear()
                bar.show(application.scheduler.views.row(application.queue.get(job.id)))
        except KeyboardInterrupt:
            application.scheduler.cancel(job.id)
            while application.queue.get(job.id).status == "RUNNING":
                time.sleep(POLL_S)
        bar.clear()
        done = application.queue.get(job.id)
        row = application.scheduler.views.row(done)
        tracks = results(row, asked, params) if row["status"] == "COMPLETED" else []
        return row, [application.library.record(track).model_dump(mode="json") for track in tracks]
    finally:
        application.close()


def _goes_on(queue: Queue, job_id: str) -> bool:
    """Whether the job, or what follows from it, waits or runs."""
    children = (child.id for child in queue.children(job_id))
    return queue.get(job_id).status in ACTIVE or any(_goes_on(queue, child) for child in children)


def _on_event(event: Event, language: str, changed: threading.Event) -> None:
    if isinstance(event, Notice):
        print(translate(event.key, language, **event.values), file=sys.stderr)
    changed.set()


def _print_heard(records: list[dict[str, Any]], language: str) -> None:
    """The words that set parameters, each once, on the standard error."""
    for words in dict.fromkeys(" · ".join(record["heard"].values()) for record in records if record.get("heard")):
        print(translate("ui.said", language, words=words), file=sys.stderr)


def _print_source_notes(records: list[dict[str, Any]], language: str) -> None:
    """What was wrong with the files that were worked on, each once, on the standard error."""
    notes = (note for record in records for note in record.get("source_note", []))
    for line in dict.fromkeys(f"{n['name']}: {translate(n['key'], language, **n['values'])}" for n in notes):
        print(line, file=sys.stderr)
