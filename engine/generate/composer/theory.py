"""Pitch classes, scales, keys and chords. Pitches are MIDI numbers, 60 is middle C."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.speech.keys import MAJOR_NAMES, MINOR_NAMES

QUARTER = 480
"""Ticks of a quarter note."""
STEP = QUARTER // 4
"""Ticks of a sixteenth, the grid on which patterns are written."""

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
PENTATONIC = {False: (0, 2, 4, 7, 9), True: (0, 3, 5, 7, 10)}


@dataclass(frozen=True)
class Key:
    tonic: int
    mode: str = "major"
    pentatonic: bool = False

    @property
    def minor(self) -> bool:
        return 3 in SCALES[self.mode]

    @property
    def name(self) -> str:
        return f"{(MINOR_NAMES if self.minor else MAJOR_NAMES)[self.tonic]} {self.mode}"

    @property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes of melodies, ascending from the tonic."""
        steps = PENTATONIC[self.minor] if self.pentatonic else SCALES[self.mode]
        return tuple((self.tonic + step) % 12 for step in steps)


def key_named(name: str) -> Key | None:
    """The key that a name like `E minor` tells; None for what names none."""
    keys = (Key(tonic, mode) for mode in SCALES for tonic in range(12))
    return next((key for key in keys if key.name == name), None)


PROFILES = {
    False: (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    True: (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
"""How well each pitch class above the tonic fits a major and a minor key (Krumhansl and Kessler 1982)."""


def fit(heard: Sequence[float], tonic: int, *, minor: bool) -> float:
    """Correlation -1..1 of the weights of the twelve pitch classes with the profile of a key; 0 for equal weights."""
    profile = [PROFILES[minor][(pc - tonic) % 12] for pc in range(12)]
    mean, expected = sum(heard) / 12, sum(profile) / 12
    shared = sum((h - mean) * (p - expected) for h, p in zip(heard, profile, strict=True))
    spread = sum((h - mean) * (h - mean) for h in heard) * sum((p - expected) * (p - expected) for p in profile)
    return shared / math.sqrt(spread) if spread > 0 else 0.0


_DEGREES = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_NUMERAL = re.compile(
    r"^([b#]?)([iv]+|[IV]+)(o|ø|\+)?(maj7|maj9|7sus4|7|9|13|6|add9|sus4|sus2|5)?(?:/([^^]+))?(?:\^([357]))?$"
)
_SUFFIXES: dict[str, tuple[int, ...]] = {
    "7": (10,),
    "7sus4": (10,),
    "maj7": (11,),
    "maj9": (11, 14),
    "6": (9,),
    "9": (10, 14),
    "13": (10, 14, 21),
    "add9": (14,),
}


@dataclass(frozen=True)
class Chord:
    """`root` and `bass`, the lowest tone, as pitch classes; `intervals` above the root in semitones; its `numeral`."""

    root: int
    intervals: tuple[int, ...]
    numeral: str
    bass: int

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys((self.root + i) % 12 for i in self.intervals))

    @property
    def fifth(self) -> int:
        return next((i for i in self.intervals if i in (6, 7, 8)), 7)

    @property
    def third(self) -> int:
        """The third, or what stands in its place; a fifth where there is neither."""
        return self.intervals[1]


def chord(numeral: str, tonic: int) -> Chord:
    """A roman numeral over a tonic: case is major or minor, degrees count from the major scale (`bVI`, `V7/ii`).

    `o` is diminished, `ø` half-diminished with a seventh, `^3` lays the third in the bass. Raises ValueError.
    """
    match = _NUMERAL.match(numeral)
    if match is None:
        raise ValueError(f"not a chord: {numeral}")
    accidental, degree, altered, suffix, of, lowest = match.groups()
    root = tonic + _DEGREES[degree.upper()] + {"b": -1, "#": 1}.get(accidental, 0)
    if of:
        root += chord(of, tonic).root - tonic
    third = 4 if degree.isupper() else 3
    fifth = {"o": 6, "ø": 6, "+": 8}.get(altered, 7)
    body: tuple[int, ...] = (0, third, fifth)
    if suffix in ("sus4", "7sus4"):
        body = (0, 5, 7)
    elif suffix == "sus2":
        body = (0, 2, 7)
    elif suffix == "5":
        body = (0, 7)
    added = (9,) if altered == "o" and suffix == "7" else _SUFFIXES.get(suffix or "", ())
    intervals = body + added
    inverted = {None: 0, "3": body[1], "5": body[-1], "7": intervals[3] if len(intervals) > 3 else 0}[lowest]
    return Chord(root % 12, intervals, numeral, (root + inverted) % 12)


def coloured(numeral: str, colour: str, *, minor: bool = False) -> str:
    """A plain numeral dressed as the genre speaks: sevenths, ninths or power chords; explicit suffixes stay.

    In `minor` the chord on the fourth degree, where it is major, has a minor seventh, and the one on the fifth no
    ninth: those of the scale.
    """
    match = _NUMERAL.match(numeral)
    if match is None or match[4] or colour == "triad":
        return numeral
    accidental, degree, altered, _, of, lowest = match.groups()
    if colour == "power":
        ending = "5" if altered is None else ""
    elif altered == "ø" or (minor and not accidental and (degree == "IV" or degree.upper() == "V")):
        ending = "7"
    elif degree in ("I", "IV", "III", "VI") and not of:
        ending = "add9" if colour == "ninth" and degree == "I" else "maj7"
    elif colour == "ninth" and degree.upper() in ("II", "IV", "VI", "I", "V") and altered is None and not of:
        ending = "9"
    else:
        ending = "7"
    if colour == "sixth" and degree.upper() in ("I", "IV") and not of:
        ending = "6"
    tail = (f"/{of}" if of else "") + (f"^{lowest}" if lowest and colour != "power" else "")
    return f"{accidental}{degree}{altered or ''}{ending}{tail}"
