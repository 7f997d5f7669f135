"""Melodies: a motif is stated, sequenced, developed and brought back; phrases breathe and close on a cadence."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.generate.composer.genres import Genre
from engine.generate.composer.harmony import Bar
from engine.generate.composer.sampling import Dice
from engine.generate.composer.theory import STEP, Chord, Key, Metre

Rhythm = tuple[tuple[int, int], ...]
"""Notes of a bar: first step and steps held."""


@dataclass(frozen=True)
class Tone:
    """A written note, `start` and `length` in ticks from the beginning of its section."""

    start: int
    length: int
    pitch: int


@dataclass(frozen=True)
class Motif:
    """A rhythm, and where its notes lie in scale steps above or below the phrase's anchor."""

    rhythm: Rhythm
    contour: tuple[int, ...]


_PLANS = (("m s m c", 3.0), ("m n m c", 3.0), ("m m n c", 2.0), ("m s d c", 2.0))
"""What the bars of a phrase do: motif, sequence, new motif, development by inversion, cadence."""


def motif(genre: Genre, metre: Metre, energy: float, dice: Dice) -> Motif:
    density = min(1.0, max(0.05, genre.density + 0.25 * energy))
    cells = _cells(metre.beat_ticks // STEP, density, genre.syncopation)
    signs = ""
    for beat in range(metre.beats):
        first = beat == 0
        signs += dice.choose([(c, w * (3.0 if first and c[0] == "x" else 0.25 if first else 1.0)) for c, w in cells])
    rhythm = _rhythm(signs if "x" in signs else "x" + signs[1:])
    contour = [0]
    for _ in rhythm[1:]:
        step = dice.choose(((1, 4.0), (-1, 4.0), (2, 2.0), (-2, 2.0), (0, 1.0), (3, 0.7), (-3, 0.5), (4, 0.4)))
        contour.append(min(5, max(-4, contour[-1] + step)))
    return Motif(rhythm, tuple(contour))


def _cells(steps: int, density: float, syncopation: float) -> list[tuple[str, float]]:
    calm = 1.0 - density
    if steps == 6:
        return [
            ("x-----", 0.3 + 2 * calm),
            ("x---x-", 2.0),
            ("x-x-x-", 3 * density),
            ("--x-x-", 0.3 + syncopation),
            ("------", 1.2 * calm),
            ("x-xxx-", density * density),
        ]
    return [
        ("x---", 0.5 + 3 * calm),
        ("x-x-", 0.5 + 3 * density),
        ("x--x", 2 * syncopation * density),
        ("x-xx", 2 * density * density),
        ("xxxx", density * density * density),
        ("--x-", 2.5 * syncopation),
        ("----", 2.5 * calm),
        ("..x-", 0.6),
    ]


def _rhythm(signs: str) -> Rhythm:
    notes: list[tuple[int, int]] = []
    for step, sign in enumerate(signs):
        if sign == "x":
            notes.append((step, 1))
        elif sign == "-" and notes and sum(notes[-1]) == step:
            notes[-1] = (notes[-1][0], notes[-1][1] + 1)
    return tuple(notes)


def _cadence_rhythm(metre: Metre, dice: Dice) -> Rhythm:
    steps, beat = metre.steps, metre.beat_ticks // STEP
    return dice.choose(
        (
            (((0, steps - beat),), 2.0),
            (((0, beat), (beat, steps - beat - 2)), 3.0),
            (((0, beat // 2), (beat // 2, beat - beat // 2), (beat, steps - beat - 2)), 2.0),
        )
    )


def write(
    bars: Sequence[Bar], motifs: tuple[Motif, Motif], key: Key, metre: Metre, low: int, high: int, dice: Dice
) -> list[Tone]:
    """A melody over `bars`, four-bar phrase by phrase. A phrase over the chords of an earlier one takes up its head."""
    tones: list[Tone] = []
    heads: dict[tuple[Bar, ...], list[Tone]] = {}
    plan = dice.choose(_PLANS)
    singer = _Singer(key, low, high, dice)
    for at in range(0, len(bars), 4):
        chords = tuple(bars[at : at + 4])
        kinds = [*plan.split()[: len(chords) - 1], "c"]
        offset = at * metre.bar_ticks
        known = heads.get(chords[:3]) if len(chords) == 4 else None
        if known:
            tones += [Tone(offset + t.start, t.length, t.pitch) for t in known]
            singer.last = known[-1].pitch
            kinds = kinds[3:]
        done = len(chords) - len(kinds)
        new: list[Tone] = []
        for bar, kind in enumerate(kinds, start=done):
            new += _bar(kind, chords[bar], bar, motifs, metre, singer, closing=at + bar == len(bars) - 1)
        if not known:
            heads[chords[:3]] = [t for t in new if t.start < 3 * metre.bar_ticks]
        tones += [Tone(offset + t.start, t.length, t.pitch) for t in new]
    return tones


def _bar(
    kind: str, harmony: Bar, bar: int, motifs: tuple[Motif, Motif], metre: Metre, singer: "_Singer", *, closing: bool
) -> list[Tone]:
    shift = 0
    if kind == "c":
        rhythm = _cadence_rhythm(metre, singer.dice)
        contour: tuple[int, ...] = tuple(range(len(rhythm) - 1, -1, -1))
    else:
        source = motifs[1] if kind == "n" else motifs[0]
        rhythm, contour = source.rhythm, source.contour
        if kind == "s":
            shift = singer.dice.choose(((-1, 3.0), (1, 3.0), (-2, 1.5), (2, 1.5)))
        elif kind == "d":
            contour = tuple(-c for c in contour)
    tones = []
    for i, (step, held) in enumerate(rhythm):
        ticks = step * STEP
        harmony_now = harmony[min(len(harmony) - 1, ticks * len(harmony) // metre.bar_ticks)]
        strong = ticks % metre.beat_ticks == 0
        rests = kind == "c" and i == len(rhythm) - 1
        pitch = singer.sing(
            contour[i] + shift, harmony_now, strong=strong or held >= 4, resting=rests, closing=closing and rests
        )
        tones.append(Tone(bar * metre.bar_ticks + ticks, held * STEP, pitch))
    return tones


class _Singer:
    """Remembers where the line is, so that leaps are answered and the range is kept."""

    def __init__(self, key: Key, low: int, high: int, dice: Dice) -> None:
        self.key, self.low, self.high, self.dice = key, low, high, dice
        self.ladder = [p for p in range(low, high + 1) if p % 12 in key.scale]
        middle = (low + high) // 2
        near = sorted((p for p in self.ladder if p % 12 in (key.tonic, key.scale[2])), key=lambda p: abs(p - middle))
        self.anchor = self.ladder.index(near[0]) if near else len(self.ladder) // 2
        self.last: int | None = None
        self.leap = 0

    def sing(self, contour: int, harmony: Chord, *, strong: bool, resting: bool, closing: bool) -> int:
        target = self.ladder[min(len(self.ladder) - 1, max(0, self.anchor + contour))]
        chord_tones = harmony.pitch_classes
        usable = fitted(self.key.scale, harmony)
        last = target if self.last is None else self.last

        def habit(pitch: int) -> float:
            off, move = pitch - target, pitch - last
            weight = 1.0 / (1.0 + off * off / 3.0)
            inside = pitch % 12 in chord_tones
            weight *= (8.0 if strong else 2.0) if inside else 1.0
            if not inside and strong and (pitch - 1) % 12 in chord_tones:
                weight *= 0.15
            if abs(move) > 7:
                weight *= 0.25
            if move == 0:
                weight *= 0.6
            if abs(self.leap) > 4 and move * self.leap < 0 and abs(move) <= 4:
                weight *= 2.0
            if resting and not inside:
                weight *= 0.02
            if closing and pitch % 12 == self.key.tonic:
                weight *= 4.0
            return weight

        pitch = self.dice.choose([(p, habit(p)) for p in range(self.low, self.high + 1) if p % 12 in usable])
        self.leap = 0 if self.last is None else pitch - self.last
        self.last = pitch
        return pitch


def fitted(scale: tuple[int, ...], harmony: Chord) -> frozenset[int]:
    """The scale as the chord bends it: chromatic chord tones replace their neighbours (a raised leading note)."""
    foreign = {pc for pc in harmony.pitch_classes if pc not in scale}
    neighbours = {(pc + d) % 12 for pc in foreign for d in (-1, 1)}
    return frozenset((set(scale) - (neighbours - set(harmony.pitch_classes))) | foreign)


def answer(bars: Sequence[Bar], metre: Metre, low: int, high: int, dice: Dice) -> list[Tone]:
    """A counter-melody in long chord tones that moves little, a note for each chord."""
    tones: list[Tone] = []
    last = (low + high) // 2
    for bar, harmony in enumerate(bars):
        length = metre.bar_ticks // len(harmony)
        for i, now in enumerate(harmony):
            options = [p for p in range(low, high + 1) if p % 12 in now.pitch_classes]
            last = dice.choose(
                [(p, (0.5 if p == last else 1.0) / (1.0 + (p - last) * (p - last) / 4.0)) for p in options]
            )
            tones.append(Tone(bar * metre.bar_ticks + i * length, length, last))
    return tones
