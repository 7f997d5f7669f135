"""What a player does between the notes: the swell of a held tone, the pedal."""

from collections.abc import Iterator
from itertools import groupby, pairwise

from engine.generate.composer.genres import Genre
from engine.generate.composer.score import EXPRESSION, PEDAL, ControlChange, Note, Part, Score
from engine.generate.composer.theory import STEP

_HELD = ("strings", "voice", "brass", "woodwind", "saxophone", "reed", "pad", "synth")
_STEADY = ("bagpipes", "square lead")
_PLAIN = 108
"""Expression of a tone that is too short to swell."""
_SHAPES = {"pad": (88, 118, 94), "melody": (98, 120, 92), "counter": (94, 116, 90), "chords": (100, 116, 96)}
"""Expression at the beginning of a held tone, at its height, and at its end."""
_RINGING = ("harp", "guzheng", "koto", "dulcimer", "celesta", "music box", "glockenspiel", "vibraphone", "bells")
_PEDALLED = ("piano", "electric piano")
_WET = 0.28
"""From this much room on a genre lets its piano ring."""


def swells(score: Score, part: Part) -> Iterator[ControlChange]:
    """Long tones of instruments that can, grow and sink again. `part`: as played."""
    shape = _SHAPES.get(part.role)
    if shape is None or part.instrument.family not in _HELD or part.instrument.name in _STEADY:
        return
    if part.instrument.family == "synth" and part.role != "pad":
        return
    long = 3 * score.metre.pulse_ticks // 2
    said = -1
    for start, chord in _onsets(part.notes):
        length = max(n.length for n in chord)
        points = [(start, _PLAIN)] if length < long else list(_swell(start, length, *shape))
        for tick, value in points:
            if value != said:
                yield ControlChange(tick, EXPRESSION, value)
            said = value


def _swell(start: int, length: int, begin: int, height: int, end: int) -> Iterator[tuple[int, int]]:
    """A line up to two fifths of the tone and down again, on a grid of sixteenths."""
    top = max(1, 2 * length // 5)
    for tick in range(0, length, STEP):
        if tick <= top:
            yield start + tick, begin + (height - begin) * tick // top
        else:
            yield start + tick, height - (height - end) * (tick - top) // (length - top)


def _onsets(notes: tuple[Note, ...]) -> Iterator[tuple[int, list[Note]]]:
    """Notes that begin within a thirty-second of each other, as one."""
    held: list[Note] = []
    for note in notes:
        if held and note.start - held[0].start > STEP // 2:
            yield held[0].start, held
            held = []
        held.append(note)
    if held:
        yield held[0].start, held


def pedals(score: Score, part: Part, genre: Genre) -> Iterator[ControlChange]:
    """The pedal goes down just after each change of harmony and up at the next, as pianists do; strings that nobody
    damps ring on in the same way."""
    name = part.instrument.name
    rings = genre.reverb >= _WET and genre.looseness_ms > 2
    piano = name in _PEDALLED and part.role in ("chords", "arpeggio") and rings
    if not piano and name not in _RINGING:
        return
    down, up = (ms * 480_000 // score.quarter_us for ms in (70, 12))
    for change, following in pairwise([*changes(score), score.end]):
        if following - change > 2 * down:
            yield ControlChange(change + down, PEDAL, 127)
            yield ControlChange(min(following + up, score.end), PEDAL, 0)


def changes(score: Score) -> list[int]:
    """Ticks at which the harmony changes, and the bar lines."""
    metre = score.metre
    bars = [row.split(",") for row in score.chords]
    ticks = [
        bar * metre.bar_ticks + metre.pulse_starts[-(-len(metre.pulses) * i // len(chords))]
        for bar, chords in enumerate(bars)
        for i in range(len(chords))
    ]
    return [tick for tick, _ in groupby(ticks) if tick < score.end]
