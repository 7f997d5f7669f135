"""`search` in the terminal: the library is searched as on the page."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from engine.errors import AppError
from engine.logs import start_logging
from engine.messages import translate
from engine.owner import LOCAL
from engine.parameters import add_flags
from engine.settings import Settings
from engine.tag.search.params import SearchParams
from engine.terminal import EXIT_FAILED, refused
from engine.terminal.opening import open_or_find

MOST = 1000
NONE = "—"


def search(settings: Settings, arguments: Sequence[str]) -> int:
    """`search "calm piano at night" [--like ID] [--low-bpm N] [--json]`: title, tempo, key and what speaks for each
    track, a line each; or the answer as JSON. Words are searched by meaning unless `--plain` is given.

    Exit code 0 where something was found, 1 where nothing was, 2 for invalid input.
    """
    try:
        start_logging(settings, "terminal")
        asked, limit, as_json = _read(arguments)
        found = _found(settings, asked, limit)
    except AppError as error:
        return refused(error, settings.language, as_json="--json" in arguments)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for line in table(found["tracks"], settings.language):
            print(line)
        if untagged := found.get("untagged"):
            print(translate("ui.search.untagged", settings.language, count=untagged), file=sys.stderr)
    return 0 if found["tracks"] else EXIT_FAILED


def _read(arguments: Sequence[str]) -> tuple[SearchParams, int, bool]:
    parser = argparse.ArgumentParser(prog="run.sh search", description="Search the library.", allow_abbrev=False)
    parser.add_argument("q", nargs="?", default="", help=SearchParams.model_fields["q"].description)
    parser.add_argument("--plain", action="store_true", help="find the words in texts alone, not what they mean")
    parser.add_argument("--limit", type=int, default=20, metavar="X", help=f"At most so many tracks, 1 to {MOST}.")
    parser.add_argument("--json", action="store_true", help="print the answer of GET /api/tracks")
    add_flags(parser, SearchParams, skip=("q", "meaning"))
    found = vars(parser.parse_args(arguments))
    limit, as_json = max(1, min(MOST, found.pop("limit"))), found.pop("json")
    return SearchParams.checked({"meaning": not found.pop("plain"), **found}), limit, as_json


def _found(settings: Settings, asked: SearchParams, limit: int) -> dict[str, Any]:
    """Here where the folder is free, else by the page that owns it."""
    place = open_or_find(settings)
    if isinstance(place, str):
        from engine.terminal.page import Page

        said = {name: value for name, value in asked.model_dump(mode="json").items() if value not in (None, "", [])}
        query = {name: int(value) if isinstance(value, bool) else value for name, value in said.items()}
        found: dict[str, Any] = Page(place, settings).get(
            f"/api/tracks?{urlencode({**query, 'limit': limit}, doseq=True)}"
        )
        return found
    try:
        place.library.sync()
        return place.of(LOCAL).search.page(asked, limit=limit)
    finally:
        place.close()


def table(rows: Sequence[dict[str, Any]], language: str) -> list[str]:
    """A line for each track."""
    cells = [
        (
            row["title"],
            f"{row['bpm']:.0f}" if row["bpm"] else NONE,
            row["key"] or NONE,
            " · ".join(
                [*(f"{_label(part['label'], language)} {part['share']:.0%}" for part in row.get("why", ())),
                 *([f"≈ {row['likeness']:.2f}"] if row.get("likeness") is not None else [])]
            ),
            row["id"],
        )
        for row in rows
    ]  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def _label(label: str, language: str) -> str:
    return translate(f"term.tag.{label}", language)
