"""Which tempo a piece takes over from a clip: what was heard may be the half or the double of what people count."""

from math import log2

from engine.generate.composer.genres import Genre
from engine.generate.composer.prompt import PromptIntent
from engine.generate.composer.reference import Reference
from engine.speech.tempi import FASTEST_BPM, SLOWEST_BPM

_MARGIN = 1.1
"""How far beyond a genre's range it is still counted so."""
_USUAL_BPM = (60.0, 150.0)
"""Where most music is counted, when no genre was named."""


def fits(bpm: float, genre: Genre) -> bool:
    """Whether music of the genre is counted so."""
    return genre.tempo[0] / _MARGIN <= bpm <= genre.tempo[1] * _MARGIN


def tempo_taken(intent: PromptIntent, reference: Reference, genre: Genre | None) -> float | None:
    """Beats a minute: the tempo that was said, else the clip's, as the wished pace and then the genre count it.

    `genre`: one that was named, or None. A score's tempo is counted otherwise only where a pace or a genre asks for it.
    None where nothing was said and nothing was heard.
    """
    if intent.tempo_bpm is not None or reference.tempo_bpm is None:
        return intent.tempo_bpm
    octaves = [bpm for factor in (1.0, 2.0, 0.5) if SLOWEST_BPM <= (bpm := factor * reference.tempo_bpm) <= FASTEST_BPM]
    if not octaves:
        return min(FASTEST_BPM, max(SLOWEST_BPM, reference.tempo_bpm))
    pace_bpm = intent.pace_bpm
    if pace_bpm is not None:
        return min(octaves, key=lambda bpm: abs(log2(bpm / pace_bpm)))
    if genre is None:
        usual = [bpm for bpm in octaves if reference.scored or _USUAL_BPM[0] <= bpm <= _USUAL_BPM[1]]
        return (usual or octaves)[0]
    counted = [bpm for bpm in octaves if fits(bpm, genre)]
    if reference.scored:
        return (counted or octaves)[0]
    middle = (genre.tempo[0] * genre.tempo[1]) ** 0.5
    return min(counted, key=lambda bpm: abs(log2(bpm / middle)), default=octaves[0])
