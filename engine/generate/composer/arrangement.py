"""From plan to score: material for each letter of the form, then who plays it where, and how it ends."""

from dataclasses import dataclass, replace

from engine.generate.composer import bass, comping, counter, drums, harmony, melody, ornaments, patterns
from engine.generate.composer.dynamics import swell, velocity
from engine.generate.composer.harmony import Bar, Span
from engine.generate.composer.instruments import Instrument
from engine.generate.composer.melody import MelodyWriter, Motif, Range, Tone
from engine.generate.composer.patterns import Groove
from engine.generate.composer.plan import Plan
from engine.generate.composer.proof import without_parallels
from engine.generate.composer.sampling import Dice, Sampling
from engine.generate.composer.score import Note, Score, Section, seated
from engine.generate.composer.theory import Chord

ENTERS = {"melody": 0.42, "counter": 0.66, "chords": 0.0, "arpeggio": 0.5, "pad": 0.0, "bass": 0.4}
RESTS = {"build": ("melody", "counter"), "breakdown": ("drums", "bass", "counter")}
"""Roles that leave out a section by its name."""
_REGISTER = {"melody": (62, 82), "counter": (55, 72), "chords": (52, 72), "arpeggio": (58, 82), "pad": (50, 74)}
_CHROMATIC = {"functional", "jazz", "blues", "soul", "ragtime", "lofi"}
"""Kinds of harmony whose returning tunes may take up tones outside the scale."""
_DYING = ("plucked", "bells", "guitar", "piano")
"""Families whose tones die away by themselves."""
_HIGH_LEAD, _MOST_UNDER = 80, 6
"""A lead that does not reach this high has the chords this much lower at most, to be heard above them."""
_SHARED_HANDS = (48, 67)
"""Where chords lie when the melody's player has to play them too."""


@dataclass(frozen=True)
class Material:
    """What sections of one letter share. `figures` holds two patterns of each part, by its place in the plan: the usual
    one, and the one that it changes to, as `grooves` does."""

    bars: tuple[Bar, ...]
    tune: tuple[Tone, ...]
    figures: dict[int, tuple[str, str]]
    grooves: tuple[Groove, Groove]
    pushed: bool


def write(plan: Plan, sampling: Sampling) -> Score:
    """The whole score, as written: on the grid, without a player's liberties."""
    arranger = Arranger(plan, sampling)
    notes: list[list[Note]] = [[] for _ in plan.parts]
    chords: list[str] = []
    changes: list[Span] = []
    at = 0
    playing = arranger.players()
    for number, section in enumerate(plan.form):
        material = arranger.material(number, at)
        chords += [",".join(c.numeral for c in bar) for bar in material.bars]
        changes += [(at + start, length, now) for start, length, now in harmony.spans(material.bars, plan.metre)]
        second = arranger.second_line(number, material)
        for index in playing[number]:
            dice = sampling.dice(f"part {index} section {number}")
            played = arranger.play(index, number, material, second, dice)
            notes[index] += [replace(n, start=n.start + at) for n in played]
        at += section.bars * plan.metre.bar_ticks
    if not plan.loop:
        chords.append(arranger.last.numeral)
        changes.append((plan.ending, plan.end - plan.ending, arranger.last))
        for index in range(len(plan.parts)):
            notes[index] += arranger.final_notes(index, notes[index])
    if plan.genre.colour != "power" and changes:
        _proofread(plan, notes, changes)
    parts = seated(
        [
            (role, instrument, tuple(sorted(own, key=lambda n: (n.start, n.pitch))))
            for (role, instrument), own in zip(plan.parts, notes, strict=True)
        ]
    )
    return Score(plan.key, plan.metre, plan.quarter_us, plan.form, tuple(chords), parts, plan.end)


def _proofread(plan: Plan, notes: list[list[Note]], changes: list[Span]) -> None:
    bass_notes = [n for (role, _), own in zip(plan.parts, notes, strict=True) if role == "bass" for n in own]
    for index, (role, instrument) in enumerate(plan.parts):
        if role == "melody" and bass_notes:
            notes[index] = without_parallels(notes[index], bass_notes, changes, instrument.low, instrument.high)


def _fills(instrument: Instrument, figure: str) -> bool:
    """Whether a figure leaves no silence of its own accord."""
    struck = sum(sign not in ".-" for sign in figure)
    dies = instrument.family in _DYING
    return struck >= 4 or (figure.count(".") <= len(figure) // 4 and struck >= (2 if dies else 1))


class Arranger:
    """Holds what the sections of one piece have in common. `last` is the chord that it ends on."""

    def __init__(self, plan: Plan, sampling: Sampling) -> None:
        self.plan, self.sampling = plan, sampling
        self.cadence, self.last = harmony.final_cadence(plan.key, plan.genre, sampling.dice("cadence"))
        self.writer = MelodyWriter(plan.genre, plan.key, plan.metre, plan.energy, self.reach("melody"))
        self._materials: dict[str, Material] = {}
        self._motifs: list[Motif] = []
        self._loop = ""

    @property
    def _pads_move(self) -> bool:
        """Whether held chords are struck instead, because nobody else moves: the viola of a quartet."""
        moving = any(role in ("chords", "arpeggio", "drums") for role, _ in self.plan.parts)
        return not moving and self.plan.genre.harmony == "functional"

    def reach(self, role: str, instrument: Instrument | None = None) -> Range:
        """The role's usual range, moved into the instrument's own."""
        low, high = _REGISTER[role]
        instrument = instrument or next((i for r, i in self.plan.parts if r == role), None)
        if instrument is None:
            return Range(low, high)
        if role == "chords" and any(r == "melody" and i == instrument for r, i in self.plan.parts):
            return Range(max(instrument.low, _SHARED_HANDS[0]), min(instrument.high, _SHARED_HANDS[1]))
        lead = next((i for r, i in self.plan.parts if r == "melody"), None)
        if role in ("chords", "pad") and lead:
            under = min(_MOST_UNDER, max(0, _HIGH_LEAD - lead.high))
            low, high = low - under, high - under
        shift = max(0, instrument.low - low) - max(0, high - instrument.high)
        return Range(max(instrument.low, low + shift), min(instrument.high, high + shift))

    def material(self, number: int, at: int) -> Material:
        """The opening of the letter's material, as long as the section; the last one closes, or leads back."""
        section = self.plan.form[number]
        if section.letter not in self._materials:
            self._materials[section.letter] = self._invented(section.letter)
        shared = self._materials[section.letter]
        bars, end = list(shared.bars[: section.bars]), section.bars * self.plan.metre.bar_ticks
        tune = list(shared.tune)
        if number == len(self.plan.form) - 1 and not self.plan.loop:
            end -= self.plan.metre.bar_ticks
            bars[-1] = self.cadence
            closing = self._closing(self.sampling.dice("last bar"))
            tune = [t for t in tune if t.start < end] + [replace(t, start=t.start + end) for t in closing]
            end += self.plan.metre.bar_ticks
        tune = [replace(t, length=min(t.length, end - t.start)) for t in tune if t.start < end]
        if self.plan.contour:
            tune = melody.followed(self.plan.contour, tuple(bars), self.writer, at)
        elif any(s.letter == section.letter for s in self.plan.form[:number]):
            chromatic = self.plan.genre.harmony in _CHROMATIC and not self.plan.key.pentatonic
            tune = ornaments.varied(tune, self.plan.key, self.sampling.dice(f"return {number}"), chromatic=chromatic)
        return replace(shared, bars=tuple(bars), tune=tuple(tune))

    def _invented(self, letter: str) -> Material:
        plan, dice, kind = self.plan, self.sampling.dice(f"material {letter}"), letter[0]
        count = max(s.bars for s in plan.form if s.letter == letter)
        verse = self._materials.get("A" + letter[1:])
        if kind == "S" and verse and len(verse.bars) >= count:
            bars = verse.bars[:count]
        else:
            bars = tuple(harmony.realise(self._numerals(letter, count, dice), plan.key, plan.genre.colour))
        new = self.writer.motif(plan.genre.tune, dice)
        second = self._motifs[0] if self._motifs and kind != "B" else self.writer.motif(plan.genre.tune, dice)
        self._motifs.append(new)
        lift = {"B": 3, "C": 1, "S": 2}.get(kind, 0)
        tune = self.writer.tune(bars, (new, second), kind, lift, dice)
        style = "swing" if kind == "S" and plan.genre.harmony == "jazz" else plan.genre.tune
        tune = ornaments.ornamented(tune, style, plan.genre.ornaments, plan.key, dice)
        groove = self.grooves(dice)
        return Material(bars, tuple(tune), self.figures(groove, dice), groove, dice.chance(plan.genre.push))

    def _numerals(self, letter: str, count: int, dice: Dice) -> list[str]:
        plan = self.plan
        if plan.contour:
            return harmony.harmonised(plan.key, plan.genre, self._classes(letter, count), dice)
        numerals, self._loop = harmony.progression(
            plan.key, plan.genre, count, letter[0], dice, avoid=self._loop, asked=plan.key_asked
        )
        if plan.loop and letter == plan.form[-1].letter:
            opening = self._materials.get(plan.form[0].letter)
            first = opening.bars[0][0] if opening else harmony.realise(numerals[:1], plan.key, "triad")[0][0]
            if first.root == plan.key.tonic:
                return harmony.turnaround(numerals, plan.form[-1].bars - 1, plan.key, plan.genre)
        return numerals

    def _classes(self, letter: str, count: int) -> list[dict[int, int]]:
        """For each bar of the letter's first section, the ticks of each pitch class in the clip's melody there."""
        bar_ticks = self.plan.metre.bar_ticks
        number = next(i for i, s in enumerate(self.plan.form) if s.letter == letter)
        first = sum(s.bars for s in self.plan.form[:number])
        heard: list[dict[int, int]] = [{} for _ in range(count)]
        for start, length, pitch_class in self.plan.contour:
            bar = start // bar_ticks - first
            if 0 <= bar < count:
                heard[bar][pitch_class] = heard[bar].get(pitch_class, 0) + length
        return heard

    def grooves(self, dice: Dice) -> tuple[Groove, Groove]:
        """A usual bar of the drums, and the one that it changes to."""
        metre, pieces = self.plan.metre, self.plan.pieces
        written = [g for name in self.plan.genre.grooves for g in patterns.grooves(name, metre)]
        complete = [patterns.with_pieces(groove, pieces, metre) for groove in written]
        options = [groove for groove in complete if groove.keys() - self.plan.silent] or complete
        usual = dice.choose([(g, 1.0) for g in options])
        other = dice.choose([(g, 1.0 if g is usual else 0.6) for g in options])
        return usual, other

    def figures(self, grooves: tuple[Groove, Groove], dice: Dice) -> dict[int, tuple[str, str]]:
        """Patterns of the parts that have one, by their place in the plan: the usual one, and the one it changes to."""
        chosen = {}
        metre = self.plan.metre
        for index, (role, _) in enumerate(self.plan.parts):
            if role == "bass":
                usual = bass.figure(self.plan, grooves[0], dice)
                chosen[index] = usual, usual if usual == bass.WALKING else bass.closing(usual, dice)
            elif role in ("chords", "arpeggio") or (role == "pad" and self._pads_move):
                names = self.plan.genre.arpeggios if role == "arpeggio" else self.plan.genre.figures
                rows = [(p, row) for row in (patterns.figures(name, metre) for name in names) for p in row]
                figure, row = dice.choose([(pair, 1.0) for pair in rows])
                chosen[index] = figure, dice.choose([(p, 0.5 if p == figure else 1.0) for p in row])
        return chosen

    def _closing(self, dice: Dice) -> list[Tone]:
        steps, middle = self.plan.metre.steps, self.plan.metre.middle
        plain = Motif(((0, middle), (middle, steps - middle)), (1, 0))
        return self.writer.tune([self.cadence], (plain, plain), "A", 0, dice)

    def players(self) -> list[list[int]]:
        """The parts that play in each section. They enter as the intensity rises; what never would plays at the height;
        no section is left to the drums alone unless the genre has it so."""
        plan = self.plan
        if not plan.form:
            return []
        height = max(s.intensity for s in plan.form)
        enters = [min(height, plan.genre.drums_from if role == "drums" else ENTERS[role]) for role, _ in plan.parts]
        found: list[list[int]] = []
        for section in plan.form:
            rests = RESTS.get(section.name, ())
            playing = [
                i for i, level in enumerate(enters) if level <= section.intensity and plan.parts[i][0] not in rests
            ]
            only_drums = all(plan.parts[i][0] == "drums" for i in playing)
            if not playing or (only_drums and plan.genre.drums_from > 0.3):
                pitched = [i for i, (role, _) in enumerate(plan.parts) if role != "drums"] or list(range(len(enters)))
                first = min(enters[i] for i in pitched)
                playing = sorted({*playing, *(i for i in pitched if enters[i] == first)})
            found.append(playing)
        for number, playing in enumerate(found):
            self._accompany(number, playing)
        for index in range(len(plan.parts)):
            if not any(index in playing for playing in found):
                for playing in found:
                    playing.append(index)
        return found

    def _accompany(self, number: int, playing: list[int]) -> None:
        """Where a section would have silent moments, or the piece would not begin on its first beat, bass and arpeggio
        join."""
        section, roles = self.plan.form[number], [self.plan.parts[i][0] for i in playing]
        material = self.material(number, 0)
        if section.name == "breakdown" or {"melody", "pad"} & set(roles):
            return
        figures = [(self.plan.parts[i][1], material.figures[i][0]) for i in playing if i in material.figures]
        filled = any(_fills(instrument, figure) for instrument, figure in figures)
        begun = "drums" in roles or any(figure[0] != "." for _, figure in figures)
        if filled and (begun or number):
            return
        joining = ("bass",) if filled else ("bass", "arpeggio")
        playing += [i for i, (role, _) in enumerate(self.plan.parts) if role in joining and i not in playing]

    def second_line(self, number: int, material: Material) -> list[Tone]:
        """The counter-melody of a section, where there is a part for it."""
        if all(role != "counter" for role, _ in self.plan.parts):
            return []
        dice = self.sampling.dice(f"counter {number}")
        key, metre = self.plan.key, self.plan.metre
        return counter.counter(material.bars, material.tune, key, metre, self.reach("counter"), dice)

    def play(self, index: int, number: int, material: Material, second: list[Tone], dice: Dice) -> list[Note]:
        """The notes of a part in a section, counted from its beginning."""
        plan = self.plan
        section = plan.form[number]
        role, instrument = plan.parts[index]
        if role == "drums":
            following = plan.form[number + 1] if number + 1 < len(plan.form) else plan.form[0] if plan.loop else None
            return drums.drums(plan, section, material.grooves, following, number == 0, instrument.name, dice)
        if role == "bass":
            return bass.bass(plan, section, material.bars, material.figures[index], instrument, dice)
        if role in ("melody", "counter"):
            tones = material.tune if role == "melody" else second
            return [
                Note(
                    t.start,
                    t.length,
                    bass.into(t.pitch, instrument),
                    velocity(plan, role, section, t.start, swell(plan, t.start)),
                )
                for t in tones
            ]
        reach = self.reach(role, instrument)
        if role == "pad" and not self._pads_move:
            return comping.pad(plan, section, material.bars, reach, dice)
        figure, pushed = material.figures[index], material.pushed
        return comping.comping(plan, section, material.bars, figure, role, instrument, reach, dice, pushed=pushed)

    def final_notes(self, index: int, before: list[Note]) -> list[Note]:
        """The last chord, held to the end of the sound."""
        plan, last = self.plan, self.last
        role, instrument = plan.parts[index]
        section = plan.form[-1] if plan.form else Section("ending", "A", 0, 0.6)
        start, length = plan.ending, max(1, plan.end - plan.ending)
        force = velocity(plan, role, replace(section, name="ending"), 0, 4.0)
        if role == "drums":
            return drums.final_strokes(plan, section, start, length, instrument.name, alone=not plan.form)
        if role == "bass":
            return [Note(start, length, bass.lowest(last, instrument), force)]
        reach = self.reach(role, instrument)
        if role in ("melody", "counter"):
            pitch = _last_tone(last, role, reach, before)
            return [] if pitch is None else [Note(start, length, pitch, force)]
        dice = Sampling(0, 0.1).dice("last")
        return comping.final_chord(plan, role, instrument, reach, (start, length, last), force, dice)


def _last_tone(last: Chord, role: str, reach: Range, before: list[Note]) -> int | None:
    near = before[-1].pitch if before else (reach.low + reach.high) // 2
    wanted = {last.root, (last.root + last.third) % 12} if role == "counter" else {last.root}
    options = [p for p in range(reach.low, reach.high + 1) if p % 12 in wanted]
    return min(options, key=lambda p: (abs(p - near), p), default=None)
