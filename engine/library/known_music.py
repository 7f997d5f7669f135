"""Tempo, key and form of a track as its score has them, through the tracks that were made of it."""

import math
from collections.abc import Callable
from typing import Any, Literal

from engine.errors import AppError, Code
from engine.library.inputs import KnownMusic
from engine.library.record import Record
from engine.parameters import number

_COMPOSER = "composer"
_UNCHANGED = ("upscale", "split", "mix", "match", "analyze")
"""Commands whose results have the tempo and the key of their `source`, unless they transpose it."""
_DEEPEST = 20
_SLOWEST_BPM, _FASTEST_BPM = 15.0, 600.0
"""Of a fact of `/tag`; a score with another tempo was not written by this program."""
_LONGEST_NAME = 40


def _no_other(_track_id: str) -> Record:
    raise AppError(Code.NOT_FOUND, "track_not_found")


def known_music(record: Record, read: Callable[[str], Record] = _no_other) -> KnownMusic | None:
    """What the score of the piece behind a track says; None for what was not composed here, or is transposed.

    `read`: the record of a track by its id, which may raise AppError; by default no other is known.
    """
    for _ in range(_DEEPEST):
        if record.model == _COMPOSER:
            return _scored(record)
        source = str((record.parameters.model_extra or {}).get("source", ""))
        if record.command not in _UNCHANGED or _is_transposed(record.details) or not source.startswith("track:"):
            return None
        try:
            record = read(source.removeprefix("track:"))
        except AppError:
            return None
    return None


def _scored(record: Record) -> KnownMusic | None:
    details = record.details
    tempo_bpm, key = number(details.get("tempo_bpm")), details.get("key")
    if tempo_bpm is None or not _SLOWEST_BPM <= tempo_bpm <= _FASTEST_BPM or not isinstance(key, str):
        return None
    return KnownMusic(tempo_bpm, key, _form(record))


def _form(record: Record) -> list[tuple[float, str]]:
    """Where its sections begin in the track."""
    return [(one["start_s"], one["name"][:_LONGEST_NAME]) for one in dated(record, "form") if one.get("name")]


def dated(record: Record, name: Literal["form", "harmony"]) -> list[dict[str, Any]]:
    """Entries of a list among the details, as they begin: `start_s` in the track, behind the clip that the piece goes
    on from. What begins nowhere, or has a name that is no text, is left out."""
    begins_s = number(record.parameters.continuation_start_s) or 0.0
    held = record.details.get(name)
    found = []
    for one in held if isinstance(held, list) else []:
        start = number(one.get("start_s")) if isinstance(one, dict) else None
        if start is not None and 0 <= begins_s + start < math.inf and isinstance(one.get("name", ""), str):
            found.append({**one, "start_s": begins_s + start})
    return sorted(found, key=lambda one: one["start_s"])


def _is_transposed(details: dict[str, Any]) -> bool:
    """Whether a match moved the pitch, of the whole or of a stem."""
    match = details.get("match")
    if not isinstance(match, dict):
        return False
    stems = match.get("stem_styles")
    styles = [match.get("rendered"), *(stems.values() if isinstance(stems, dict) else ())]
    return any(isinstance(style, dict) and style.get("pitch") is not None for style in styles)
