"""Edits made: a piece on paper with what was asked for changed, and everything else as it was.

What a part plays is left alone, not drawn again; only what is new is drawn, by dice of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.generate.composer import arrangement, cast, rebarred, resizing
from engine.generate.composer.arrangement import RESTS
from engine.generate.composer.edit import Edit, in_order
from engine.generate.composer.joining import Figures, arranger, joined_in
from engine.generate.composer.metre import metre_named
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Note, Part
from engine.generate.composer.sheet import Impossible, Made, Sheet
from engine.generate.composer.theory import QUARTER, Key
from engine.generate.composer.transposition import in_key, nearest
from engine.speech.tempi import FASTEST_BPM, SLOWEST_BPM

_EDGES = ("intro", "outro", "build")
_LOUDER = 12.0
"""Steps of velocity that the most energy adds."""
_QUIET, _LOUD = 22, 122


@dataclass(frozen=True)
class Revision:
    """A sheet after edits. `changes`: each as `{kind, ...}`, what the card says was changed; `refused`: `{reason,
    name}` of what this piece had no place for."""

    sheet: Sheet
    changes: tuple[dict[str, Any], ...] = field(default=())
    refused: tuple[dict[str, Any], ...] = field(default=())


def revised(sheet: Sheet, edits: Sequence[Edit], sampling: Sampling) -> Revision:
    """All edits of one sentence, in their order."""
    changes: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for edit in in_order(list(edits)):
        before = sheet.duration_s
        try:
            sheet, change = _MAKERS[edit.kind](sheet, edit, sampling)
        except Impossible as error:
            refused.append({"kind": edit.kind, "reason": error.reason, "name": error.name})
            continue
        if edit.kind != "length" and abs(sheet.duration_s - before) > 0.05:
            change["duration_s"] = {"from": round(before, 1), "to": round(sheet.duration_s, 1)}
        changes.append({"kind": edit.kind, **change})
    if sheet.duration_s > resizing.LONGEST_S:
        sheet = resizing.of_length(sheet, resizing.LONGEST_S)
        changes.append({"kind": "length", "to": resizing.LONGEST_S})
    return Revision(sheet, tuple(changes), tuple(refused))


def _tempo(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    old = sheet.score.tempo_bpm
    wanted = {"scale": old * edit.value, "add": old + edit.value, "set": edit.value}[edit.how]
    bpm = min(FASTEST_BPM, max(SLOWEST_BPM, wanted))
    if abs(bpm - old) < 0.05:
        raise Impossible("tempo_limit" if bpm != wanted else "same")
    timed = sheet.with_tempo(round(sheet.plan.quarter_us * old / bpm))
    return timed, {"from": round(old, 1), "to": round(timed.score.tempo_bpm, 1)}


def _key(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    old = sheet.plan.key
    key = replace(old, tonic=int(edit.value) % 12, mode=edit.to or old.mode)
    return _in_key(sheet, key, nearest(old.tonic, key.tonic))


def _mode(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    return _in_key(sheet, replace(sheet.plan.key, mode=edit.to), 0)


def _transposed(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    old, semitones = sheet.plan.key, int(edit.value)
    moved, change = _in_key(sheet, replace(old, tonic=(old.tonic + semitones) % 12), semitones)
    return moved, {**change, "semitones": semitones}


def _in_key(sheet: Sheet, key: Key, semitones: int) -> Made:
    if key == sheet.plan.key and not semitones:
        raise Impossible("same")
    return in_key(sheet, key, semitones), {"from": sheet.plan.key.name, "to": key.name}


def _metre(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    old = sheet.plan.metre
    metre = metre_named(edit.to)
    if metre == old:
        raise Impossible("same")
    plan = replace(sheet.plan, metre=metre, ending=sheet.bars * metre.bar_ticks)
    plan = replace(plan, end=plan.ending + sheet.plan.end - sheet.plan.ending)
    if not sheet.bars:
        raise Impossible("too_short")
    empty = [replace(part, notes=()) for part in sheet.score.parts]
    score = replace(sheet.score, metre=metre, end=plan.end)
    new = replace(sheet, plan=plan, score=score).with_parts(empty)
    players = arranger(new, sampling)
    figures = Figures(players, sampling, f"metre {metre.name}")
    parts: list[Part] = []
    for index, part in enumerate(sheet.score.parts):
        if part.role in ("melody", "counter"):
            notes = rebarred.line(part.notes, old, metre, sheet.bars)
        else:
            notes = []
            for number, first, section in sheet.sections():
                if sheet.window(part, first, section.bars):
                    material = figures.material(new, number, first)
                    dice = sampling.dice(f"part {part.seat} section {number} in {metre.name}")
                    at = first * metre.bar_ticks
                    notes += [replace(n, start=n.start + at) for n in players.play(index, number, material, [], dice)]
        last = [n for n in part.notes if n.start >= sheet.plan.ending] if not plan.loop else []
        notes = notes + [replace(n, start=n.start - sheet.plan.ending + plan.ending) for n in last]
        parts.append(replace(part, notes=tuple(notes)))
    return new.with_parts(parts).lasting(), {"from": old.name, "to": metre.name}


def _energy(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    """Louder or softer playing, drums nearer or farther; more of it brings the drums into sections without them."""
    old = sheet.plan.energy
    energy = max(-1.0, min(1.0, old + edit.value))
    force = round(_LOUDER * edit.value)

    def played(part: Part) -> list[Note]:
        return [replace(n, velocity=max(_QUIET, min(_LOUD, n.velocity + force))) for n in part.notes]

    changed = replace(sheet, plan=replace(sheet.plan, energy=energy)).with_notes(played)
    parts = [
        replace(p, level_db=cast.within_limits(p.level_db + 3.0 * edit.value)) if p.role == "drums" else p
        for p in changed.score.parts
    ]
    changed = changed.with_parts(parts)
    return (_driven(changed, sampling) if edit.value > 0 else changed), {"value": edit.value}


def _driven(sheet: Sheet, sampling: Sampling) -> Sheet:
    index = next((i for i, part in enumerate(sheet.score.parts) if part.role == "drums"), None)
    if index is None:
        return sheet
    drums, notes = sheet.score.parts[index], list(sheet.score.parts[index].notes)
    figures = Figures(arranger(sheet, sampling), sampling, "driven")
    for number, first, section in sheet.sections():
        drives = section.name not in _EDGES and "drums" not in RESTS.get(section.name, ())
        if drives and not sheet.window(drums, first, section.bars):
            notes += joined_in(sheet, figures, index, number, first, sampling)
    return sheet.with_part(replace(drums, notes=tuple(notes)))


def _anew(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    """Another piece of the same kind: genre, form, players and metre stay, tempo and key at most go next door."""
    drawn = replace(sampling, seed=int(edit.value))
    dice = drawn.dice("near")
    plan, old = sheet.plan, sheet.plan.key
    step = dice.choose(((0, 3.0), (5, 1.0), (7, 1.0)))
    key = old if plan.key_asked else replace(old, tonic=(old.tonic + step) % 12)
    quarter_us, end = plan.quarter_us, plan.end
    share = 1.0 + dice.jitter(30) / 1000
    if not plan.loop and edit.how != "tempo stays" and plan.ending:
        tail = (plan.end - plan.ending) / plan.ending
        share = max(1.0 - tail / 2, min(1.0 + tail / 3, share))
        quarter_us = round(plan.quarter_us * share)
        end = max(plan.ending + 1, int(sheet.duration_s * 1_000_000 * QUARTER / quarter_us))
    plan = replace(plan, key=key, quarter_us=quarter_us, end=end)
    score = arrangement.write(plan, drawn)
    levels = {(p.role, p.instrument.name): p.level_db for p in sheet.score.parts}
    parts = [replace(p, level_db=levels.get((p.role, p.instrument.name), 0.0)) for p in score.parts]
    return replace(sheet, plan=plan, score=replace(score, parts=tuple(parts))), {"to": int(edit.value)}


def _ending(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    fades = edit.to == "fade"
    if sheet.plan.loop:
        raise Impossible("no_end")
    if fades == sheet.plan.fades:
        raise Impossible("same")
    return replace(sheet, plan=replace(sheet.plan, fades=fades)), {"to": edit.to}


Maker = Callable[[Sheet, Edit, Sampling], Made]
_MAKERS: dict[str, Maker] = {
    "tempo": _tempo,
    "key": _key,
    "mode": _mode,
    "transpose": _transposed,
    "metre": _metre,
    "without": cast.without,
    "swap": cast.swap,
    "add": cast.add,
    "section": resizing.section,
    "length": resizing.length,
    "energy": _energy,
    "level": cast.level,
    "ending": _ending,
    "anew": _anew,
}
