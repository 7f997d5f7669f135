"""Music for players who come in where they were silent: the only thing that an edit draws."""

from dataclasses import replace

from engine.generate.composer.arrangement import Arranger, Material
from engine.generate.composer.patterns import DRUMS, Groove
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Note
from engine.generate.composer.sheet import Sheet
from engine.generate.composer.theory import STEP, chord


class Figures:
    """Patterns for parts that are new, drawn once for each letter of the form."""

    def __init__(self, arranger: Arranger, sampling: Sampling, purpose: str) -> None:
        self.arranger, self.sampling, self.purpose = arranger, sampling, purpose
        self._drawn: dict[str, tuple[tuple[Groove, Groove], dict[int, tuple[str, str]], bool]] = {}

    def material(self, sheet: Sheet, number: int, first: int) -> Material:
        """What the section `number` gives a new part to play from; `first` is its first bar."""
        section = sheet.plan.form[number]
        if section.letter not in self._drawn:
            dice = self.sampling.dice(f"{self.purpose} {section.letter}")
            grooves = self.arranger.grooves(dice)
            heard = _kick(sheet, first)
            met = ({**grooves[0], "kick": heard}, grooves[1]) if heard else grooves
            pushed = dice.chance(sheet.plan.genre.push)
            self._drawn[section.letter] = grooves, self.arranger.figures(met, dice), pushed
        grooves, figures, pushed = self._drawn[section.letter]
        bars, tune = sheet.harmony(first, section.bars), sheet.tune(first, section.bars)
        return Material(bars, tuple(tune), figures, grooves, pushed)


def _kick(sheet: Sheet, first: int) -> str:
    """The kick's line in the first bar of a section, for a bass to meet it; empty where there is none."""
    drums = next((part for part in sheet.score.parts if part.role == "drums"), None)
    struck = {n.start // STEP for n in sheet.window(drums, first, 1) if n.pitch == DRUMS["kick"]} if drums else set()
    return "".join("x" if step in struck else "." for step in range(sheet.plan.metre.steps)) if struck else ""


def arranger(sheet: Sheet, sampling: Sampling) -> Arranger:
    arranger = Arranger(sheet.plan, sampling)
    if not sheet.plan.loop:
        arranger.last = chord(sheet.score.chords[-1], sheet.plan.key.tonic)
    return arranger


def joined_in(sheet: Sheet, figures: Figures, index: int, number: int, first: int, sampling: Sampling) -> list[Note]:
    """What a part plays in a section where it was silent: what it does in another one over the same chords, or anew."""
    section, part = sheet.plan.form[number], sheet.score.parts[index]
    at = first * sheet.plan.metre.bar_ticks
    chords = sheet.score.chords
    for _, start, other in sheet.sections():
        same = chords[start : start + section.bars] == chords[first : first + section.bars]
        notes = sheet.window(part, start, section.bars) if other.bars >= section.bars else []
        if notes and (part.role == "drums" or same):
            return [replace(n, start=n.start + at) for n in notes]
    material = figures.material(sheet, number, first)
    if part.role in ("melody", "counter"):
        material = replace(material, tune=tuple(figures.arranger.material(number, at).tune))
    dice = sampling.dice(f"part {part.seat} joins section {number}")
    played = figures.arranger.play(index, number, material, list(material.tune), dice)
    return [replace(n, start=n.start + at) for n in played]
