"""What the user knows better: facts of `/tag` as they are corrected by hand."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from engine.errors import invalid
from engine.parameters import problems_of
from engine.tag.facts import Facts

CORRECTABLE = ("tags", "tempo", "key")
_NEAR = 0.02


def corrected(facts: Mapping[str, Any], change: object) -> dict[str, Any]:
    """The facts that `change` makes anew of a record's `facts`, whole: a tempo or a key is completed from what stands
    there, tags replace what stands there.

    With half or double the tempo the beats go along; with any other they are gone. Raises INVALID_INPUT.
    """
    if not isinstance(change, dict) or not change or change.keys() - set(CORRECTABLE):
        raise invalid("not_correctable", known=", ".join(CORRECTABLE))
    made: dict[str, Any] = dict(change)
    for name in ("tempo", "key"):
        if isinstance(made.get(name), dict):
            made[name] = {**made[name], "source": "user", "confidence": 1.0}
    if isinstance(tempo := made.get("tempo"), dict):
        made["tempo"] = _with_beats(facts.get("tempo") or {}, tempo)
    try:
        return Facts.model_validate(made).plain()
    except ValidationError as error:
        problems = problems_of(error)
        raise invalid("invalid_params", detail={"fields": problems[:50]}, problems=problems[:5]) from None


def _with_beats(before: Mapping[str, Any], tempo: Mapping[str, Any]) -> dict[str, Any]:
    old, new = before.get("bpm"), tempo.get("bpm")
    if not isinstance(new, int | float) or not old:
        return dict(tempo)
    beats = [float(at) for at in before.get("beats_s", [])]
    factor = new / old
    kept = {name: before[name] for name in ("downbeats_s", "beats_per_bar") if name in before}
    if abs(factor - 1) < _NEAR:
        return {**before, **tempo}
    curve = [(at, round(bpm * factor, 2)) for at, bpm in before.get("curve", [])]
    if abs(factor - 2) < 2 * _NEAR:
        middles = [(a + b) / 2 for a, b in pairwise(beats)]
        beats = sorted(beats + [round(middle, 3) for middle in middles])
    elif abs(factor - 0.5) < _NEAR / 2:
        first = next((i % 2 for i, at in enumerate(beats) if at in before.get("downbeats_s", [])), 0)
        beats = beats[first::2]
    else:
        return dict(tempo)
    bar = before.get("beats_per_bar")
    if bar:
        kept["beats_per_bar"] = (
            round(bar * factor) if bar * factor >= 1 and bar * factor == round(bar * factor) else None
        )
    return {**kept, "beats_s": beats, "curve": curve, "alternative_bpm": old, **tempo}
