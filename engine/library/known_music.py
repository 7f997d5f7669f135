"""Tempo, key and form of a track as its score has them, through the tracks that were made of it."""

from collections.abc import Callable
from typing import Any

from engine.errors import AppError
from engine.library.inputs import KnownMusic
from engine.library.record import Record

_COMPOSER = "composer"
_UNCHANGED = ("upscale", "split", "mix", "match", "analyze")
"""Commands whose results have the tempo and the key of their `source`, unless they transpose it."""
_DEEPEST = 20


def known_music(record: Record, read: Callable[[str], Record]) -> KnownMusic | None:
    """What the score of the piece behind a track says; None for what was not composed here, or is transposed.

    `read`: the record of a track by its id, which may raise AppError.
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
    tempo_bpm, key = details.get("tempo_bpm"), details.get("key")
    if isinstance(tempo_bpm, bool) or not isinstance(tempo_bpm, int | float) or not isinstance(key, str):
        return None
    return KnownMusic(float(tempo_bpm), key, _form(record))


def _form(record: Record) -> list[tuple[float, str]]:
    """Where its sections begin in the track, behind the clip that it goes on from."""
    form, begins_s = record.details.get("form"), record.parameters.continuation_start_s or 0.0
    sections = [one for one in form if isinstance(one, dict)] if isinstance(form, list) else []
    return [
        (begins_s + float(one["start_s"]), str(one["name"]))
        for one in sections
        if isinstance(one.get("start_s"), int | float) and one.get("name")
    ]


def _is_transposed(details: dict[str, Any]) -> bool:
    """Whether a match moved the pitch, of the whole or of a stem."""
    match = details.get("match")
    if not isinstance(match, dict):
        return False
    stems = match.get("stem_styles")
    styles = [match.get("rendered"), *(stems.values() if isinstance(stems, dict) else ())]
    return any(isinstance(style, dict) and style.get("pitch") is not None for style in styles)
