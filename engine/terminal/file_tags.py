"""`file-tags TRACK`: what was found out about a track as the tags of its own file; shown first, written when asked."""

import argparse
import json
import os
from collections.abc import Sequence
from itertools import chain
from typing import Any

from engine.app import Application
from engine.errors import AppError, Code, invalid
from engine.jobs.file_tags import TagsAsked
from engine.logs import start_logging
from engine.messages import catalogue, translate
from engine.owner import LOCAL
from engine.parameters import is_identity
from engine.settings import Settings
from engine.tag.file_tags import KEY_FORMS, MODES, NAMES
from engine.terminal import path_of
from engine.terminal.opening import open_or_find
from engine.terminal.page import Page
from engine.text import label


def run_file_tags(settings: Settings, arguments: Sequence[str]) -> int:
    """Print what would change, or what was; returns 0. Raises what the library raises."""
    start_logging(settings, "terminal")
    said = _parser().parse_args(arguments)
    track_id = _track(said.track)
    place = open_or_find(settings)
    if isinstance(place, Application):
        try:
            body = _here(place, track_id, said)
        finally:
            place.close()
    else:
        body = _on_page(Page(place, settings), track_id, said)
    if said.json:
        print(json.dumps(body, ensure_ascii=False))
    else:
        _tell(body, said, settings.language)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.sh file-tags",
        description="Shows what of a track's findings its own file lacks, and writes it into the file with --write.",
        allow_abbrev=False,
    )
    parser.add_argument("track", help="the id of a track, or the path of its record, as `tag` prints it")
    parser.add_argument("--mode", choices=MODES, default="keep", help="keep what the file says, add to it, or replace")
    parser.add_argument("--fields", nargs="+", choices=list(NAMES), help="no others than these")
    parser.add_argument("--key-form", choices=KEY_FORMS, default="standard", help="Am, 8A or 1m")
    deed = parser.add_mutually_exclusive_group()
    deed.add_argument("--write", action="store_true", help="write it; without this the file is only looked at")
    deed.add_argument("--undo", action="store_true", help="take the last writing back")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    return parser


def _track(said: str) -> str:
    """The id that is said, or that of the record at a path. Raises NOT_FOUND, INVALID_INPUT."""
    if is_identity(said):
        return said
    path = path_of(said)
    path = path.with_suffix(".json") if path.name else path
    if not os.path.isfile(path):  # noqa: PTH113 - a name that no file can have is none
        raise AppError(Code.NOT_FOUND, "file_not_found", name=label(said))
    try:
        track_id = json.loads(path.read_text(encoding="utf-8"))["id"]
    except (ValueError, LookupError, TypeError, RecursionError):
        track_id = ""
    if not isinstance(track_id, str) or not is_identity(track_id):
        raise invalid("file_tags_no_record", name=label(path.name))
    return track_id


def _here(application: Application, track_id: str, said: argparse.Namespace) -> dict[str, Any]:
    tags, asked = application.of(LOCAL).file_tags, TagsAsked(said.mode, said.key_form, said.fields)
    if said.undo:
        return {"tags": tags.undo(track_id)}
    preview = tags.preview(track_id, asked)
    return (tags.write(track_id, asked, preview.digest) if said.write else preview).plain(said.fields)


def _on_page(page: Page, track_id: str, said: argparse.Namespace) -> Any:
    place, asked = f"/api/tracks/{track_id}/file-tags", {"mode": said.mode, "key_form": said.key_form}
    asked |= {"fields": said.fields} if said.fields else {}
    if said.undo:
        return page.post(f"{place}/undo", {})
    preview = page.post(f"{place}/preview", asked)
    return page.post(place, {**asked, "digest": preview["digest"]}) if said.write else preview


def _tell(body: dict[str, Any], said: argparse.Namespace, language: str) -> None:
    if said.undo:
        print(translate("ui.file_tags.undone" if body["tags"] else "ui.file_tags.undone.later", language))
        return
    changes = [field for field in body["fields"] if field["changes"]]
    for field in changes:
        before, after = (label("; ".join(chain(*field[when].values()))) or "—" for when in ("before", "after"))
        print(f"{_name(field['field'], language)}: {before} → {after}")
    if not changes:
        print(translate("ui.file_tags.nothing", language))
    elif not said.write:
        print(translate("ui.file_tags.look", language))


def _name(field: str, language: str) -> str:
    key = f"ui.tag.category.{field}"
    return translate(key if key in catalogue(language) else f"ui.file_tags.field.{field}", language)
