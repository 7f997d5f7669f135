"""One-bar patterns on a grid of sixteenths, from `habits/patterns.toml`: basses, chord figures, grooves, fills.

A bass or chord pattern: a sign begins a note, `-` holds it, `.` is silence. Bass signs: Root, Fifth, Octave, Third,
Sixth, Approach to the next root, Next root already. Chord signs: Chord, Upper voices, a digit for one voice from below.
A drum pattern: `X` accent, `x` stroke, `o` ghost, `?` perhaps.
"""

from functools import cache
from typing import Any

from engine.generate.composer.genres import habits

Groove = dict[str, str]
"""Drum voice -> its line through a bar."""

DRUMS = {
    "kick": 36,
    "snare": 38,
    "rim": 37,
    "clap": 39,
    "hat": 42,
    "open": 46,
    "pedal": 44,
    "ride": 51,
    "crash": 49,
    "low tom": 45,
    "mid tom": 47,
    "high tom": 50,
    "tambourine": 54,
    "cowbell": 56,
    "shaker": 70,
    "maracas": 70,
    "conga": 63,
    "low conga": 64,
    "clave": 75,
    "block": 76,
    "low block": 77,
    "triangle": 81,
}
PIECES = {
    "kick": ("kick",),
    "snare": ("snare", "rim"),
    "claps": ("clap",),
    "hi-hat": ("hat", "open", "pedal"),
    "cymbals": ("crash", "ride", "hat", "open", "pedal"),
    "congas": ("conga", "low conga"),
    "shaker": ("shaker", "maracas"),
    "tambourine": ("tambourine",),
    "cowbell": ("cowbell",),
    "triangle": ("triangle",),
}
"""What people call the pieces of a drum kit, and their voices; the first is played where a piece is wished for."""
ORCHESTRAL_DRUMS = DRUMS | {"crash": 57, "ride": 57, "low tom": 36, "mid tom": 36, "high tom": 38, "clap": 38}
"""Where a standard kit has toms and cymbals an orchestral one has tuned timpani."""

_PLAIN = {"bass": "two", "figures": "quarters", "grooves": "folk"}
_COMPOUND_PLAIN = {"bass": "two", "figures": "broken", "grooves": "folk"}


def grooves(name: str, metre: str) -> tuple[Groove, ...]:
    """The drum grooves of a style in a metre."""
    return tuple(
        {voice: _fitted(line, metre) for voice, line in groove.items()} for groove in _rows("grooves", name, metre)
    )


def with_pieces(groove: Groove, pieces: tuple[str, ...], metre: str) -> Groove:
    """The groove and the wished pieces of the kit that it does not have yet, each with its usual line."""
    added = {}
    for piece in pieces:
        if not any(voice in groove for voice in PIECES[piece]):
            rows = habits("patterns")["pieces"][piece]
            added[PIECES[piece][0]] = _fitted(rows["6/8" if metre == "6/8" else "4/4"], metre)
    return groove | added


def bass_patterns(name: str, metre: str) -> tuple[str, ...]:
    return tuple(_fitted(line, metre) for line in _rows("bass", name, metre))


def figures(name: str, metre: str) -> tuple[str, ...]:
    return tuple(_fitted(line, metre) for line in _rows("figures", name, metre))


@cache
def fills(kind: str) -> tuple[tuple[Groove, float], ...]:
    """What the drums do in the last half bar before a new section; empty for `none`."""
    return tuple((fill["strokes"], float(fill["weight"])) for fill in habits("patterns")["fills"].get(kind, ()))


def _rows(table: str, name: str, metre: str) -> list[Any]:
    """What is written for the metre; for a simple one else the common time that it is cut from, for 6/8 a plain one."""
    written = habits("patterns")[table]
    if metre in written[name]:
        return list(written[name][metre])
    if metre == "6/8":
        return list(written[_COMPOUND_PLAIN[table]]["6/8"])
    return list(written[name].get("4/4") or written[_PLAIN[table]]["4/4"])


_STEPS = {"4/4": 16, "3/4": 12, "5/4": 20, "6/8": 12}


def _fitted(line: str, metre: str) -> str:
    """A line of common time cut to three beats, or made five as three and two; others stay."""
    if len(line) == _STEPS[metre]:
        return line
    three = line[:12]
    if metre == "3/4":
        return three
    two = line[:8]
    return three + (two if len(line) == 16 else line[4:12])


def strokes(pattern: str) -> list[tuple[str, int, int]]:
    """The notes of a bass or chord pattern: sign, first step, steps held."""
    found: list[tuple[str, int, int]] = []
    for step, sign in enumerate(pattern):
        if sign == "-" and found and sum(found[-1][1:]) == step:
            name, start, held = found[-1]
            found[-1] = (name, start, held + 1)
        elif sign not in "-.":
            found.append((sign, step, 1))
    return found
