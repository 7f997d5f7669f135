"""A line in another metre: the same tones bar by bar, their rhythm fitted to the new bar."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from engine.generate.composer.metre import Metre
from engine.generate.composer.patterns import PIECES, with_pieces
from engine.generate.composer.score import Note
from engine.generate.composer.theory import STEP


def line(notes: Sequence[Note], old: Metre, new: Metre, bars: int) -> list[Note]:
    """The notes of the first `bars` bars of `old` in as many of `new`.

    A shorter bar keeps its beginning and hurries through the rest in its last pulse; where two notes would meet there
    the longer one stays. In a longer bar the last note is held on.
    """
    found: list[Note] = []
    for bar in range(bars):
        begin, end = bar * old.bar_ticks, (bar + 1) * old.bar_ticks
        own = sorted((n for n in notes if begin <= n.start < end), key=lambda n: (n.start, n.pitch))
        placed: dict[int, Note] = {}
        for note in own:
            start = bar * new.bar_ticks + _moved(note.start - begin, old, new)
            rings = note.start + note.length
            over, into_bar = divmod(rings - begin, old.bar_ticks)
            stop = (bar + over) * new.bar_ticks + _moved(into_bar, old, new)
            if into_bar == 0:
                stop = (bar + over) * new.bar_ticks
            fitted = replace(note, start=start, length=max(STEP // 2, stop - start))
            before = placed.get(start)
            if before is None or fitted.length > before.length:
                placed[start] = fitted
        found += placed.values()
    ordered = sorted(found, key=lambda n: n.start)
    for at, (note, after) in enumerate(pairwise(ordered)):
        ordered[at] = replace(note, length=max(1, min(note.length, after.start - note.start)))
    return ordered


def _moved(tick: int, old: Metre, new: Metre) -> int:
    """A tick of the old bar in the new one; its end becomes the new end."""
    if new.bar_ticks >= old.bar_ticks:
        return tick
    kept = new.pulse_starts[-2]
    if tick <= kept:
        return tick
    squeezed = kept + (tick - kept) * (new.bar_ticks - kept) // (old.bar_ticks - kept)
    return min(new.bar_ticks - STEP // 2, squeezed // STEP * STEP)


def piece_line(piece: str, metre: Metre) -> str:
    """What a piece of the drum kit usually plays in a bar."""
    return with_pieces({}, (piece,), metre)[PIECES[piece][0]]
