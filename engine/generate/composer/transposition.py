"""Transposition: a piece in another key, by semitones within a mode and by degrees of the scale between modes."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import product

from engine.generate.composer.bass import into
from engine.generate.composer.harmony import Span
from engine.generate.composer.score import Note, Part
from engine.generate.composer.sheet import Sheet
from engine.generate.composer.theory import SCALES, Chord, Key, chord

_LEADING, _SUBTONIC = 11, 10
_DOMINANT = (7, 11)


def nearest(old: int, new: int) -> int:
    """Semitones from one tonic to another the short way, -5 to 6."""
    return (new - old + 5) % 12 - 5


def in_key(sheet: Sheet, key: Key, semitones: int) -> Sheet:
    """Everything but the drums moved by `semitones`, which leads to the tonic of `key`, and into its mode."""
    spans = sheet.changes()
    chords = [_turned(now, sheet.plan.key, key) for *_, now in spans]
    maps = [_tones(old, new, sheet.plan.key, key) for (*_, old), new in zip(spans, chords, strict=True)]

    def moved(part: Part) -> list[Note]:
        if part.instrument.drums:
            return list(part.notes)
        notes = [replace(n, pitch=n.pitch + semitones + maps[_at(spans, n.start)][n.pitch % 12]) for n in part.notes]
        return _within(notes, part)

    plan = replace(sheet.plan, key=key, key_asked=True)
    score = replace(sheet.score, key=key, chords=_written(sheet, chords))
    return replace(sheet, plan=plan, score=score).with_notes(moved)


def _at(spans: list[Span], tick: int) -> int:
    """Which chord sounds at a tick."""
    low, high = 0, len(spans) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if spans[middle][0] <= tick else (low, middle - 1)
    return low


def _written(sheet: Sheet, chords: Sequence[Chord]) -> tuple[str, ...]:
    """The row of numerals, bar by bar as before."""
    numerals = iter(chords)
    return tuple(",".join(next(numerals).numeral for _ in bar.split(",")) for bar in sheet.score.chords)


def _within(notes: list[Note], part: Part) -> list[Note]:
    """The part in the octave where most of it is within the instrument's range; the rest of it by itself."""
    low, high = part.instrument.low, part.instrument.high

    def outside(octave: int) -> int:
        return sum(not low <= n.pitch + octave <= high for n in notes)

    octave = min((0, -12, 12), key=outside)
    placed = [replace(n, pitch=into(n.pitch + octave, part.instrument)) for n in notes]
    return list({(n.start, n.pitch): n for n in placed}.values())


def _steps(key: Key) -> tuple[int, ...]:
    return SCALES[key.mode]


def _degree(relative: int, old: Key, new: Key) -> int:
    """A pitch class above the tonic as the same degree of the other mode, chromatic ones beside their neighbour."""
    before, after = _steps(old), _steps(new)
    if before == after:
        return relative
    index = max(i for i, step in enumerate(before) if step <= relative)
    above = after[index + 1] if index + 1 < len(after) else 12
    return min(after[index] + relative - before[index], above) % 12


def _turned(old: Chord, key: Key, new: Key) -> Chord:
    """The chord on the same degree of the other mode; what has no name there stays as it is: it is borrowed."""
    if _steps(key) == _steps(new):
        return chord(old.numeral, new.tonic)
    root = (old.root - key.tonic) % 12
    dominant = new.minor and root in _DOMINANT and (root + old.third) % 12 in (_LEADING, 2)
    if dominant or (not new.minor and root == _SUBTONIC):
        return chord(old.numeral, new.tonic)
    degrees = tuple(_degree((root + i) % 12, key, new) for i in dict.fromkeys(i % 12 for i in old.intervals))
    named = _numerals().get((degrees[0], frozenset(degrees)))
    inverted = f"{named}^{old.numeral[-1]}" if named and "^" in old.numeral else named
    return chord(inverted or old.numeral, new.tonic)


def _tones(old: Chord, new: Chord, key: Key, other: Key) -> tuple[int, ...]:
    """Semitones by which each pitch class goes up or down, besides the way between the tonics."""
    if _steps(key) == _steps(other):
        return (0,) * 12
    way = [nearest(r, _degree(r, key, other)) for r in range(12)]
    before, after = old.pitch_classes, new.pitch_classes
    if len(before) == len(after):
        for a, b in zip(before, after, strict=True):
            relative = (a - key.tonic) % 12
            way[relative] = nearest(relative, (b - other.tonic) % 12)
    return tuple(way[(pitch_class - key.tonic) % 12] for pitch_class in range(12))


_SUFFIXES = ("", "7", "maj7", "6", "9", "maj9", "add9", "sus4", "sus2", "7sus4", "13", "5")


@cache
def _numerals() -> dict[tuple[int, frozenset[int]], str]:
    """Root and pitch classes above the tonic -> the plainest numeral."""
    found: dict[tuple[int, frozenset[int]], str] = {}
    degrees = ("I", "II", "III", "IV", "V", "VI", "VII")
    for suffix, flat, altered, degree, minor in product(
        _SUFFIXES, ("", "b", "#"), ("", "o", "ø", "+"), degrees, (0, 1)
    ):
        if (altered in ("o", "ø") and (not minor or suffix not in ("", "7"))) or (altered == "+" and (minor or suffix)):
            continue
        numeral = f"{flat}{degree.lower() if minor else degree}{altered}{suffix}"
        made = chord(numeral, 0)
        found.setdefault((made.root, frozenset(made.pitch_classes)), numeral)
    return found
