"""`POST /api/understand`: what a text means before it is sent. The page asks while the user types; nothing is done."""

import re
import threading
import time
from collections.abc import Iterator
from typing import Any

from flask import Blueprint

from engine.app import Application
from engine.command import Command
from engine.commands import asked, command, commands
from engine.errors import AppError, invalid
from engine.generate.composer.spoken_edits import spoken_edits
from engine.generate.recipe import is_composed
from engine.library.search import Search
from engine.parameters import KEY, MAX_TEXT, is_identity, limits, parse_text, split_command
from engine.speech.phrases import Sounds, plain
from engine.web.api import json_body
from engine.web.me import me

MOST_UPLOADS = 500
CANDIDATES = 50
_FILE = re.compile(r"\.(?:wav|flac|mp3|ogg|oga|opus|m4a|mp4|aac|aiff?|aifc|caf|webm|mka|wma)$")
_BEFORE_A_TITLE = re.compile(
    r"(?:(?:the|my) )?(?:song|track|recording|file|трек\w*|песн\w+|запис\w+|файл\w*) |the |歌曲|录音"
)


def blueprint(application: Application) -> Blueprint:
    understanding = Blueprint("understanding", __name__, url_prefix="/api")
    threading.Thread(target=_get_ready, args=(application.settings.debug,), name="phrases", daemon=True).start()

    @understanding.post("/understand")
    def understand() -> dict[str, Any]:
        return meaning(json_body())

    return understanding


def _get_ready(debug: bool) -> None:
    """Read the phrases before the first text comes, one by one, so that nobody waits."""
    for each in commands(debug=debug).values():
        for phrase in each.phrases:
            phrase.regex  # noqa: B018
            time.sleep(0.001)


def meaning(body: Any) -> dict[str, Any]:
    """`{text, command?, track_id?, uploads?, language?}` -> `{command, edit, heard}`. Raises INVALID_INPUT.

    `command`: the other command that the words ask for, `{name, params, phrase}`, or null. `edit`: what they would
    change of the composed piece `track_id`, `{track_id, title, is_edit, changes, not_heard}`, or null where that is
    nothing; `is_edit` is false where they rather describe a new piece. `heard`: what the words say
    of parameters of the command they are for, name -> `{value, words, fits}`; `fits` is false beyond the limits.
    """
    if not isinstance(body, dict):
        raise invalid("params_not_object")
    text, default = body.get("text"), body.get("command", "generate")
    track_id, uploads = body.get("track_id"), body.get("uploads", [])
    if not isinstance(text, str):
        raise invalid("text_form")
    if len(text) > MAX_TEXT:
        raise invalid("text_too_long", limit=MAX_TEXT)
    if not isinstance(default, str) or not (track_id is None or (isinstance(track_id, str) and is_identity(track_id))):
        raise invalid("understand_form")
    if not isinstance(uploads, list) or not all(isinstance(key, str) and re.fullmatch(KEY, key) for key in uploads):
        raise invalid("understand_form")
    if len(uploads) > MOST_UPLOADS:
        raise invalid("understand_form")
    here = uploads[0] if uploads else f"track:{track_id}" if track_id else None
    edit = _edit(text, default, track_id)
    ours = text.lstrip().startswith("/") or (edit is not None and edit["is_edit"])  # a piece loses its drums on paper
    other = None if ours else _other(text, here)
    return {"command": other, "edit": edit, "heard": _heard(text, default, debug=me.settings.debug)}


def _other(text: str, here: str | None) -> dict[str, Any] | None:
    sounds = Sounds(here, lambda said: _named(said))
    found = asked(text, sounds, commands(debug=me.settings.debug).values())
    if found is None:
        return None
    return {"name": found.command.name, "params": found.params, "phrase": text.strip()}


def _edit(text: str, default: str, track_id: str | None) -> dict[str, Any] | None:
    name, words = split_command(text, default)
    if name != "generate" or track_id is None:
        return None
    heard = spoken_edits(words)
    try:
        record = me.library.record(track_id)
    except AppError:  # it has been deleted
        return None
    if not heard.edits or not is_composed(record):
        return None
    return {
        "track_id": track_id,
        "title": record.title,
        "is_edit": heard.edits_a_piece,
        "changes": [edit.as_json() for edit in heard.edits],
        "not_heard": list(heard.not_heard),
    }


def _heard(text: str, default: str, *, debug: bool) -> dict[str, Any]:
    name, words = split_command(text, default)
    try:
        asked_for = command(name, debug=debug)
        wishes = asked_for.wishes(parse_text(words, asked_for.params))
    except AppError:  # no such command, or one that takes no text: whoever sends it is told
        return {}
    return {
        wish.field: {"value": wish.value, "words": wish.words, "fits": _fits(asked_for, wish.field, wish.value)}
        for wish in wishes
    }


def _fits(asked_for: Command[Any], field: str, value: Any) -> bool:
    low, high = limits(asked_for.params, field)
    return not isinstance(value, int | float) or low <= value <= high


def _named(said: str) -> str | None:
    """The sound that people call so: an upload or a track whose title is that, else the only one that holds it."""
    wanted = _BEFORE_A_TITLE.sub("", _title(said), count=1) if _BEFORE_A_TITLE.match(_title(said)) else _title(said)
    holding = set()
    for key, title in _sounds(wanted):
        if title in (wanted, _title(said)):
            return key
        if len(wanted) > 3 and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", title):
            holding.add(key)
    return holding.pop() if len(holding) == 1 else None


def _sounds(wanted: str) -> Iterator[tuple[str, str]]:
    """Key and title, and name, of what may be meant: uploads first, the newest first."""
    for facts in me.uploads.all():
        yield facts["key"], _title(str(facts.get("name", "")))
    for row in me.library.rows(Search(q=wanted), limit=CANDIDATES):
        yield from ((f"track:{row['id']}", _title(row[called])) for called in ("title", "name"))


def _title(text: str) -> str:
    return _FILE.sub("", plain(text))
