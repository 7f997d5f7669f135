"""Melodies: a motif is stated, sequenced, varied and brought back; phrases breathe and close on a cadence.

Each bar hangs on a structural tone of its harmony; these follow the arch of the phrase. The motif's notes lie around
it on the scale, strong ones bent to the chord, weak ones free to pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.generate.composer.genres import Choices, Genre
from engine.generate.composer.harmony import Bar, Changes, spans
from engine.generate.composer.metre import Metre
from engine.generate.composer.sampling import Dice
from engine.generate.composer.theory import STEP, Chord, Key

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
    """A rhythm, and where its notes lie in scale steps above or below the bar's structural tone."""

    rhythm: Rhythm
    contour: tuple[int, ...]


@dataclass(frozen=True)
class Range:
    """What the melody's player reaches comfortably."""

    low: int
    high: int


_PLANS: dict[str, Choices] = {
    "song": (("m s m c", 3), ("m n m c", 3), ("m m n c", 2), ("m s f c", 2), ("m v s c", 2), ("m r m c", 1)),
    "riff": (("m m m v", 4), ("m m m c", 2), ("m v m v", 2), ("m r m v", 1)),
    "sparse": (("m r m c", 3), ("m r s r", 2), ("n r m c", 1), ("m v r c", 1)),
    "running": (("m s s c", 4), ("m s f c", 2), ("m i s c", 1)),
    "swing": (("m v s c", 2), ("m r n c", 2), ("m n v c", 2), ("m m n c", 1)),
    "blue": (("m r m c", 3), ("m v n c", 2), ("m m r c", 2)),
    "reel": (("m n m c", 4), ("m m n c", 2), ("m s n c", 1)),
    "rag": (("m s m c", 3), ("m n m c", 3)),
    "fanfare": (("m s f c", 2), ("m m s c", 3), ("m r s c", 1), ("m n s c", 2)),
    "solo": (("n v n c", 2), ("n s v c", 2), ("n r n c", 1), ("n n s v", 1)),
}
"""What the bars of a phrase do: motif, sequence, variation, inversion, its fragment twice, new motif, rest, cadence."""

_CELLS: dict[str, Choices] = {
    "running": (("xxxx", 4), ("x-xx", 3), ("xxx-", 1), ("x-x-", 2)),
    "reel": (("x-x-", 6), ("x-xx", 1.5), ("xxx-", 0.7), ("x---", 0.4)),
    "rag": (("xx-x", 4), ("x-xx", 2), ("-xx-", 3), ("x-x-", 2), ("-x-x", 2)),
    "swing": (("x-x-", 4), ("--x-", 3), ("x---", 1.5), ("..x-", 1.5), ("x-xx", 0.6)),
    "fanfare": (("x---", 4), ("x--x", 2.5), ("x-x-", 2), ("x-xx", 1), ("----", 3)),
}
"""Rhythms of a quarter in sixteenths that belong to a kind of tune: `x` begins a note, `-` holds, `.` rests."""
_COMPOUND_CELLS: dict[str, Choices] = {
    "running": (("xxxxxx", 2), ("x-x-x-", 4), ("x-xxx-", 2)),
    "reel": (("x-x-x-", 6), ("x---x-", 2), ("x-xxx-", 1)),
}
_STEPS: Choices = (("1", 4), ("-1", 4), ("2", 2), ("-2", 2), ("0", 1), ("3", 0.7), ("-3", 0.5), ("4", 0.4), ("-4", 0.2))


class MelodyWriter:
    """Writes the tunes of one piece: it remembers the motifs, so that sections speak of the same thing."""

    def __init__(self, genre: Genre, key: Key, metre: Metre, energy: float, reach: Range) -> None:
        self.genre, self.key, self.metre, self.reach = genre, key, metre, reach
        self.density = min(1.0, max(0.05, genre.density + 0.25 * energy))
        self.ladder = [p for p in range(reach.low, reach.high + 1) if p % 12 in key.scale] or [reach.low]

    def motif(self, style: str, dice: Dice, busier: float = 0.0) -> Motif:
        density = min(1.0, self.density + busier)
        chosen: list[str] = []
        for pulse, ticks in enumerate(self.metre.pulses):
            first = pulse == 0
            cells = self._cells(style, density, ticks)
            likely = [(c, w * (3.0 if first and c[0] == "x" else 0.25 if first else 1.0)) for c, w in cells]
            likely = [(c, w) for c, w in likely if chosen or c[0] != "-"]
            if echo := self._echoed(chosen):
                likely = [(c, w * (2.5 if c == echo else 1.0)) for c, w in likely]
            chosen.append(dice.choose(likely))
        signs = "".join(chosen)
        rhythm = _rhythm(signs if "x" in signs else "x" + signs[1:])
        contour = [0]
        for _ in rhythm[1:]:
            run = contour[-1] - contour[-2] if len(contour) > 1 else 0
            step = dice.choose([(int(s), w * (1.6 if abs(run) == 1 and int(s) == run else 1.0)) for s, w in _STEPS])
            contour.append(min(5, max(-5, contour[-1] + step)))
        return Motif(rhythm, tuple(contour))

    def _echoed(self, chosen: list[str]) -> str:
        """The rhythm of the same place in the bar's first half, in the second half of an even bar."""
        half, odd = divmod(len(self.metre.pulses), 2)
        return chosen[len(chosen) - half] if not odd and half > 1 and len(chosen) >= half else ""

    def _cells(self, style: str, density: float, pulse_ticks: int) -> list[tuple[str, float]]:
        compound = pulse_ticks // STEP == 6
        special = (_COMPOUND_CELLS if compound else _CELLS).get(style)
        if special:
            return list(special)
        calm, syncopation = 1.0 - density, self.genre.syncopation
        if compound:
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
            ("x--x", 0.3 + 2 * syncopation * density),
            ("x-xx", 2 * density * density),
            ("xxxx", density * density * density),
            ("--x-", 2.5 * syncopation),
            ("----", 2.5 * calm),
            ("..x-", 0.6),
        ]

    def tune(self, bars: Sequence[Bar], motifs: tuple[Motif, Motif], letter: str, lift: int, dice: Dice) -> list[Tone]:
        """A melody over `bars`, phrase by phrase; a phrase over the chords of an earlier one takes up its head.

        `lift`: scale steps by which this section lies higher. Letter S improvises.
        """
        style = "solo" if letter == "S" else self.genre.tune
        phrase = 4 if len(bars) % 3 or len(bars) % 4 == 0 else 3
        plan = dice.choose(_PLANS[style]).split()
        line = _Line(self, tuple(bars), lift, dice)
        heads: dict[tuple[Bar, ...], tuple[list[str], list[Tone]]] = {}
        tones: list[Tone] = []
        for at in range(0, len(bars), phrase):
            chords = tuple(bars[at : at + phrase])
            last_phrase = at + phrase >= len(bars)
            kinds = plan[: len(chords)]
            if "c" in plan or last_phrase:
                kinds = [*kinds[: len(chords) - 1], "c"]
            known = heads.get(chords[:-1]) if len(chords) > 2 else None
            if known and known[0] == kinds[:-1]:
                new = line.repeated(known[1], at)
                kinds, offset = kinds[-1:], len(chords) - 1
            else:
                new, offset = [], 0
            for bar, kind in enumerate(kinds, start=at + offset):
                new += line.bar(kind, bar, bar - at, len(chords), motifs, style, closing=last_phrase)
            heads.setdefault(chords[:-1], (plan[: len(chords)][:-1], _before(new, at, len(chords) - 1, self.metre)))
            tones += new
        return _with_pickups(tones, self, bars, phrase, style, dice)


def _before(tones: list[Tone], first_bar: int, bars: int, metre: Metre) -> list[Tone]:
    """The tones of the first `bars` bars from `first_bar`, counted from there."""
    begin, end = first_bar * metre.bar_ticks, (first_bar + bars) * metre.bar_ticks
    return [Tone(t.start - begin, t.length, t.pitch) for t in tones if t.start < end]


class _Line:
    """Remembers where the line is, so that leaps are answered, sequences go on and the range is kept."""

    def __init__(self, writer: MelodyWriter, bars: tuple[Bar, ...], lift: int, dice: Dice) -> None:
        self.writer, self.bars, self.lift, self.dice = writer, bars, lift, dice
        self.changes = Changes(spans(bars, writer.metre))
        self.last: int | None = None
        self.leap = 0
        self.hanger: int | None = None
        self.fresh: Motif | None = None

    def repeated(self, head: list[Tone], bar: int) -> list[Tone]:
        offset = bar * self.writer.metre.bar_ticks
        if head:
            self.last = self.hanger = head[-1].pitch
        return [Tone(offset + t.start, t.length, t.pitch) for t in head]

    def bar(
        self, kind: str, bar: int, place: int, length: int, motifs: tuple[Motif, Motif], style: str, *, closing: bool
    ) -> list[Tone]:
        metre = self.writer.metre
        if kind == "r":
            return self._breath(bar)
        self._hang(kind, bar, place, length)
        if kind == "c":
            motif = _cadence(metre, self.dice)
        elif style == "solo" and (kind == "n" or self.fresh is None):
            motif = self.fresh = self.writer.motif("solo", self.dice, busier=0.2)
        else:
            motif = motifs[1] if kind == "n" else motifs[0] if style != "solo" else self.fresh or motifs[0]
        motif = self._developed(kind, motif)
        tones: list[Tone] = []
        for i, (step, held) in enumerate(motif.rhythm):
            tick = bar * metre.bar_ticks + step * STEP
            rests = kind == "c" and i == len(motif.rhythm) - 1
            strong = metre.on_pulse(step * STEP) or held >= 4
            pitch = self._sing(motif.contour[i], tick, strong=strong, rests=rests, closing=closing and rests)
            tones.append(Tone(tick, held * STEP, pitch))
        return tones

    def _breath(self, bar: int) -> list[Tone]:
        """The last tone lingers for a pulse, then the melody is silent: room for an answer."""
        metre = self.writer.metre
        tick = bar * metre.bar_ticks
        return [Tone(tick, metre.pulses[0], self._sing(0, tick, strong=True, rests=True, closing=False))]

    def _developed(self, kind: str, motif: Motif) -> Motif:
        if kind == "i":
            return Motif(motif.rhythm, tuple(-c for c in motif.contour))
        half, end = self.writer.metre.middle, self.writer.metre.steps
        if kind == "f" and (head := [(s, h) for s, h in motif.rhythm if s < half]):
            repeat = [(s + half, h) for s, h in head if s + half < end]
            twice = [*motif.contour[: len(head)], *(c - 1 for c in motif.contour[: len(repeat)])]
            again = [(s, min(h, (half if s < half else end) - s)) for s, h in [*head, *repeat]]
            return Motif(tuple(again), tuple(twice))
        if kind == "v":
            other = self.writer.motif(self.writer.genre.tune, self.dice)
            kept = [(n, c) for n, c in zip(motif.rhythm, motif.contour, strict=True) if n[0] < half]
            added = [(n, c) for n, c in zip(other.rhythm, other.contour, strict=True) if n[0] >= half]
            both = [*((n if sum(n) <= half or not added else (n[0], half - n[0]), c) for n, c in kept), *added]
            return Motif(tuple(n for n, _ in both), tuple(c for _, c in both)) if both else motif
        return motif

    def _hang(self, kind: str, bar: int, place: int, length: int) -> None:
        """Choose the bar's structural tone: on the phrase's arch, or for a sequence a step from the last bar's."""
        writer, harmony = self.writer, self.bars[bar][0]
        ladder = writer.ladder
        shift = self.dice.choose(((-1, 3.0), (1, 2.0), (-2, 1.0), (2, 1.0))) if kind == "s" else 0
        low, high = ladder[0], ladder[-1]
        t = (place + 0.5) / max(1, length)
        whole = (bar + 0.5) / len(self.bars)
        rise = 0.3 + 0.5 * (4 * t * (1 - t)) * (0.6 + 0.4 * (1.0 - abs(whole - 0.7)))
        target = low + (high - low) * min(0.9, rise + 0.05 * self.lift)
        before = self.hanger
        if kind == "s" and before is not None:
            target = ladder[min(len(ladder) - 1, max(0, _rung(ladder, before) + shift))]

        def fit(pitch: int) -> float:
            weight = 1.0 / (1.0 + (pitch - target) * (pitch - target) / 8.0)
            weight *= 0.3 if (pitch - 1) % 12 in harmony.pitch_classes else 1.0
            if before is not None:
                move = pitch - before
                weight *= 1.0 / (1.0 + move * move / 10.0) * (0.7 if move == 0 else 1.0)
            return weight

        inner = ladder[len(ladder) // 8 : len(ladder) - len(ladder) // 8] or ladder
        options = [p for p in range(inner[0], inner[-1] + 1) if p % 12 in harmony.pitch_classes] or inner
        self.hanger = self.dice.choose([(p, fit(p)) for p in options])

    def _sing(self, contour: int, tick: int, *, strong: bool, rests: bool, closing: bool) -> int:
        writer, harmony = self.writer, self.changes.at(tick)
        ladder = writer.ladder
        target = ladder[_reflected(_rung(ladder, self.hanger or ladder[0]) + contour, len(ladder))]
        last = target if self.last is None else self.last
        tones, usable = harmony.pitch_classes, fitted(writer.key.scale, harmony)

        def habit(pitch: int) -> float:
            off, move = pitch - target, pitch - last
            inside = pitch % 12 in tones
            weight = 1.0 / (1.0 + off * off) ** 2
            weight *= (10.0 if strong else 1.5) if inside else 1.0
            if strong and (pitch - 1) % 12 in tones:
                weight *= 0.25 if inside else 0.1
            if not inside and abs(move) > 4:
                weight *= 0.2
            if abs(move) > 9 or abs(move) == 6:
                weight *= 0.1
            if move == 0:
                weight *= 0.6
            if abs(self.leap) > 4 and move * self.leap < 0 and abs(move) <= 4:
                weight *= 2.0
            if rests and not inside:
                weight *= 0.02
            if closing:
                weight *= 6.0 if pitch % 12 == writer.key.tonic else 0.6
            return weight

        near = range(max(writer.reach.low, target - 5), min(writer.reach.high, target + 5) + 1)
        options = [(p, habit(p)) for p in near if p % 12 in usable]
        pitch = self.dice.choose(options) if options else target
        self.leap = 0 if self.last is None else pitch - self.last
        self.last = pitch
        return pitch


def _reflected(rung: int, count: int) -> int:
    """A rung beyond the ladder's ends, turned back into it."""
    top = count - 1
    rung = abs(rung)
    return max(0, rung if rung <= top else 2 * top - rung)


def _rung(ladder: list[int], pitch: int) -> int:
    return min(range(len(ladder)), key=lambda i: (abs(ladder[i] - pitch), i))


def _rhythm(signs: str) -> Rhythm:
    notes: list[tuple[int, int]] = []
    for step, sign in enumerate(signs):
        if sign == "x":
            notes.append((step, 1))
        elif sign == "-" and notes and sum(notes[-1]) == step:
            notes[-1] = (notes[-1][0], notes[-1][1] + 1)
    return tuple(notes)


def _cadence(metre: Metre, dice: Dice) -> Motif:
    """A bar that comes to rest, downwards, with a breath at its end."""
    steps, beat = metre.steps, metre.pulses[0] // STEP
    rest = 2 if beat == 4 else 3
    if len(metre.pulses) == 1:
        beat = rest = 2
    rhythm: Rhythm = dice.choose(
        (
            (((0, steps - beat),), 2.0),
            (((0, beat), (beat, steps - beat - rest)), 3.0),
            (((0, beat // 2), (beat // 2, beat - beat // 2), (beat, steps - beat - rest)), 2.0),
        )
    )
    return Motif(rhythm, tuple(range(len(rhythm) - 1, -1, -1)))


_PICKUP = {"song", "swing", "blue", "solo", "fanfare", "reel"}


def _with_pickups(
    tones: list[Tone], writer: MelodyWriter, bars: Sequence[Bar], phrase: int, style: str, dice: Dice
) -> list[Tone]:
    """Where a phrase ends in a rest, now and then an upbeat of one or two steps leads into the next."""
    if style not in _PICKUP:
        return tones
    beat = writer.metre.pulse_ticks
    added: list[Tone] = []
    for before, after in pairwise(sorted(tones, key=lambda t: t.start)):
        boundary = after.start
        free = boundary - (before.start + before.length)
        if boundary % (phrase * writer.metre.bar_ticks) or free < beat // 2 or not dice.chance(0.45):
            continue
        rung = _rung(writer.ladder, after.pitch)
        side = -1 if dice.chance(0.65) else 1
        count = 2 if free >= beat and dice.chance(0.5) else 1
        for i in range(count, 0, -1):
            at = min(len(writer.ladder) - 1, max(0, rung + side * i))
            if writer.ladder[at] != after.pitch:
                added.append(Tone(boundary - i * beat // 2, beat // 2, writer.ladder[at]))
    return sorted([*tones, *added], key=lambda t: t.start)


def fitted(scale: tuple[int, ...], harmony: Chord) -> frozenset[int]:
    """The scale as the chord bends it: chromatic chord tones replace their neighbours (a raised leading note)."""
    foreign = {pc for pc in harmony.pitch_classes if pc not in scale}
    neighbours = {(pc + d) % 12 for pc in foreign for d in (-1, 1)}
    return frozenset((set(scale) - (neighbours - set(harmony.pitch_classes))) | foreign)


def followed(
    contour: Sequence[tuple[int, int, int]], bars: tuple[Bar, ...], writer: MelodyWriter, at: int
) -> list[Tone]:
    """The melody of a clip: `contour` holds start and length in ticks of the piece and a pitch class. What sounds in
    the section that begins at tick `at` is set on the grid, near the line so far, and bent to the scale."""
    changes = Changes(spans(bars, writer.metre))
    end = at + len(bars) * writer.metre.bar_ticks
    low, high = writer.reach.low, writer.reach.high
    last = (low + high) // 2
    tones: list[Tone] = []
    for start, length, pitch_class in contour:
        tick = -(-(start - at - STEP // 2) // STEP) * STEP
        if not 0 <= tick < end - at:
            continue
        usable = fitted(writer.key.scale, changes.at(tick))
        pcs = sorted(usable, key=lambda pc: (min((pc - pitch_class) % 12, (pitch_class - pc) % 12), pc))
        pitch = min(
            (p for p in range(low, high + 1) if p % 12 == pcs[0]), key=lambda p: (abs(p - last), p), default=last
        )
        held = max(STEP, min(-(-length // STEP) * STEP, end - at - tick))
        if tones and tones[-1].start + tones[-1].length > tick:
            earlier = tones.pop()
            if earlier.start < tick:
                tones.append(Tone(earlier.start, tick - earlier.start, earlier.pitch))
        tones.append(Tone(tick, held, pitch))
        last = pitch
    return tones
