"""From plan to score: material for each letter of the form, then who plays it where, how loudly, and the ending."""

from dataclasses import dataclass, replace

from engine.generate.composer import harmony, melody, patterns
from engine.generate.composer.harmony import Bar
from engine.generate.composer.instruments import Instrument
from engine.generate.composer.melody import Motif, Tone
from engine.generate.composer.patterns import DRUMS
from engine.generate.composer.plan import Plan
from engine.generate.composer.sampling import Dice, Sampling
from engine.generate.composer.score import Note, Part, Score, Section
from engine.generate.composer.theory import STEP, Chord

_LOUDNESS = {"melody": 92, "counter": 76, "chords": 72, "arpeggio": 68, "pad": 66, "bass": 88, "drums": 92}
_ENTERS = {"melody": 0.42, "counter": 0.7, "chords": 0.0, "arpeggio": 0.5, "pad": 0.0, "bass": 0.4}
_REGISTER = {"melody": (62, 82), "counter": (55, 72), "chords": (52, 72), "arpeggio": (58, 82), "pad": (50, 74)}
_GENTLE_GROOVES = {"soft", "blocks", "bossa", "jazz", "waltz", "folk", "lofi"}
_FILLS: tuple[tuple[dict[str, str], float], ...] = (
    ({"snare": "....xoxx"}, 3.0),
    ({"snare": "x.xx....", "high tom": "....xx..", "low tom": "......xx"}, 2.0),
    ({"snare": "....x...", "high tom": ".....x..", "mid tom": "......x.", "low tom": ".......x"}, 2.0),
    ({"snare": "o.o.oxxX"}, 1.5),
    ({"kick": "x.......", "snare": "..x..x.x"}, 1.5),
)


@dataclass(frozen=True)
class Material:
    """What sections of one letter share. `figures` holds the pattern of each part, by its place in the plan."""

    bars: tuple[Bar, ...]
    tune: tuple[Tone, ...]
    answer: tuple[Tone, ...]
    figures: dict[int, str]
    groove: dict[str, str]


def write(plan: Plan, sampling: Sampling) -> Score:
    """The whole score, as written: on the grid, without a player's liberties."""
    cadence, last = harmony.final_cadence(plan.key, plan.genre, sampling.dice("cadence"))
    materials = _materials(plan, sampling)
    notes: list[list[Note]] = [[] for _ in plan.parts]
    chords: list[str] = []
    at = 0
    for number, section in enumerate(plan.form):
        final = number == len(plan.form) - 1
        material = _for_section(materials[section.letter], section, plan, cadence if final else None, sampling)
        chords += [",".join(c.numeral for c in bar) for bar in material.bars]
        for index in _players(plan, section):
            dice = sampling.dice(f"part {index} section {number}")
            notes[index] += _moved(_play(plan, index, section, material, number, dice), at)
        at += section.bars * plan.metre.bar_ticks
    for index in range(len(plan.parts)):
        notes[index] += _final_notes(plan, index, last, notes[index])
    parts = tuple(
        Part(role, instrument, tuple(sorted(own, key=lambda n: (n.start, n.pitch))))
        for (role, instrument), own in zip(plan.parts, notes, strict=True)
    )
    chords.append(last.numeral)
    return Score(plan.key, plan.metre, plan.quarter_us, plan.form, tuple(chords), parts, plan.end)


def _materials(plan: Plan, sampling: Sampling) -> dict[str, Material]:
    longest: dict[str, int] = {}
    for section in plan.form:
        longest[section.letter] = max(section.bars, longest.get(section.letter, 0))
    materials: dict[str, Material] = {}
    motifs: list[Motif] = []
    loop = ""
    for letter, count in longest.items():
        dice = sampling.dice(f"material {letter}")
        numerals: list[str] = []
        if plan.genre.harmony == "functional":
            while len(numerals) < count:
                closed = (len(numerals) // 4) % 2 == 1 or count - len(numerals) <= 4
                numerals += harmony.phrase(plan.key, plan.genre, min(4, count - len(numerals)), closed, dice)[0]
        else:
            numerals, loop = harmony.phrase(plan.key, plan.genre, count, True, dice, avoid=loop)
        bars = tuple(harmony.realise(numerals, plan.key, plan.genre.colour))
        new = melody.motif(plan.genre, plan.metre, plan.energy, dice)
        motifs.append(new)
        pair = (new, motifs[0] if letter != "A" else melody.motif(plan.genre, plan.metre, plan.energy, dice))
        tune = _tune(plan, bars, pair, 3 if letter == "B" else 0, dice)
        low, high = _register("counter", _first(plan, "counter"))
        lines = tuple(melody.answer(bars, plan.metre, low, high, sampling.dice(f"answer {letter}")))
        groove = dice.choose([(g, 1.0) for g in patterns.grooves(plan.genre.groove, plan.metre.name)])
        materials[letter] = Material(bars, tune, lines, _figures(plan, dice), groove)
    return materials


def _tune(plan: Plan, bars: tuple[Bar, ...], motifs: tuple[Motif, Motif], lift: int, dice: Dice) -> tuple[Tone, ...]:
    low, high = _register("melody", _first(plan, "melody"), lift)
    return tuple(melody.write(bars, motifs, plan.key, plan.metre, low, high, dice))


def _first(plan: Plan, role: str) -> Instrument | None:
    return next((i for r, i in plan.parts if r == role), None)


def _register(role: str, instrument: Instrument | None, lift: int = 0) -> tuple[int, int]:
    """The role's usual range, moved into the instrument's own."""
    low, high = (p + lift for p in _REGISTER[role])
    if instrument is None:
        return low, high
    shift = max(0, instrument.low - low) - max(0, high - instrument.high)
    low, high = low + shift, high + shift
    return max(instrument.low, low), min(instrument.high, high)


def _figures(plan: Plan, dice: Dice) -> dict[int, str]:
    chosen = {}
    for index, (role, _) in enumerate(plan.parts):
        if role == "bass":
            options = [p for name in plan.genre.bass for p in patterns.bass_patterns(name, plan.metre.name)]
        elif role in ("chords", "arpeggio"):
            names = plan.genre.figures if role == "chords" else plan.genre.arpeggios
            options = [p for name in names for p in patterns.figures(name, plan.metre.name)]
        else:
            continue
        chosen[index] = dice.choose([(p, 1.0) for p in options])
    return chosen


def _for_section(material: Material, section: Section, plan: Plan, cadence: Bar | None, sampling: Sampling) -> Material:
    """The opening of a letter's material, as long as the section; the last section closes with the final cadence."""
    end = section.bars * plan.metre.bar_ticks
    bars = list(material.bars[: section.bars])
    tune, lines = list(material.tune), list(material.answer)
    if cadence:
        dice = sampling.dice("last bar")
        bars[-1] = cadence
        end -= plan.metre.bar_ticks
        low, high = _register("melody", _first(plan, "melody"))
        plain = Motif(((0, plan.metre.steps // 2), (plan.metre.steps // 2, plan.metre.steps // 2)), (1, 0))
        closing = melody.write([cadence], (plain, plain), plan.key, plan.metre, low, high, dice)
        tune = [t for t in tune if t.start < end] + [replace(t, start=t.start + end) for t in closing]
        low, high = _register("counter", _first(plan, "counter"))
        closing = melody.answer([cadence], plan.metre, low, high, dice)
        lines = [t for t in lines if t.start < end] + [replace(t, start=t.start + end) for t in closing]
        end += plan.metre.bar_ticks
    return replace(
        material,
        bars=tuple(bars),
        tune=tuple(t for t in tune if t.start < end),
        answer=tuple(t for t in lines if t.start < end),
    )


def _players(plan: Plan, section: Section) -> list[int]:
    """Parts enter as the intensity rises; what never would plays at the height; no section is left silent."""
    height = max(s.intensity for s in plan.form)
    enters = [min(height, plan.genre.drums_from if role == "drums" else _ENTERS[role]) for role, _ in plan.parts]
    playing = [i for i, level in enumerate(enters) if level <= section.intensity]
    only_drums = all(plan.parts[i][0] == "drums" for i in playing)
    if not playing or (only_drums and plan.genre.drums_from > 0.3):
        playing = sorted({*playing, *(i for i, level in enumerate(enters) if level == min(enters))})
    return playing


def _moved(notes: list[Note], ticks: int) -> list[Note]:
    return [replace(n, start=n.start + ticks) for n in notes]


def _velocity(plan: Plan, role: str, section: Section, accent: float = 0.0) -> int:
    softer = plan.genre.dynamics * (0.9 - section.intensity)
    return round(max(22.0, min(122.0, _LOUDNESS[role] * (1.0 - 0.6 * softer + 0.12 * plan.energy) + accent)))


def _play(plan: Plan, index: int, section: Section, material: Material, number: int, dice: Dice) -> list[Note]:
    role, instrument = plan.parts[index]
    if role == "drums":
        return _drums(plan, section, material, number, dice)
    if role == "bass":
        return _bass(plan, section, material, index, instrument)
    if role in ("melody", "counter"):
        return _line(plan, section, material, role, instrument, dice)
    if role == "pad":
        return _pad(plan, section, material, instrument, dice)
    return _figure(plan, section, material, index, role, instrument, dice)


def _line(
    plan: Plan, section: Section, material: Material, role: str, instrument: Instrument, dice: Dice
) -> list[Note]:
    """The tune with a phrase's swell; on its return now and then a passing note."""
    tones = material.tune if role == "melody" else material.answer
    phrase = 4 * plan.metre.bar_ticks
    notes = []
    for i, tone in enumerate(tones):
        within = (tone.start % phrase) / phrase
        swell = 10.0 * (1.0 - abs(2 * within - 0.9)) + (4.0 if tone.start % plan.metre.beat_ticks == 0 else 0.0)
        velocity = _velocity(plan, role, section, swell - 4.0)
        pitch = _into(tone.pitch, instrument)
        following = tones[i + 1].pitch if i + 1 < len(tones) else tone.pitch
        gap = following - tone.pitch
        if (
            role == "melody"
            and section.intensity > 0.62
            and tone.length >= 4 * STEP
            and 3 <= abs(gap) <= 4
            and dice.chance(0.25)
        ):
            between = [
                p for p in range(min(pitch, pitch + gap) + 1, max(pitch, pitch + gap)) if p % 12 in plan.key.scale
            ]
            if between:
                half = tone.length // 2
                notes.append(Note(tone.start, half, pitch, velocity))
                notes.append(Note(tone.start + half, tone.length - half, between[0], velocity - 8))
                continue
        notes.append(Note(tone.start, tone.length, pitch, velocity))
    return notes


def _into(pitch: int, instrument: Instrument) -> int:
    while pitch < instrument.low:
        pitch += 12
    while pitch > instrument.high:
        pitch -= 12
    return pitch


def _spans(material: Material, bar_ticks: int) -> list[tuple[int, int, Chord]]:
    """Every chord with its start and length in ticks."""
    return [
        (bar * bar_ticks + i * (bar_ticks // len(chords)), bar_ticks // len(chords), chord)
        for bar, chords in enumerate(material.bars)
        for i, chord in enumerate(chords)
    ]


def _pad(plan: Plan, section: Section, material: Material, instrument: Instrument, dice: Dice) -> list[Note]:
    """One held chord for each change of harmony."""
    held: list[tuple[int, int, Chord]] = []
    for start, length, chord in _spans(material, plan.metre.bar_ticks):
        if held and held[-1][2] == chord and start % (4 * plan.metre.bar_ticks):
            held[-1] = (held[-1][0], held[-1][1] + length, chord)
        else:
            held.append((start, length, chord))
    low, high = _register("pad", instrument)
    voiced = harmony.voicings([chord for *_, chord in held], low, high, 3, dice)
    velocity = _velocity(plan, "pad", section)
    return [
        Note(start, length, pitch, velocity)
        for (start, length, _), pitches in zip(held, voiced, strict=True)
        for pitch in pitches
    ]


def _figure(
    plan: Plan, section: Section, material: Material, index: int, role: str, instrument: Instrument, dice: Dice
) -> list[Note]:
    """Chords or their broken form, a pattern a bar; without a bass the lowest voice takes the root."""
    low, high = _register(role, instrument)
    if role == "chords" and any(r == "melody" and i == instrument for r, i in plan.parts):
        low, high = max(instrument.low, 48), min(instrument.high, 67)
    spans = _spans(material, plan.metre.bar_ticks)
    power = plan.genre.colour == "power"
    voiced = harmony.voicings(
        [c for *_, c in spans], low - 10 * power, high - 10 * power, 3 if role == "chords" else 4, dice
    )
    if role == "chords" and not any(r == "bass" for r, _ in plan.parts) and instrument.low <= 43:
        voiced = [(_root(c, instrument.low), *pitches) for (*_, c), pitches in zip(spans, voiced, strict=True)]
    pattern = material.figures[index]
    if role == "chords" and section.intensity < 0.4 and "C" in pattern:
        pattern = patterns.figures("half", plan.metre.name)[0]
    notes: list[Note] = []
    for (start, length, _), pitches in zip(spans, voiced, strict=True):
        first = start % plan.metre.bar_ticks // STEP
        last = first + length // STEP
        for sign, step, held in patterns.strokes(pattern):
            begin, end = max(step, first), min(step + held, last)
            if begin >= end or (step < first and end - begin < 2):
                continue
            accent = 5.0 if begin * STEP % plan.metre.beat_ticks == 0 else 0.0
            velocity = _velocity(plan, role, section, accent)
            bar_start = start - first * STEP
            ring = end - begin if sign in "CU" or role == "arpeggio" else min(last, max(end, begin + 4)) - begin
            notes += [Note(bar_start + begin * STEP, ring * STEP, p, velocity) for p in _chosen(sign, pitches)]
    return notes


def _chosen(sign: str, pitches: tuple[int, ...]) -> tuple[int, ...]:
    if sign == "C":
        return pitches
    return pitches[1:] if sign == "U" else (pitches[int(sign) % len(pitches)],)


def _root(chord: Chord, lowest: int) -> int:
    floor = max(lowest, 31)
    return floor + (chord.root - floor) % 12


def _bass(plan: Plan, section: Section, material: Material, index: int, instrument: Instrument) -> list[Note]:
    spans = _spans(material, plan.metre.bar_ticks)
    pattern = material.figures[index]
    notes = []
    for number, (start, length, chord) in enumerate(spans):
        root = _root(chord, instrument.low)
        following = _root(spans[(number + 1) % len(spans)][2], instrument.low)
        first = start % plan.metre.bar_ticks // STEP
        last = first + length // STEP
        struck = False
        for sign, step, held in patterns.strokes(pattern):
            begin, end = max(step, first), min(step + held, last)
            if begin >= end:
                continue
            pitch = root if first and not struck else _bass_pitch(sign, chord, root, following, plan)
            struck = True
            accent = 5.0 if begin * STEP % plan.metre.beat_ticks == 0 else -3.0
            notes.append(
                Note(
                    start + (begin - first) * STEP,
                    (end - begin) * STEP,
                    _into(pitch, instrument),
                    _velocity(plan, "bass", section, accent),
                )
            )
    return notes


def _bass_pitch(sign: str, chord: Chord, root: int, following: int, plan: Plan) -> int:
    if sign == "A":
        near = [following + d for d in (-1, 1, -2, 2)]
        usable = near[:2] if plan.genre.harmony == "jazz" else [p for p in near if p % 12 in plan.key.scale]
        return min(usable or [root], key=lambda p: abs(p - root))
    third = chord.intervals[1] if len(chord.intervals) > 2 else 7
    fifth = next((i for i in chord.intervals if i in (6, 7, 8)), 7)
    return root + {"R": 0, "F": fifth, "O": 12, "T": third, "S": 9}[sign]


_STROKE = {"X": 12.0, "x": 0.0, "?": -12.0, "o": -38.0}


def _drums(plan: Plan, section: Section, material: Material, number: int, dice: Dice) -> list[Note]:
    bar_ticks, steps = plan.metre.bar_ticks, plan.metre.steps
    gentle = plan.genre.groove in _GENTLE_GROOVES
    notes: list[Note] = []
    for bar in range(section.bars):
        ends = bar == section.bars - 1 and section.bars >= 2
        fill = dice.choose(_FILLS) if ends and not gentle else {}
        fill_from = steps - 8 if fill else steps
        for voice, line in material.groove.items():
            for step, sign in enumerate(line):
                if sign == "." or step >= fill_from or (sign == "?" and not dice.chance(0.4)):
                    continue
                if section.intensity < 0.45 and voice in ("snare", "clap") and sign != "X":
                    continue
                notes.append(_stroke(plan, section, voice, bar * bar_ticks + step * STEP, _STROKE[sign]))
        for voice, line in fill.items():
            for step, sign in enumerate(line):
                if sign != ".":
                    swell = _STROKE[sign] + 2.5 * step - 12
                    notes.append(_stroke(plan, section, voice, bar * bar_ticks + (fill_from + step) * STEP, swell))
        if fill:
            notes.append(_stroke(plan, section, "kick", bar * bar_ticks + fill_from * STEP, 0.0))
    if section.intensity >= 0.6 and number and not gentle:
        notes.append(_stroke(plan, section, "crash", 0, -8.0))
    return notes


def _stroke(plan: Plan, section: Section, voice: str, start: int, accent: float) -> Note:
    softer = {
        "hat": -18.0,
        "shaker": -26.0,
        "open": -16.0,
        "ride": -16.0,
        "pedal": -24.0,
        "tambourine": -24.0,
        "triangle": -30.0,
    }
    ring = 8 if voice in ("crash", "ride", "open", "triangle") else 2
    return Note(start, ring * STEP, DRUMS[voice], _velocity(plan, "drums", section, accent + softer.get(voice, 0.0)))


def _final_notes(plan: Plan, index: int, last: Chord, before: list[Note]) -> list[Note]:
    """The last chord, held to the end of the sound."""
    role, instrument = plan.parts[index]
    height = plan.form[-1] if plan.form else Section("ending", "A", 0, 0.6)
    velocity = _velocity(plan, role, height, 4.0)
    start, length = plan.ending, max(1, plan.end - plan.ending)
    if role == "drums":
        if plan.genre.groove in _GENTLE_GROOVES:
            voices = ("kick",) if plan.form else ("kick", "ride")
        else:
            voices = ("kick", "crash")
        return [replace(_stroke(plan, height, v, start, -6.0), length=length) for v in voices]
    if role == "bass":
        return [Note(start, length, _into(_root(last, instrument.low), instrument), velocity)]
    if role in ("melody", "counter"):
        low, high = _register(role, instrument)
        near = before[-1].pitch if before else (low + high) // 2
        wanted = {last.root, (last.root + last.intervals[1]) % 12} if role == "counter" else {last.root}
        options = [p for p in range(low, high + 1) if p % 12 in wanted]
        return [Note(start, length, min(options, key=lambda p: (abs(p - near), p)), velocity)] if options else []
    low, high = _register(role, instrument)
    pitches = harmony.voicings([last], low, high, 3, Sampling(0, 0.1).dice("last"))[0]
    if role == "chords" and not any(r == "bass" for r, _ in plan.parts) and instrument.low <= 43:
        pitches = (_root(last, instrument.low), *pitches)
    if role == "arpeggio":
        return [
            Note(start + i * STEP, max(1, length - i * STEP), p, velocity)
            for i, p in enumerate(pitches)
            if i * STEP < length
        ]
    return [Note(start, length, p, velocity) for p in pitches]
