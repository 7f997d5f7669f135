"""Chat commands on the command line: the same parameters, queue and records, without a browser."""

import argparse
import itertools
import json
import re
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from engine.app import Application, running_server
from engine.command import Command
from engine.commands import command, commands
from engine.errors import AppError, Code
from engine.faults import disk_errors
from engine.jobs.events import Event, Notice
from engine.jobs.follow_ups import NO_TRACK
from engine.jobs.job import ACTIVE, Request
from engine.jobs.queue import Queue
from engine.logs import bundle, start_logging
from engine.messages import translate
from engine.parameters import KEY, add_flags
from engine.settings import Settings

WAIT_FOR_FOLDER_S = 24 * 3600.0
POLL_S = 0.1
UPLOAD_S = 600.0
ANSWER_S = 30.0
PAGE_BACK_S = 15.0
"""A page that ended is waited for so long: whoever restarts it finds the job running again."""

EXIT_INVALID = 2
EXIT_FAILED = 1


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
        asked.params.checked({**params, **dict.fromkeys(files, NO_TRACK)})
        place = _place(settings)
        if isinstance(place, Application):
            row, records = _in_this_process(place, asked, params, files)
        else:
            params |= {name: _sent(place, path) for name, path in files.items()}
            row, records = _over_http(place, settings, asked, params)
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
        _tell_notes(records, settings.language)
    for record in records:
        path = settings.audio_dir / f"{record['name']}.json"
        print(json.dumps(record, ensure_ascii=False) if as_json else _short(path))
    return 0


def _place(settings: Settings) -> Application | str:
    """Where to work: an application here, or the address of the page that owns the folder, whichever can be had first.

    Raises INVALID_INPUT when another process keeps the folder for a day.
    """
    patient = time.monotonic() + WAIT_FOR_FOLDER_S
    told = False
    while True:
        if address := running_server(settings):
            return address
        try:
            return Application.open(settings, own_only=True, wait_s=1.0)
        except AppError as error:
            if error.key != "folder_in_use" or time.monotonic() > patient:
                raise
        if not told:
            print(translate("ui.waiting_for_folder", settings.language, folder=settings.output.name), file=sys.stderr)
        told = True


def _read(asked: Command[Any], arguments: Sequence[str]) -> tuple[dict[str, Any], bool]:
    parser = argparse.ArgumentParser(prog=f"run.sh {asked.name}", description=asked.summary, allow_abbrev=False)
    text_field = asked.params.text_field
    if text_field:
        field = asked.params.model_fields[text_field]
        parser.add_argument("text", nargs="?" if not field.is_required() else None, help=field.description)
    parser.add_argument("--json", action="store_true", help="print the record instead of its path")
    add_flags(parser, asked.params, skip=(text_field,) if text_field else ())
    found = vars(parser.parse_args(arguments))
    as_json, text = found.pop("json"), found.pop("text", None)
    return {**found, **({text_field: text} if text_field and text is not None else {})}, as_json


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


def _sent(address: str, path: Path) -> str:
    """The key under which the running page keeps a file from now on."""
    edge = uuid.uuid4().hex
    name = quote(path.name)
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="upload"; filename*=UTF-8\'\'{name}\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    tail = f"\r\n--{edge}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={edge}",
        "Content-Length": str(len(head) + path.stat().st_size + len(tail)),
    }
    with path.open("rb") as file:
        body = itertools.chain([head], iter(lambda: file.read(2**20), b""), [tail])
        request = HttpRequest(f"{address}/api/uploads", data=body, headers=headers)
        return str(_answer(request, UPLOAD_S)["key"])


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class _Bar:
    """One line on a terminal's standard error that updates in place; silent when that is no terminal.

    That the job was interrupted and runs again is said in any case, in a line of its own.
    """

    def __init__(self) -> None:
        self._shown = False
        self._interruptions = 0

    def show(self, row: dict[str, Any], language: str) -> None:
        if row["interruptions"] > self._interruptions:
            self._interruptions = row["interruptions"]
            self.clear()
            print(translate("ui.interrupted", language, attempt=self._interruptions + 1), file=sys.stderr)
        if sys.stderr.isatty():
            left = f", {row['eta_s']:.0f} s left" if row["eta_s"] is not None else ""
            print(
                f"\r\033[K{row['status'].lower()} {row['stage'] or ''} {row['progress']:.0%}{left}",
                end="",
                file=sys.stderr,
                flush=True,
            )
            self._shown = True

    def clear(self) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _in_this_process(
    application: Application, asked: Command[Any], params: dict[str, Any], files: dict[str, Path]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    language = application.settings.language
    bar = _Bar()
    changed = threading.Event()
    try:
        application.events.subscribe(lambda event: _hear(event, language, changed))
        for name, path in files.items():
            with path.open("rb") as stream:
                params[name] = application.add_upload(stream, path.name)["key"]
        job = application.scheduler.submit(
            Request(asked.name, params, text=str(params.get(asked.params.text_field or "", "")))
        )
        try:
            while _goes_on(application.queue, job.id):
                changed.wait(POLL_S)
                changed.clear()
                bar.show(application.scheduler.views.row(application.queue.get(job.id)), language)
        except KeyboardInterrupt:
            application.scheduler.cancel(job.id)
            while application.queue.get(job.id).status == "RUNNING":
                time.sleep(POLL_S)
        bar.clear()
        done = application.queue.get(job.id)
        return application.scheduler.views.row(done), [
            application.library.record(t).model_dump(mode="json") for t in done.track_ids
        ]
    finally:
        application.close()


def _goes_on(queue: Queue, job_id: str) -> bool:
    """Whether the job, or what follows from it, waits or runs."""
    children = (child.id for child in queue.children(job_id))
    return queue.get(job_id).status in ACTIVE or any(_goes_on(queue, child) for child in children)


def _hear(event: Event, language: str, changed: threading.Event) -> None:
    if isinstance(event, Notice):
        print(translate(event.key, language, **event.values), file=sys.stderr)
    changed.set()


def _over_http(
    address: str, settings: Settings, asked: Command[Any], params: dict[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The page is running and owns the folder: ask it. One that ends and is soon started again goes on with the job."""
    language = settings.language
    job_id = _http(f"{address}/api/jobs", {"command": asked.name, "params": params})["job_id"]
    bar = _Bar()
    told = False
    try:
        while True:
            try:
                row = _http(f"{address}/api/jobs/{job_id}")
            except AppError as error:
                if error.key != "page_gone":
                    raise
                address = _again(settings)
                continue
            if row["status"] not in ("PENDING", "RUNNING"):
                break
            if row["held"] and not told:
                print(translate("ui.held_on_page", language), file=sys.stderr)
            told = row["held"]
            bar.show(row, language)
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        _http(f"{address}/api/jobs/{job_id}/cancel", {})
        row = _http(f"{address}/api/jobs/{job_id}")
    bar.clear()
    records = [_http(f"{address}/api/tracks/{track_id}") for track_id in row["track_ids"]]
    return row, [_without_addresses(record) for record in records]


def _tell_notes(records: list[dict[str, Any]], language: str) -> None:
    """What was wrong with the files that were worked on, each once, on the standard error."""
    lines: dict[str, None] = {}
    for note in (note for record in records for note in record.get("source_note", [])):
        lines[f"{note['name']}: {translate(note['key'], language, **note['values'])}"] = None
    for line in lines:
        print(line, file=sys.stderr)


def _without_addresses(part: Any) -> Any:
    """What the server tells of a track as its record on disk has it."""
    if isinstance(part, list):
        return [_without_addresses(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {k: _without_addresses(v) if k == "stems" else v for k, v in part.items() if not k.endswith("_url")}


def _http(url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = HttpRequest(url, data=data, headers={"Content-Type": "application/json"})
    return _answer(request, ANSWER_S)


def _answer(request: HttpRequest, timeout_s: float) -> Any:
    """The JSON that the page answers. Raises what it refused with, and INTERRUPTED when it is gone or frozen."""
    try:
        with urlopen(request, timeout=timeout_s) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise AppError.revived(json.load(error)["error"]) from None
    except (OSError, HTTPException) as error:
        raise AppError(Code.INTERRUPTED, "page_gone") from error


def _again(settings: Settings) -> str:
    """The address of the page when it is there again. Raises INTERRUPTED after a while."""
    patient = time.monotonic() + PAGE_BACK_S
    while time.monotonic() < patient:
        if address := running_server(settings):
            return address
        time.sleep(POLL_S)
    raise AppError(Code.INTERRUPTED, "page_gone")


def reindex(settings: Settings) -> int:
    """Make the index anew from the records on disk and say what was found."""
    try:
        start_logging(settings, "terminal")
        if running_server(settings):
            raise AppError(Code.INVALID_INPUT, "page_is_running")
        application = Application.open(settings, own_only=True, wait_s=10)
    except AppError as error:
        print(error.body(settings.language)["message"], file=sys.stderr)
        return EXIT_INVALID
    try:
        found = application.library.sync(full=True)
        added, removed, broken = len(found.added), len(found.removed), len(found.broken)
        print(f"{application.library.count()} tracks; {added} added, {removed} removed, {broken} unreadable")
        for name in found.broken:
            print(f"  unreadable: {name}")
    finally:
        application.close()
    return 0


def report(settings: Settings) -> int:
    """Bundle logs and facts for a bug report and say where they lie."""
    try:
        start_logging(settings, "terminal")
        with disk_errors():
            print(bundle(settings))
    except AppError as error:
        print(error.body(settings.language)["message"], file=sys.stderr)
        return EXIT_INVALID
    return 0
