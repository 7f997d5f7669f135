"""What players add to the page: swing, small liberties of time and force, rolled chords, breath between notes."""

from dataclasses import replace

from engine.generate.composer.plan import Plan
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Note, Part, Score
from engine.generate.composer.theory import QUARTER

_ROLL_MS = {"guitar": 11, "harp": 22, "piano": 5, "plucked": 14, "bells": 6}
_LATE_MS = {"bass": 3, "melody": 5, "pad": 0, "drums": 0, "chords": 3, "arpeggio": 1, "counter": 6}
_DETACHED = {"melody": 0.94, "counter": 0.97, "bass": 0.92}


def perform(score: Score, plan: Plan, sampling: Sampling) -> Score:
    """The score as played; no note begins before 0 or rings beyond the end, none cuts off its own repetition."""
    parts = []
    for index, part in enumerate(score.parts):
        dice = sampling.dice(f"player {index}")
        loose = _ticks(score, plan.genre.looseness_ms if not part.instrument.drums else plan.genre.looseness_ms // 2)
        late = min(loose, _ticks(score, _LATE_MS[part.role]))
        roll = _ticks(score, _ROLL_MS.get(part.instrument.family, 0)) if plan.genre.looseness_ms > 2 else 0
        played: list[Note] = []
        chord_start, place = -1, 0
        for note in part.notes:
            place = place + 1 if note.start == chord_start else 0
            chord_start = note.start
            start = swung(note.start, plan.genre.swing, plan.genre.swing_ticks) if part.notes else note.start
            start = max(0, start + late + dice.jitter(loose) + place * roll)
            velocity = min(127, max(1, note.velocity + dice.jitter(7)))
            length = max(1, int(note.length * _DETACHED.get(part.role, 1.0)))
            if start < score.end:
                played.append(Note(start, min(length, score.end - start), note.pitch, velocity))
        parts.append(Part(part.role, part.instrument, _separated(played)))
    return replace(score, parts=tuple(parts))


def _ticks(score: Score, ms: int) -> int:
    return ms * 1000 * QUARTER // score.quarter_us


def swung(tick: int, swing: float, unit: int) -> int:
    """Off-beats on the grid of `unit` move towards the last third of their pair: 1 is a full triplet."""
    pair = 2 * unit
    inside = tick % pair
    split = unit + round(swing * unit / 3)
    moved = inside * split // unit if inside <= unit else split + (inside - unit) * (pair - split) // unit
    return tick - inside + moved


def _separated(notes: list[Note]) -> tuple[Note, ...]:
    """Repeated pitches end before they begin again: a note-off would silence the new one."""
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
        result.append(note)
    return tuple(result)
