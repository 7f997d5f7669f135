"""A piece on paper that can be changed: its plan, its score as written, and how bars of it are moved about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from engine.generate.composer.harmony import Bar, Span, spans
from engine.generate.composer.melody import Tone
from engine.generate.composer.plan import Plan
from engine.generate.composer.score import Note, Part, Score, Section
from engine.generate.composer.theory import QUARTER, chord


@dataclass(frozen=True)
class Sheet:
    """`score` as written. Its parts, its form and its figures are those of the plan."""

    plan: Plan
    score: Score
    duration_s: float

    @property
    def bars(self) -> int:
        """Bars before the last chord."""
        return sum(section.bars for section in self.plan.form)

    def first_bars(self) -> list[int]:
        """The bar with which each section begins, and the one after the last."""
        starts = [0]
        for section in self.plan.form:
            starts.append(starts[-1] + section.bars)
        return starts

    def sections(self) -> list[tuple[int, int, Section]]:
        """Each section with its number and its first bar."""
        return [(number, self.first_bars()[number], section) for number, section in enumerate(self.plan.form)]

    def harmony(self, first: int, count: int) -> tuple[Bar, ...]:
        """The chords of `count` bars."""
        tonic = self.plan.key.tonic
        return tuple(
            tuple(chord(numeral, tonic) for numeral in bar.split(","))
            for bar in self.score.chords[first : first + count]
        )

    def changes(self) -> list[Span]:
        """The chords of the whole piece, the last one among them."""
        found = spans(self.harmony(0, self.bars), self.plan.metre) if self.bars else []
        if not self.plan.loop:
            last = chord(self.score.chords[-1], self.plan.key.tonic)
            found.append((self.plan.ending, max(1, self.plan.end - self.plan.ending), last))
        return found

    def window(self, part: Part, first: int, count: int) -> list[Note]:
        """The notes that begin in `count` bars, counted from there."""
        bar = self.plan.metre.bar_ticks
        begin, end = first * bar, (first + count) * bar
        return [replace(n, start=n.start - begin) for n in part.notes if begin <= n.start < end]

    def tune(self, first: int, count: int) -> list[Tone]:
        """The melody of `count` bars, counted from there; empty where nobody has it."""
        lead = next((part for part in self.score.parts if part.role == "melody"), None)
        return [Tone(n.start, n.length, n.pitch) for n in self.window(lead, first, count)] if lead else []

    def with_parts(self, parts: Sequence[Part]) -> "Sheet":
        own = tuple(replace(part, notes=in_order(part.notes)) for part in parts)
        plan = replace(self.plan, parts=tuple((part.role, part.instrument) for part in own))
        return replace(self, plan=plan, score=replace(self.score, parts=own))

    def with_part(self, changed: Part) -> "Sheet":
        """The part of the same seat in a new form."""
        return self.with_parts([changed if part.seat == changed.seat else part for part in self.score.parts])

    def with_notes(self, change: Callable[[Part], Sequence[Note]]) -> "Sheet":
        return self.with_parts([replace(part, notes=tuple(change(part))) for part in self.score.parts])

    def with_tempo(self, quarter_us: int) -> "Sheet":
        """The same ticks at another speed; it lasts as long as they do then."""
        timed = replace(
            self, plan=replace(self.plan, quarter_us=quarter_us), score=replace(self.score, quarter_us=quarter_us)
        )
        return timed.lasting()

    def with_end(self, end: int) -> "Sheet":
        """What sounds on to the end does so to tick `end`."""
        old, ending = self.plan.end, self.plan.ending

        def held(part: Part) -> list[Note]:
            return [
                replace(n, length=max(1, end - n.start)) if n.start >= ending and n.start + n.length >= old else n
                for n in part.notes
                if n.start < end
            ]

        moved = self if self.plan.loop else self.with_notes(held)
        return replace(moved, plan=replace(moved.plan, end=end), score=replace(moved.score, end=end))

    def lasting(self) -> "Sheet":
        """As long as its ticks last: to the millisecond, a loop exactly."""
        exact = self.plan.end * self.plan.quarter_us / (QUARTER * 1_000_000)
        return replace(self, duration_s=round(exact, 6) if self.plan.loop else -(-round(exact * 1e6) // 1000) / 1000)

    def of_bars(self, order: Sequence[tuple[Section, Sequence[int]]], muted: frozenset[str] = frozenset()) -> "Sheet":
        """The piece made of bars that it has: sections with the numbers of their bars; the last chord stays last.

        `muted`: roles that are silent in what is called after no section of the piece: a new intro.
        """
        bar, kept = self.plan.metre.bar_ticks, [(s, list(bars)) for s, bars in order if bars]
        form = tuple(replace(section, bars=len(bars)) for section, bars in kept)
        known = {section.name for section in self.plan.form}
        sources = [(old, section.name not in known) for section, bars in kept for old in bars]
        ending, tail = len(sources) * bar, self.plan.end - self.plan.ending
        runs = _runs(sources)

        def moved(part: Part) -> list[Note]:
            found: list[Note] = []
            for place, first, count, new in runs:
                if new and part.role in muted:
                    continue
                at, end = place * bar, (place + count) * bar
                for note in self.window(part, first, count):
                    start = at + note.start
                    found.append(replace(note, start=start, length=max(1, min(note.length, end - start))))
            last = [n for n in part.notes if n.start >= self.plan.ending] if not self.plan.loop else []
            return found + [replace(n, start=n.start - self.plan.ending + ending) for n in last]

        chords = [self.score.chords[old] for old, _ in sources] + list(self.score.chords[self.bars :])
        changed = self.with_notes(moved)
        end = ending if self.plan.loop else ending + tail
        plan = replace(changed.plan, form=form, ending=ending, end=end)
        score = replace(changed.score, form=form, chords=tuple(chords), end=end)
        return replace(changed, plan=plan, score=score).lasting()


class Impossible(Exception):  # noqa: N818
    """An edit that this piece has no place for: `reason` is a key of the catalogues, `edit.not.REASON`."""

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(reason)
        self.reason, self.name = reason, name


Made = tuple[Sheet, dict[str, Any]]
"""A sheet after an edit, and what the card says was changed."""


def in_order(notes: Sequence[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=lambda n: (n.start, n.pitch)))


def _runs(sources: list[tuple[int, bool]]) -> list[tuple[int, int, int, bool]]:
    """Bars that stood side by side before: new first tick in bars, old first bar, count, whether they are new.

    Notes ring over the bar lines within a run, and end with it.
    """
    cuts = [0, *(i for i, (a, b) in enumerate(pairwise(sources), 1) if b != (a[0] + 1, a[1])), len(sources)]
    return [(a, sources[a][0], b - a, sources[a][1]) for a, b in pairwise(cuts) if b > a]
