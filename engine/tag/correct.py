"""What the user knows better: facts of `/tag` as they are corrected by hand."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from engine.errors import invalid
from engine.parameters import number, problems_of
from engine.speech.keys import tonality
from engine.tag.facts import MOST_BEATS, TempoFact, TrackFacts

CORRECTABLE = ("tags", "tempo", "key")
_NEAR = 0.02


def corrected(facts: Mapping[str, Any], change: object) -> dict[str, Any]:
    """The facts that `change` makes anew of a record's `facts`, whole. Tags replace those that stand there; a key may
    be named as people name it, 9A or E minor.

    With half or double the tempo the beats go along; with any other they are gone. Raises INVALID_INPUT.
    """
    if not isinstance(change, dict) or not change or change.keys() - set(CORRECTABLE):
        raise invalid("not_correctable", known=", ".join(CORRECTABLE))
    made: dict[str, Any] = dict(change)
    for name in ("tempo", "key"):
        if isinstance(made.get(name), dict):
            made[name] = {**made[name], "source": "user", "confidence": 1.0}
    if isinstance(key := made.get("key"), dict) and isinstance(key.get("name"), str):
        known = tonality(key["name"])
        if known is None:
            raise invalid("no_key", text=key["name"][:60])
        made["key"] = {**key, "name": known.name, "camelot": known.camelot, "open_key": known.open_key}
    if isinstance(tempo := made.get("tempo"), dict):
        made["tempo"] = _with_beats(_readable(facts.get("tempo")), tempo)
    try:
        return TrackFacts.model_validate(made).plain()
    except ValidationError as error:
        problems = problems_of(error)
        raise invalid("invalid_params", detail={"fields": problems[:50]}, problems=problems[:5]) from None


def _readable(tempo: object) -> dict[str, Any]:
    """The tempo of a record; empty where it is not as `/tag` writes it."""
    try:
        return TempoFact.model_validate(tempo).model_dump(mode="json")
    except ValidationError:
        return {}


def _with_beats(before: Mapping[str, Any], tempo: Mapping[str, Any]) -> dict[str, Any]:
    """A bar has as many beats as before; at half or double the tempo it is twice or half as long."""
    old, new = before.get("bpm"), number(tempo.get("bpm"))
    if new is None or not old:
        return dict(tempo)
    factor = new / old
    if abs(factor - 1) < _NEAR:
        return {**before, **tempo}
    beats, firsts, bar = list(before.get("beats_s", [])), before.get("downbeats_s", []), before.get("beats_per_bar")
    first = next((place for place, at_s in enumerate(beats) if at_s in firsts), 0)
    if abs(factor - 2) < 2 * _NEAR:
        between = [round((a + b) / 2, 3) for a, b in pairwise(beats)]
        beats, first, factor = sorted(beats + between), 2 * first, 2.0
    elif abs(factor - 0.5) < _NEAR / 2:
        beats, first, factor = beats[first % 2 :: 2], first // 2, 0.5
    else:
        return dict(tempo)
    if len(beats) > MOST_BEATS:
        beats = []
    curve = [(at_s, round(bpm * factor, 2)) for at_s, bpm in before.get("curve", [])]
    downbeats = beats[first % bar :: bar] if bar else []
    return {"beats_s": beats, "downbeats_s": downbeats, "beats_per_bar": bar, "curve": curve, "alternative_bpm": old,
            **tempo}  # fmt: skip
