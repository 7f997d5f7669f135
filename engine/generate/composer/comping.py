"""What fills the middle: struck chords, broken chords and arpeggios, held pads."""

from engine.generate.composer import patterns
from engine.generate.composer.bass import lowest
from engine.generate.composer.dynamics import velocity
from engine.generate.composer.harmony import Bar, Span, spans
from engine.generate.composer.instruments import Instrument
from engine.generate.composer.melody import Range
from engine.generate.composer.plan import Plan
from engine.generate.composer.sampling import Dice
from engine.generate.composer.score import Note, Section
from engine.generate.composer.theory import STEP
from engine.generate.composer.voicing import Voicing, voicings


def pad(plan: Plan, section: Section, bars: tuple[Bar, ...], reach: Range, dice: Dice) -> list[Note]:
    """One held chord for each change of harmony; the same chord is struck again every four bars."""
    held: list[Span] = []
    for start, length, chord in spans(bars, plan.metre):
        if held and held[-1][2] == chord and start % (4 * plan.metre.bar_ticks):
            held[-1] = (held[-1][0], held[-1][1] + length, chord)
        else:
            held.append((start, length, chord))
    grounded = any(role in ("bass", "chords") for role, _ in plan.parts)
    style = "rootless" if grounded else "close"
    voiced = voicings([chord for *_, chord in held], reach.low, reach.high, 3, dice, style=style)
    return [
        Note(start, length, pitch, velocity(plan, "pad", section, start))
        for (start, length, _), pitches in zip(held, voiced, strict=True)
        for pitch in pitches
    ]


def comping(
    plan: Plan,
    section: Section,
    bars: tuple[Bar, ...],
    figures: tuple[str, str],
    role: str,
    instrument: Instrument,
    reach: Range,
    dice: Dice,
    *,
    pushed: bool = False,
) -> list[Note]:
    """Chords or their broken form, a pattern a bar; without a bass the lowest voice takes the chord's. `figures`: the
    usual one, and the one that closes phrases and comes in between where the genre's players are free. `pushed`: a
    stroke on the last eighth already has the next chord."""
    found = spans(bars, plan.metre)
    voiced = _voiced(plan, found, role, instrument, reach, dice)
    calm = role == "chords" and section.intensity < 0.4 and figures[0].count("C") > 2
    if calm:
        figures = (patterns.figures("half", plan.metre)[0],) * 2
    free = plan.genre.comping if role == "chords" else 0.0
    played = [figures[bar % 4 == 3 or (bar > 0 and dice.chance(free))] for bar in range(len(bars))]
    notes: list[Note] = []
    for number, ((start, length, _), pitches) in enumerate(zip(found, voiced, strict=True)):
        ahead = voiced[number + 1] if pushed and number + 1 < len(voiced) else pitches
        first = start % plan.metre.bar_ticks // STEP
        last = first + length // STEP
        for sign, step, held in patterns.strokes(played[start // plan.metre.bar_ticks]):
            begin, end = max(step, first), min(step + held, last)
            if begin >= end or (step < first and end - begin < 2):
                continue
            tick = start + (begin - first) * STEP
            early = begin >= last - 2 and begin > first and not plan.metre.on_pulse(tick)
            ring = end - begin if sign in "CU" or role == "arpeggio" else min(last, max(end, begin + 4)) - begin
            accent = 5.0 if plan.metre.on_pulse(tick) else 0.0
            force = velocity(plan, role, section, tick, accent)
            notes += [Note(tick, ring * STEP, p, force) for p in _chosen(sign, ahead if early else pitches)]
    return notes


def final_chord(
    plan: Plan, role: str, instrument: Instrument, reach: Range, span: Span, force: int, dice: Dice
) -> list[Note]:
    """The last chord, an arpeggio spread upwards, held for the whole span."""
    start, length, _ = span
    pitches = _voiced(plan, [span], role, instrument, reach, dice)[0]
    if role != "arpeggio":
        return [Note(start, length, p, force) for p in pitches]
    return [Note(start + i * STEP, length - i * STEP, p, force) for i, p in enumerate(pitches) if i * STEP < length]


def _voiced(
    plan: Plan, found: list[Span], role: str, instrument: Instrument, reach: Range, dice: Dice
) -> list[Voicing]:
    low, high = reach.low, reach.high
    roles = {r for r, _ in plan.parts}
    if plan.genre.colour == "power":
        low = max(instrument.low, low - 12)
        high = min(instrument.high, max(high - 12, low + 24))
    style = plan.genre.voicing if "bass" in roles else "close"
    voices = 4 if role == "arpeggio" else 3
    voiced = voicings([c for *_, c in found], low, high, voices, dice, style=style, strict=plan.genre.colour != "power")
    if role == "chords" and "bass" not in roles and instrument.low <= 43:
        voiced = [
            (lowest(c, instrument), *(p for p in v if p > lowest(c, instrument)))
            for (*_, c), v in zip(found, voiced, strict=True)
        ]
    return voiced


def _chosen(sign: str, pitches: Voicing) -> Voicing:
    if sign == "C":
        return pitches
    return pitches[1:] if sign == "U" else (pitches[int(sign) % len(pitches)],)
