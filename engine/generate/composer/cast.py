"""Edits of who plays: players who leave, come, give way to another, or play louder or softer."""

from collections.abc import Sequence
from dataclasses import replace

from engine.generate.composer import counter
from engine.generate.composer.arrangement import ENTERS, RESTS, Arranger, Material
from engine.generate.composer.bass import into
from engine.generate.composer.dynamics import velocity
from engine.generate.composer.edit import Edit
from engine.generate.composer.instruments import INSTRUMENTS, ROLES, Instrument
from engine.generate.composer.joining import Figures, arranger, joined_in
from engine.generate.composer.melody import Tone
from engine.generate.composer.patterns import DRUMS, PIECES
from engine.generate.composer.plan import MOST_PARTS, Plan
from engine.generate.composer.rebarred import piece_line
from engine.generate.composer.sampling import Dice, Sampling
from engine.generate.composer.score import Note, Part
from engine.generate.composer.sheet import Impossible, Made, Sheet
from engine.generate.composer.theory import STEP

MOST_DB = 12.0
_JOIN = ("chords", "pad", "arpeggio", "bass", "melody", "counter", "drums")
"""Who fills a section that a leaving player would leave silent, the first one first."""


def _is(part: Part, name: str) -> bool:
    """Whether a name, of an instrument, a family or a role, means this part."""
    if name == "drums" and part.instrument.family == "percussive":
        return True
    return name in (part.role, part.instrument.name, part.instrument.family)


def without(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    voices = {voice for name in edit.names for voice in PIECES.get(name, ())}
    names = [name for name in edit.names if name not in PIECES]
    gone = [part for part in sheet.score.parts if any(_is(part, name) for name in names)]
    pitches = {DRUMS[voice] for voice in voices}
    silenced = any(n.pitch in pitches for part in sheet.score.parts if part.role == "drums" for n in part.notes)
    if not gone and not silenced:
        raise Impossible("absent", edit.names[0])
    kept = [part for part in sheet.score.parts if part.seat not in {left.seat for left in gone}]
    if silenced:
        kept = [
            replace(p, notes=tuple(n for n in p.notes if n.pitch not in pitches)) if p.role == "drums" else p
            for p in kept
        ]
    kept = [part for part in kept if part.notes]
    if not kept:
        raise Impossible("nobody_left", edit.names[0])
    plan = replace(sheet.plan, silent=sheet.plan.silent | voices)
    plan = replace(plan, pieces=tuple(p for p in plan.pieces if p not in edit.names))
    bare = replace(sheet, plan=plan).with_parts(kept)
    there = [n for n in edit.names if n in PIECES or any(_is(part, n) for part in gone)]
    return _sounding(sheet, bare, sampling), {"names": there}


def _sounding(before: Sheet, sheet: Sheet, sampling: Sampling) -> Sheet:
    """Sections that had sound and have none any more get the part that accompanies best."""
    joining = min(range(len(sheet.score.parts)), key=lambda i: _JOIN.index(sheet.score.parts[i].role))
    part = sheet.score.parts[joining]
    figures = Figures(arranger(sheet, sampling), sampling, f"alone {part.role}")
    notes = list(part.notes)
    for number, first, section in sheet.sections():
        had = any(before.window(p, first, section.bars) for p in before.score.parts)
        if not had or any(sheet.window(p, first, section.bars) for p in sheet.score.parts):
            continue
        notes += joined_in(sheet, figures, joining, number, first, sampling)
    return sheet.with_part(replace(part, notes=tuple(notes)))


def swap(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    new = INSTRUMENTS[edit.to]
    going = [
        p for p in sheet.score.parts if any(_is(p, name) for name in edit.names) and p.instrument.drums == new.drums
    ]
    if not going:
        raise Impossible("absent", edit.names[0])
    if all(p.instrument == new for p in going):
        raise Impossible("same")
    changed = sheet
    for part in going:
        changed = changed.with_part(replace(part, instrument=new, notes=_placed(part.notes, new)))
    return changed, {"names": sorted({p.instrument.name for p in going}), "to": new.name}


def _placed(notes: Sequence[Note], instrument: Instrument) -> tuple[Note, ...]:
    """The line by whole octaves where most of it suits the instrument, single notes into its range."""
    if instrument.drums or not notes:
        return tuple(notes)

    def outside(octave: int) -> tuple[int, int]:
        return sum(not instrument.low <= n.pitch + octave <= instrument.high for n in notes), abs(octave)

    octave = min((0, 12, -12, 24, -24), key=outside)
    placed = [replace(n, pitch=into(n.pitch + octave, instrument)) for n in notes]
    return tuple({(n.start, n.pitch): n for n in placed}.values())


def add(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    added = []
    for name in edit.names:
        if name in PIECES:
            grown = _with_piece(sheet, name, sampling)
        elif any(p.instrument.name == name for p in sheet.score.parts) or len(sheet.score.parts) >= MOST_PARTS:
            continue
        else:
            grown = _with_player(sheet, INSTRUMENTS[name], sampling)
        if grown is not sheet:
            added.append(name)
        sheet = grown
    if not added:
        raise Impossible("present" if len(sheet.score.parts) < MOST_PARTS else "crowded", edit.names[0])
    return sheet, {"names": added}


def _role_for(sheet: Sheet, instrument: Instrument) -> str:
    taken = {part.role for part in sheet.score.parts}
    free = next((role for role in instrument.roles if role not in taken), None)
    if free is None and "melody" in instrument.roles and "counter" not in taken:
        free = "counter"
    return free or instrument.roles[0]


def _with_player(sheet: Sheet, instrument: Instrument, sampling: Sampling) -> Sheet:
    """One part more. A second lead plays the tune as well, in its own octave."""
    role = _role_for(sheet, instrument)
    seat = 1 + max((part.seat for part in sheet.score.parts), default=-1)
    place = sum(part.role == role for part in sheet.score.parts)
    lead = next((part for part in sheet.score.parts if part.role == role), None)
    if role in ("melody", "counter") and lead:
        doubled = Part(role, instrument, _placed(lead.notes, instrument), seat=seat, place=place)
        return sheet.with_parts(_by_role([*sheet.score.parts, doubled]))
    new = Part(role, instrument, (), seat=seat, place=place)
    grown = sheet.with_parts([*sheet.score.parts, new])
    players = arranger(grown, sampling)
    figures = Figures(players, sampling, f"added {instrument.name}")
    index, notes = len(sheet.score.parts), []
    for number in _sections_of(grown.plan, role):
        first = grown.first_bars()[number]
        material = figures.material(grown, number, first)
        dice = sampling.dice(f"added {instrument.name} section {number}")
        if role == "melody":
            material = replace(material, tune=players.material(number, first * grown.plan.metre.bar_ticks).tune)
        second = _answer(players, material, sampling.dice(f"counter {number}")) if role == "counter" else []
        played = players.play(index, number, material, second, dice)
        notes += [replace(n, start=n.start + first * grown.plan.metre.bar_ticks) for n in played]
    if not grown.plan.loop:
        notes += players.final_notes(index, notes)
    notes = [n for n in notes if n.start < grown.plan.end]
    return sheet.with_parts(_by_role([*sheet.score.parts, replace(new, notes=tuple(notes))]))


def _answer(players: Arranger, material: Material, dice: Dice) -> list[Tone]:
    plan = players.plan
    return counter.counter(material.bars, material.tune, plan.key, plan.metre, players.reach("counter"), dice)


def _by_role(parts: Sequence[Part]) -> list[Part]:
    """The score's usual order, the melody first."""
    return sorted(parts, key=lambda part: (ROLES.index(part.role), part.place, part.seat))


def _sections_of(plan: Plan, role: str) -> list[int]:
    """Where a new part of a role plays: as the intensity rises, and somewhere in any case."""
    height = max((section.intensity for section in plan.form), default=0.0)
    enters = min(height, plan.genre.drums_from if role == "drums" else ENTERS[role])
    found = [
        number
        for number, section in enumerate(plan.form)
        if section.intensity >= enters and role not in RESTS.get(section.name, ())
    ]
    return found or list(range(len(plan.form)))


def _with_piece(sheet: Sheet, piece: str, sampling: Sampling) -> Sheet:
    """A piece of the kit beside the groove, wherever the drums play; with a kit for it where there is none."""
    pitches = {DRUMS[voice] for voice in PIECES[piece]}
    drums = next((part for part in sheet.score.parts if part.role == "drums"), None)
    silent = sheet.plan.silent - set(PIECES[piece])
    plan = replace(sheet.plan, pieces=(*sheet.plan.pieces, piece), silent=silent)
    if drums is None:
        return _with_player(replace(sheet, plan=plan), INSTRUMENTS["drums"], sampling)
    if any(n.pitch in pitches for n in drums.notes):
        return sheet
    bar, line = sheet.plan.metre.bar_ticks, piece_line(piece, sheet.plan.metre)
    pitch, notes = DRUMS[PIECES[piece][0]], list(drums.notes)
    for _, first, section in sheet.sections():
        for number in range(section.bars):
            if not sheet.window(drums, first + number, 1):
                continue
            for step, sign in enumerate(line):
                if sign != ".":
                    tick = number * bar + step * STEP
                    force = velocity(plan, "drums", section, tick, -20.0 + (6.0 if sign == "X" else 0.0))
                    notes.append(Note(first * bar + tick, 2 * STEP, pitch, force))
    return replace(sheet, plan=plan).with_part(replace(drums, notes=tuple(notes)))


def level(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    meant = [part for part in sheet.score.parts if any(_is(part, name) for name in edit.names)]
    if not meant:
        raise Impossible("absent", edit.names[0])
    changed = sheet
    for part in meant:
        changed = changed.with_part(replace(part, level_db=within_limits(part.level_db + edit.value)))
    there = [name for name in edit.names if any(_is(part, name) for part in meant)]
    return changed, {"names": there, "value": edit.value}


def within_limits(level_db: float) -> float:
    return max(-MOST_DB, min(MOST_DB, level_db))
