"""One-bar patterns on a grid of sixteenths, from `habits/patterns.toml`: basses, chord figures, grooves, fills.

A bass or chord pattern: a sign begins a note, `-` holds it, `.` is silence. Bass signs: Root, Fifth, Octave, Third,
Sixth, Approach to the next root, Next root already. Chord signs: Chord, Upper voices, a digit for one voice from below.
A drum pattern: `X` accent, `x` stroke, `o` ghost, `?` perhaps.
"""

from functools import cache
from typing import Any

from engine.generate.composer.genres import habits
from engine.generate.composer.metre import Metre
from engine.generate.composer.theory import QUARTER, STEP

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
_OLDEST = ("4/4", "3/4", "5/4", "6/8")
"""Metres whose grooves stay as they are written, whatever their accents: seeds keep their music."""


def grooves(name: str, metre: Metre) -> tuple[Groove, ...]:
    """The drum grooves of a style in a metre; those that are made for it have an accent on every group."""
    laid = tuple(
        {voice: _laid(line, metre) for voice, line in groove.items()} for groove in _rows("grooves", name, metre)
    )
    return laid if metre.name in _OLDEST else tuple(_accented(groove, metre) for groove in laid)


def with_pieces(groove: Groove, pieces: tuple[str, ...], metre: Metre) -> Groove:
    """The groove and the wished pieces of the kit that it does not have yet, each with its usual line."""
    added = {}
    for piece in pieces:
        if not any(voice in groove for voice in PIECES[piece]):
            rows = habits("patterns")["pieces"][piece]
            added[PIECES[piece][0]] = _laid(rows["6/8" if metre.compound else "4/4"], metre)
    return groove | added


def bass_patterns(name: str, metre: Metre) -> tuple[str, ...]:
    return tuple(_laid(line, metre) for line in _rows("bass", name, metre))


def figures(name: str, metre: Metre) -> tuple[str, ...]:
    return tuple(_laid(line, metre) for line in _rows("figures", name, metre))


@cache
def fills(kind: str) -> tuple[tuple[Groove, float], ...]:
    """What the drums do in the last half bar before a new section; empty for `none`."""
    return tuple((fill["strokes"], float(fill["weight"])) for fill in habits("patterns")["fills"].get(kind, ()))


def _rows(table: str, name: str, metre: Metre) -> list[Any]:
    """What a bar is laid from: what is written in six eighths, plain where there is nothing, for dotted pulses; what is
    written for three quarters where all groups are that; else common time."""
    written = habits("patterns")[table]
    if metre.compound:
        return list(written[name].get("6/8") or written[_COMPOUND_PLAIN[table]]["6/8"])
    if set(metre.groups) == {3 * QUARTER} and "3/4" in written[name]:
        return list(written[name]["3/4"])
    return list(written[name].get("4/4") or written[_PLAIN[table]]["4/4"])


def _laid(line: str, metre: Metre) -> str:
    """A line laid out in a metre, group by group."""
    if metre.compound:
        return _in_dotted_pulses(line, len(metre.pulses))
    if set(metre.pulses) != {QUARTER}:
        return _in_quarters_and_dotted(line, metre)
    return _in_quarters(line, [ticks // QUARTER for ticks in metre.groups])


def _in_dotted_pulses(line: str, count: int) -> str:
    """First and second half of a bar of six eighths by turns; what closes it closes the longer bar, too."""
    halves = line[:6], line[6:]
    return "".join(halves[1 if i % 2 or 0 < i == count - 1 else 0] for i in range(count))


def _in_quarters_and_dotted(line: str, metre: Metre) -> str:
    """The quarters of common time, beyond them the last two by turns; a dotted pulse has its second eighth twice."""
    made = ""
    for pulse, ticks in enumerate(metre.pulses):
        at = 4 * (pulse if pulse < 4 else 2 + pulse % 2)
        quarter = line[at : at + 4]
        made += quarter if ticks == QUARTER else quarter + quarter[2:]
    return made


def _in_quarters(line: str, groups: list[int]) -> str:
    """Four quarters are the whole line, three its beginning, two its halves by turns, one its quarters by turns."""
    made, said = "", {1: 0, 2: 0}
    for count in groups:
        at = 0
        if count < 3:
            at = 4 * count * said[count] % 16
            said[count] += 1
        made += line[at : at + 4 * count]
    return made


def _accented(groove: Groove, metre: Metre) -> Groove:
    """The groove with an accent where each group begins: of the voice that plays most, where no other has one."""
    busiest = max(groove, key=lambda voice: sum(sign != "." for sign in groove[voice]))
    line = list(groove[busiest])
    for tick in metre.group_starts:
        if all(other[tick // STEP] != "X" for other in groove.values()):
            line[tick // STEP] = "X"
    return groove | {busiest: "".join(line)}


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
