"""Proofreading of the outer voices: parallel fifths and octaves between tune and bass are written out."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from engine.generate.composer.harmony import Changes, Span
from engine.generate.composer.score import Note

_REACH = 5


def without_parallels(tune: Sequence[Note], bass: Sequence[Note], found: list[Span], low: int, high: int) -> list[Note]:
    """`tune` with another chord tone, the nearest, wherever it went in fifths or octaves with the bass.

    `found` are the chords of the whole piece. Grace notes and what no chord tone within a fourth can mend stay.
    """
    mended = sorted(tune, key=lambda n: n.start)
    starts = [n.start for n in mended]
    changes = Changes(found)
    before: tuple[int, int] | None = None
    for under in sorted(bass, key=lambda n: n.start):
        at = bisect_right(starts, under.start) - 1
        if at < 0 or mended[at].start + mended[at].length <= under.start:
            before = None
            continue
        now = mended[at].pitch, under.pitch
        if before and _parallel(before, now):
            tones = changes.at(under.start).pitch_classes
            near = range(max(low, now[0] - _REACH), min(high, now[0] + _REACH) + 1)
            others = [p for p in near if p % 12 in tones and not _parallel(before, (p, under.pitch))]
            if others:
                pitch = min(others, key=lambda p: (abs(p - now[0]), p))
                mended[at] = replace(mended[at], pitch=pitch)
                now = pitch, under.pitch
        before = now
    return mended


def _parallel(before: tuple[int, int], now: tuple[int, int]) -> bool:
    moved = now[0] - before[0]
    return moved != 0 and moved == now[1] - before[1] and (now[0] - now[1]) % 12 in (0, 7)
