"""Bass lines: one-bar patterns that meet the kick, lines made from the kick itself, and walking bass."""

from itertools import pairwise

from engine.generate.composer.dynamics import velocity
from engine.generate.composer.harmony import Bar, Span, spans
from engine.generate.composer.instruments import Instrument
from engine.generate.composer.melody import fitted
from engine.generate.composer.metre import Metre
from engine.generate.composer.patterns import Groove, bass_patterns, strokes
from engine.generate.composer.plan import Plan
from engine.generate.composer.sampling import Dice
from engine.generate.composer.score import Note, Section
from engine.generate.composer.theory import QUARTER, STEP, Chord

WALKING = "walking"
_FLOOR = 31


def figure(plan: Plan, groove: Groove, dice: Dice) -> str:
    """The pattern of a section, likelier the more of its strokes fall on the kick; `walking` is made note by note."""
    kick = {step for step, sign in enumerate(groove.get("kick", "")) if sign in "Xx"}
    options: list[tuple[str, float]] = []
    for name in plan.genre.bass:
        if name == "kick":
            made = _from_kick(kick, plan.metre.steps, dice)
            patterns: tuple[str, ...] = (made,) if made else ()
        elif name == "kick off":
            patterns = (_between_kicks(plan.metre),)
        elif name == "walking" and len(plan.metre.pulses) >= 3:
            patterns = (WALKING,)
        else:
            patterns = bass_patterns(name, plan.metre)
        for pattern in patterns:
            struck = {step for _, step, _ in strokes(pattern)} if pattern != WALKING else set()
            met = len(struck & kick) / max(1, len(struck | kick))
            options.append((pattern, (1.0 + 3.0 * met) / len(patterns)))
    return dice.choose(options) if options else "R" + "-" * (plan.metre.steps - 1)


def _between_kicks(metre: Metre) -> str:
    """Strokes on the second eighth of each quarter, or of each pulse where quarters do not fill the bar."""
    quarters = (QUARTER,) * (metre.bar_ticks // QUARTER)
    lengths = metre.pulses if metre.bar_ticks % QUARTER else quarters
    return "".join(("..R-", "..O-", "..F-")[i % 3] + "--" * (ticks > QUARTER) for i, ticks in enumerate(lengths))


def _from_kick(kick: set[int], steps: int, dice: Dice) -> str:
    """Strokes where the kick has them, held almost to the next; the later ones may leave the root."""
    struck = sorted(kick)
    if not struck or struck[0] != 0:
        return ""
    line = ["."] * steps
    for at, step in enumerate(struck):
        until = struck[at + 1] if at + 1 < len(struck) else steps
        sign = (
            "R"
            if step == 0
            else dice.choose((("R", 4.0), ("O", 1.0), ("F", 1.5), ("A", 1.0 if until == steps else 0.0)))
        )
        line[step] = sign
        for held in range(step + 1, max(step + 1, until - (1 if until - step > 2 else 0))):
            line[held] = "-"
    return "".join(line)


def closing(pattern: str, dice: Dice) -> str:
    """The pattern with a way to the next bar's root at its end, where its own strokes leave room for one."""
    struck = [step for _, step, _ in strokes(pattern)]
    if len(struck) < 3 or struck[0] or struck[-1] < len(pattern) - 6:
        return pattern
    return dice.choose(((pattern, 1.0), (pattern[:-4] + "F-A-", 1.5), (pattern[:-2] + "A-", 1.5)))


def bass(
    plan: Plan, section: Section, bars: tuple[Bar, ...], figures: tuple[str, str], instrument: Instrument, dice: Dice
) -> list[Note]:
    """The bass of a section; it changes with the chords, and its first stroke on each is the chord's lowest tone.
    `figures`: the usual bar, and the one that closes phrases."""
    found = spans(bars, plan.metre)
    if figures[0] == WALKING:
        return _walk(plan, section, found, instrument, dice)
    notes = []
    for number, (start, length, chord) in enumerate(found):
        following = found[(number + 1) % len(found)][2]
        first = start % plan.metre.bar_ticks // STEP
        last = first + length // STEP
        struck = False
        for sign, step, held in strokes(figures[start // plan.metre.bar_ticks % 4 == 3]):
            begin, end = max(step, first), min(step + held, last)
            if begin >= end or (step < first and end - begin < 2):
                continue
            if first and not struck:
                sign = "R"
            struck = True
            tick = start + (begin - first) * STEP
            accent = 5.0 if plan.metre.on_pulse(tick) else -7.0
            pitch = _pitch(sign, chord, following, instrument, plan)
            notes.append(Note(tick, (end - begin) * STEP, pitch, velocity(plan, "bass", section, tick, accent)))
    return notes


def lowest(chord: Chord, instrument: Instrument, *, root: bool = False) -> int:
    """The chord's bass tone in the instrument's first octave above the floor where basses still speak clearly."""
    floor = max(instrument.low, _FLOOR)
    pitch = floor + ((chord.root if root else chord.bass) - floor) % 12
    return into(pitch, instrument)


def into(pitch: int, instrument: Instrument) -> int:
    """`pitch` moved by octaves into the instrument's range."""
    while pitch < instrument.low:
        pitch += 12
    while pitch > instrument.high:
        pitch -= 12
    return pitch


def _pitch(sign: str, chord: Chord, following: Chord, instrument: Instrument, plan: Plan) -> int:
    root, ahead = lowest(chord, instrument), lowest(following, instrument)
    if sign == "N":
        return ahead
    if sign == "A":
        near = [ahead + d for d in (-1, 1, -2, 2)]
        usable = near[:2] if plan.genre.harmony in ("jazz", "blues") else [p for p in near if p % 12 in plan.key.scale]
        return into(min(usable or [root], key=lambda p: (abs(p - root), p)), instrument)
    base = lowest(chord, instrument, root=True)
    interval = {"R": None, "F": chord.fifth, "O": 12, "T": chord.third, "S": 9}[sign]
    return root if interval is None else into(base + interval, instrument)


def _walk(plan: Plan, section: Section, found: list[Span], instrument: Instrument, dice: Dice) -> list[Note]:
    """A note a pulse: the root, a way by scale and chord tones, and a step from below or above into the next root."""
    notes: list[Note] = []
    last = lowest(found[0][2], instrument)
    low, high = max(instrument.low, 28), min(instrument.high, 55)
    for number, (start, length, chord) in enumerate(found):
        ahead = lowest(found[(number + 1) % len(found)][2], instrument)
        ticks = [t for t in range(start, start + length, STEP) if t == start or plan.metre.on_pulse(t)]
        count = len(ticks)
        scale = fitted(plan.key.scale, chord)
        for i, (tick, following) in enumerate(pairwise([*ticks, start + length])):
            if i == 0:
                options = [p for p in (lowest(chord, instrument), lowest(chord, instrument) + 12) if low <= p <= high]
                pitch = dice.choose([(p, 1.0 / (1 + abs(p - last))) for p in options or [last]])
            elif i == count - 1:
                nearest = min((ahead, ahead + 12), key=lambda p: (abs(p - last), p))
                steps = [(nearest + d, w) for d, w in ((-1, 3.0), (1, 3.0), (-2, 1.0), (2, 1.5), (7, 0.7), (-5, 0.7))]
                pitch = dice.choose(
                    [(p, w / (1.0 + abs(p - last) / 3)) for p, w in steps if low <= p <= high and p != last]
                    or [(last, 1.0)]
                )
            else:
                near = [p for p in range(max(low, last - 5), min(high, last + 5) + 1) if p % 12 in scale and p != last]
                pitch = dice.choose(
                    [
                        (
                            p,
                            (3.0 if p % 12 in chord.pitch_classes else 1.0)
                            / (1.0 + abs(p - last) / 2)
                            / (1.0 + abs(p - ahead) / 6),
                        )
                        for p in near
                    ]
                    or [(last, 1.0)]
                )
            notes.append(
                Note(tick, following - tick, pitch, velocity(plan, "bass", section, tick, 4.0 if i % 2 == 0 else -2.0))
            )
            last = pitch
    return notes
