"""What musicians call the chords of a score, and when each begins."""

from typing import Any

from engine.generate.composer.harmony import spans
from engine.generate.composer.score import Score
from engine.generate.composer.theory import QUARTER, Chord, Key, chord
from engine.speech.keys import FLATS, notes_in

_BODIES: dict[tuple[int, ...], str] = {
    (4, 7): "", (3, 7): "m", (3, 6): "dim", (4, 8): "+", (5, 7): "sus4", (2, 7): "sus2", (7,): "5", (4, 6): "(b5)",
    (3, 8): "m(#5)",
}  # fmt: skip
_ADDED: dict[tuple[int, ...], str] = {
    (): "", (10,): "7", (11,): "maj7", (9,): "6", (14,): "add9", (10, 14): "9", (11, 14): "maj9",
    (10, 14, 21): "13",
}  # fmt: skip
_WHOLE: dict[tuple[int, ...], str] = {(3, 6, 9): "dim7", (3, 6, 10): "m7b5", (5, 7, 10): "7sus4", (3, 7, 11): "m(maj7)"}


def chord_name(held: Chord, key: Key) -> str:
    """`Em7`, `F#dim`, `C/E`: root, kind and, where another tone lies lowest, the bass; spelled as in the key."""
    names = FLATS if held.numeral.startswith("b") else notes_in(key.tonic, minor=key.minor)
    above = held.intervals[1:]
    body = tuple(i for i in above[:2] if i <= 8)
    kind = _WHOLE.get(above) or f"{_BODIES[body]}{_ADDED[above[len(body) :]]}"
    below = f"/{names[held.bass]}" if held.bass != held.root else ""
    return f"{names[held.root]}{kind}{below}"


def harmony(score: Score, *, ending: bool) -> list[dict[str, Any]]:
    """The chords of a score as `[{start_s, chord}]`, one entry a change; the last bar of `score.chords` is the final
    chord where there is an `ending`."""
    bars = [tuple(chord(numeral, score.key.tonic) for numeral in bar.split(",")) for bar in score.chords]
    body, last = (bars[:-1], bars[-1:]) if ending else (bars, [])
    changes = [(start, held) for start, _, held in spans(tuple(body), score.metre)]
    changes += [(len(body) * score.metre.bar_ticks, bar[0]) for bar in last]
    found: list[dict[str, Any]] = []
    for start, held in changes:
        name = chord_name(held, score.key)
        if not found or found[-1]["chord"] != name:
            found.append({"start_s": round(start * score.quarter_us / (QUARTER * 1_000_000), 3), "chord": name})
    return found
