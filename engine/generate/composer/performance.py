"""What players add to the page: swing, small liberties of time and force, strummed and rolled chords, breath."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from engine.generate.composer.expression import pedals, swells
from engine.generate.composer.instruments import Instrument
from engine.generate.composer.plan import Plan
from engine.generate.composer.sampling import Dice, Sampling
from engine.generate.composer.score import Note, Part, Score
from engine.generate.composer.strips import strip
from engine.generate.composer.theory import QUARTER, STEP

_LATE_MS = {"bass": 3, "melody": 5, "pad": 0, "drums": 0, "chords": 3, "arpeggio": 1, "counter": 6}
_LEFT_HAND_MS = 11
"""A pianist's accompaniment comes this much after the melody (Goebl 2001 has about 30 ms for the lone melody note)."""
_DETACHED = {"melody": 94, "counter": 97, "bass": 92}
"""Per cent of a written length that is held."""
_SUNG = ("strings", "woodwind", "brass", "saxophone", "reed", "voice")
"""Families that bind neighbouring notes."""
_FORCE = {"piano": 6, "guitar": 6, "drums": 5, "strings": 4, "synth": 2, "pad": 2, "organ": 1}
"""How unevenly a family plays, in steps of velocity."""
_STRUMMED = ("guitar", "plucked")
_ROLL_MS = {"harp": 22, "bells": 6}
_SNARE_MS = {
    "lofi": 14,
    "hiphop": 9,
    "soul": 9,
    "blues": 8,
    "ballad": 7,
    "reggae": 7,
    "gospel": 6,
    "trap": 4,
    "funk": 3,
    "punk": -4,
    "metal": -3,
    "rock": -2,
    "dnb": -2,
    "swing": -2,
}
"""How far behind the beat a genre's backbeat lies."""
_KICKS, _SNARES, _HATS = (35, 36), (37, 38, 39, 40), (42, 44, 46, 51, 53, 54, 59, 69, 70, 82)
_GHOST = 60
"""Snare strokes softer than this are ghost notes."""
_MACHINE_MS = 2
"""Genres no looser than this are played by machines."""


def perform(score: Score, plan: Plan, sampling: Sampling) -> Score:
    """The score as played; no note begins before 0 or rings beyond the end, none cuts off its own repetition."""
    parts: list[Part] = []
    lead = next((p.instrument for p in score.parts if p.role == "melody"), None)
    for part in score.parts:
        player = _Player(score, plan, part, lead, sampling.dice(f"player {part.seat}"))
        played = replace(part, notes=_separated([n for n in player.notes() if n.start < score.end], score.end))
        moving = sorted([*swells(score, played), *pedals(score, played, plan.genre)], key=lambda c: c.tick)
        parts.append(replace(played, controls=(*strip(part, plan.genre), *moving)))
    return replace(score, parts=tuple(parts))


@dataclass(frozen=True)
class _Touch:
    """How one note of a chord departs from the others: ticks later, velocity added."""

    note: Note
    after: int
    force: int


class _Player:
    """One part's player: strays from the beat slowly, as people do, and a little from note to note."""

    def __init__(self, score: Score, plan: Plan, part: Part, lead: Instrument | None, dice: Dice) -> None:
        self.score, self.genre, self.part, self.dice = score, plan.genre, part, dice
        self.family = part.instrument.family
        self.human = plan.genre.looseness_ms > _MACHINE_MS
        loose_ms = plan.genre.looseness_ms
        self.loose = self.ticks(loose_ms if part.role != "drums" else loose_ms // 3)
        late_ms = _LATE_MS[part.role]
        if self.human and part.role == "chords" and self.family == "piano" and lead == part.instrument:
            late_ms = _LEFT_HAND_MS
        self.late = self.ticks(min(late_ms, loose_ms)) if self.family != "piano" else self.ticks(late_ms * self.human)
        sung = [n.pitch for n in part.notes] or [0]
        self.middle = sum(sung) // len(sung)
        self.uneven = _FORCE.get(self.family, 5)

    def ticks(self, ms: int) -> int:
        return ms * 1000 * QUARTER // self.score.quarter_us

    def swung(self, tick: int) -> int:
        """Where the genre's swing moves a tick; where quarters do not fill the bar each pulse swings by itself."""
        swing, unit, metre = self.genre.swing, self.genre.swing_ticks, self.score.metre
        if metre.bar_ticks % (2 * unit) == 0 and metre.name != "12/8":
            return swung(tick, swing, unit)
        since, length = metre.inside_pulse(tick)
        return tick if length % (2 * unit) else tick - since + swung(since, swing, unit)

    def _off_beat(self, tick: int) -> bool:
        """Whether a tick lies between quarters, or between pulses where quarters do not fill the bar."""
        metre = self.score.metre
        return not metre.on_pulse(tick) if metre.bar_ticks % QUARTER else tick % QUARTER != 0

    def notes(self) -> Iterator[Note]:
        """Every note as played, in the order of the page."""
        chords = [list(chord) for _, chord in groupby(self.part.notes, key=lambda n: n.start)]
        drift = 0
        for place, chord in enumerate(chords):
            following = chords[place + 1] if place + 1 < len(chords) else []
            drift = (3 * drift + self.dice.jitter(self.loose)) // 4
            at = self.swung(chord[0].start) + self.late + drift + self.dice.jitter(self.loose // 2)
            for touch in self._drums(chord) if self.part.role == "drums" else self._chord(chord):
                note = touch.note
                start = max(0, at + touch.after)
                end = self._end(note, following)
                force = note.velocity + touch.force + self.dice.jitter(self.uneven)
                yield Note(start, max(1, end - start), note.pitch, max(1, min(127, force)))

    def _end(self, note: Note, following: list[Note]) -> int:
        """When the note is let go: bound to its neighbour, or a breath earlier than written."""
        end = self.swung(note.start + note.length)
        held = end - self.swung(note.start)
        if self.part.role == "drums":
            return end
        near = following and abs(following[0].start - note.start - note.length) <= STEP // 2
        if self.part.role in ("melody", "counter") and self.family in _SUNG and near:
            other = self.swung(following[0].start)
            step = abs(following[0].pitch - note.pitch)
            if 0 < step <= 5:
                return other + self.late + self.ticks(14)
            return max(end - held // 5, other - self.ticks(60)) if step else end - held // 8
        if self.part.role == "pad" and near:
            return end + self.ticks(50)
        return end - held * (100 - _DETACHED.get(self.part.role, 100)) // 100

    def _chord(self, chord: list[Note]) -> Iterator[_Touch]:
        """The notes of a chord, from the lowest up, each with its own moment and weight."""
        if len(chord) == 1:
            note = chord[0]
            contour = max(-5, min(5, (note.pitch - self.middle) // 3)) if self.part.role in ("melody", "counter") else 0
            upstroke = self.family in _STRUMMED and note.start % (QUARTER // 2) and self.human
            yield _Touch(note, 0, contour - (5 if upstroke else 0))
        elif self.family in _STRUMMED and self.part.role == "chords":
            yield from self._strum(chord)
        else:
            roll = self.ticks(_ROLL_MS.get(self.part.instrument.name, _ROLL_MS.get(self.family, 0))) * self.human
            own = self.ticks(6) if self.human else 0
            for place, note in enumerate(chord):
                top = place == len(chord) - 1
                weight = (4 if top else -3 if place else 0) if self.family == "piano" else 0
                yield _Touch(note, place * roll + abs(self.dice.jitter(own)), weight)

    def _strum(self, chord: list[Note]) -> Iterator[_Touch]:
        """Down on the beat, up and lighter between the beats."""
        since, pulse = self.score.metre.inside_pulse(chord[0].start)
        up = since >= pulse // 2
        gap = self.ticks(7 if up else 10) + self.dice.jitter(self.ticks(3)) if self.human else 0
        gap = max(0, min(gap, STEP // (2 * len(chord))))
        for place, note in enumerate(reversed(chord) if up else chord):
            yield _Touch(note, place * gap, -7 - 3 * place if up else -2 * place)

    def _drums(self, chord: list[Note]) -> Iterator[_Touch]:
        """The kick holds the beat, the snare leans with the genre, the hands sway between strong and weak."""
        style = self.genre.name.rsplit(" ", 1)[-1]
        for note in chord:
            if note.pitch in _SNARES:
                ghost = note.velocity < _GHOST
                after = self.ticks(_SNARE_MS.get(style, 0)) if self.human or style in ("hiphop", "trap", "dnb") else 0
                late = abs(self.dice.jitter(self.ticks(5))) if ghost and self.human else 0
                yield _Touch(note, after + late, self.dice.jitter(5) if ghost else 0)
            elif note.pitch in _HATS:
                weak = 6 if note.start % (QUARTER // 2) else 3 if self._off_beat(note.start) else 0
                after = abs(self.dice.jitter(self.ticks(4))) if self.human else 0
                yield _Touch(note, after, -weak)
            else:
                own = 0 if note.pitch in _KICKS or not self.human else self.ticks(4)
                yield _Touch(note, abs(self.dice.jitter(own)), 0)


def swung(tick: int, swing: float, unit: int) -> int:
    """Off-beats on the grid of `unit` move towards the last third of their pair: 1 is a full triplet."""
    pair = 2 * unit
    inside = tick % pair
    split = unit + round(swing * unit / 3)
    moved = inside * split // unit if inside <= unit else split + (inside - unit) * (pair - split) // unit
    return tick - inside + moved


def _separated(notes: list[Note], end: int) -> tuple[Note, ...]:
    """Repeated pitches end before they begin again: a note-off would silence the new one. Nothing passes `end`."""
    result: list[Note] = []
    open_at: dict[int, int] = {}
    for note in sorted(notes, key=lambda n: (n.start, n.pitch)):
        if note.pitch in open_at:
            i = open_at[note.pitch]
            earlier = result[i]
            if earlier.start == note.start:
                continue
            if earlier.start + earlier.length >= note.start:
                result[i] = replace(earlier, length=max(1, note.start - earlier.start - 1))
        open_at[note.pitch] = len(result)
        result.append(replace(note, length=min(note.length, end - note.start)))
    return tuple(result)
