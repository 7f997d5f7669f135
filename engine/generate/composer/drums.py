"""Drums: a groove with its ghost notes and small variations, fills into new sections, rolls that build."""

from engine.generate.composer.dynamics import velocity
from engine.generate.composer.metre import Metre
from engine.generate.composer.patterns import DRUMS, ORCHESTRAL_DRUMS, Groove, fills
from engine.generate.composer.plan import Plan
from engine.generate.composer.sampling import Dice
from engine.generate.composer.score import Note, Section
from engine.generate.composer.theory import QUARTER, STEP

_STROKE = {"X": 12.0, "x": 0.0, "?": -12.0, "o": -38.0}
_SOFTER = {
    "hat": -18.0,
    "shaker": -26.0,
    "maracas": -26.0,
    "open": -16.0,
    "ride": -16.0,
    "pedal": -24.0,
    "tambourine": -24.0,
    "triangle": -30.0,
    "clave": -18.0,
    "cowbell": -20.0,
    "conga": -10.0,
}
_RINGS = ("crash", "ride", "open", "triangle")


def drums(
    plan: Plan,
    section: Section,
    grooves: tuple[Groove, Groove],
    following: Section | None,
    first: bool,
    kit: str,
    dice: Dice,
) -> list[Note]:
    """A section of drums. `grooves`: the usual bar, and the one it changes to now and then; `following`: what is filled
    into; `first`: whether nothing came before."""
    player = _Drummer(plan, section, ORCHESTRAL_DRUMS if kit == "orchestral percussion" else DRUMS, dice)
    if section.name == "build":
        return player.roll(grooves[0], following)
    for bar in range(section.bars):
        ends = bar == section.bars - 1 and section.bars >= 2 and following is not None
        breathes = bar % 4 == 3 and not ends and plan.genre.fills != "none" and dice.chance(0.4)
        groove = grooves[1] if bar % 4 == 3 or (bar % 2 and dice.chance(0.3)) else grooves[0]
        full = ends and plan.genre.fills == "full"
        player.bar(bar, groove, _fill(plan, dice, full=full) if ends or breathes else {}, full=full)
    if section.intensity >= 0.6 and not first and plan.genre.fills == "full":
        player.stroke("crash", 0, -8.0)
    return player.notes


def _fill_steps(metre: Metre) -> int:
    """Half a common bar; in bars with dotted pulses as many of the last ones as fit into that."""
    if metre.name == "6/8" or set(metre.pulses) == {QUARTER}:  # 6/8 across its pulses, as seeds have it
        return min(8, metre.steps)
    return max(left for start in metre.pulse_starts[:-1] if (left := (metre.bar_ticks - start) // STEP) <= 8)


def _fill(plan: Plan, dice: Dice, *, full: bool) -> Groove:
    options = fills("full" if full else plan.genre.fills if plan.genre.fills == "none" else "light")
    return dice.choose(options) if options else {}


def final_strokes(plan: Plan, section: Section, start: int, length: int, kit: str, *, alone: bool) -> list[Note]:
    """The last beat, left to ring."""
    sounds = ORCHESTRAL_DRUMS if kit == "orchestral percussion" else DRUMS
    voices = ("kick", "crash") if plan.genre.fills == "full" else ("kick", "ride") if alone else ("kick",)
    return [
        Note(start, length, sounds[v], velocity(plan, "drums", section, 0, _SOFTER.get(v, 0.0) - 6.0))
        for v in voices
        if v not in plan.silent
    ]


class _Drummer:
    def __init__(self, plan: Plan, section: Section, sounds: dict[str, int], dice: Dice) -> None:
        self.plan, self.section, self.sounds, self.dice = plan, section, sounds, dice
        self.notes: list[Note] = []

    def stroke(self, voice: str, tick: int, accent: float) -> None:
        if voice in self.plan.silent:
            return
        ring = 8 if voice in _RINGS else 2
        force = velocity(self.plan, "drums", self.section, tick, accent + _SOFTER.get(voice, 0.0))
        self.notes.append(Note(tick, ring * STEP, self.sounds[voice], force))

    def bar(self, bar: int, groove: Groove, fill: Groove, *, full: bool) -> None:
        """One bar of the groove; its last half or group is the `fill`, where there is one, loud if `full`."""
        metre, section = self.plan.metre, self.section
        fill_steps = _fill_steps(metre) if fill else 0
        fill_from = metre.steps - fill_steps
        for voice, line in groove.items():
            for step, sign in enumerate(line):
                if sign == "." or step >= fill_from or (sign == "?" and not self.dice.chance(0.4)):
                    continue
                if section.intensity < 0.45 and voice in ("snare", "clap") and sign != "X":
                    continue
                if sign == "o" and voice == "snare" and not self.dice.chance(0.8):
                    continue
                self.stroke(voice, bar * metre.bar_ticks + step * STEP, _STROKE[sign])
        for voice, line in fill.items():
            for step, sign in enumerate(line[len(line) - fill_steps :]):
                if sign != ".":
                    tick = bar * metre.bar_ticks + (fill_from + step) * STEP
                    self.stroke(voice, tick, _STROKE[sign] + 2.5 * step - (12 if full else 24))
        if fill and "kick" not in fill:
            self.stroke("kick", bar * metre.bar_ticks + fill_from * STEP, 0.0)

    def roll(self, groove: Groove, following: Section | None) -> list[Note]:
        """Quarters, eighths, sixteenths on the snare, ever louder; the pulse before a drop is silent."""
        metre, bars = self.plan.metre, self.section.bars
        end = bars * metre.bar_ticks
        silent_from = end - metre.pulses[-1] if following and following.name == "drop" else end
        voice = "snare" if "snare" in groove or "clap" not in groove else "clap"
        tick = 0
        while tick < silent_from:
            left = (end - tick) / end
            self.stroke(voice, tick, 18.0 * (1.0 - left) - 18.0)
            if metre.on_pulse(tick):
                self.stroke("kick", tick, -6.0)
            tick = metre.pulse_from(tick + 1) if left > 0.5 else tick + (2 * STEP if left > 0.25 else STEP)
        return self.notes
