"""The channel strip of each part on the desk, in MIDI figures, so that the MIDI file carries the balance too."""

from engine.generate.composer.genres import Genre
from engine.generate.composer.score import CHORUS, PAN, REVERB, VOLUME, ControlChange, Part

CENTRE = 64
_VOLUME = {"melody": 100, "counter": 79, "chords": 79, "arpeggio": 65, "pad": 61, "bass": 89, "drums": 94}
_PAN = {"melody": 0, "counter": -22, "chords": 16, "arpeggio": -28, "pad": 0, "bass": 0, "drums": 0}
_REVERB = {"melody": 80, "counter": 88, "chords": 76, "arpeggio": 84, "pad": 94, "bass": 32, "drums": 50}
_FARTHER = {
    "strings": 10,
    "voice": 14,
    "brass": 10,
    "woodwind": 8,
    "bells": 8,
    "pad": 10,
    "organ": -10,
    "guitar": -6,
    "bass": -8,
}
"""How much more of the room than its role has a family gets."""
_DRY = {"distorted guitar": -24, "overdriven guitar": -18, "square lead": -16, "church organ": 24}
_CHORUS_BY_FAMILY = {"pad": 58, "synth": 46, "voice": 34}
_CHORUS = {
    "electric piano": 52,
    "electric guitar": 40,
    "jazz guitar": 26,
    "fretless bass": 44,
    "synth bass": 0,
    "square lead": 0,
    "organ": 40,
    "strings": 26,
    "synth strings": 56,
    "synth brass": 36,
    "accordion": 24,
}
_APART = 32
"""Parts of the same role sit this far from each other."""


def strip(part: Part, genre: Genre) -> tuple[ControlChange, ...]:
    """Volume, pan, reverb and chorus of a part."""
    instrument, role, number = part.instrument, part.role, part.place
    volume = _VOLUME[role] - 11 * number
    if role == "drums":
        volume = round(volume * _by_40_db(genre.drums_db))
    if part.level_db:
        volume = round(volume * _by_40_db(part.level_db))
    pan = _PAN[role] + (_APART if _PAN[role] <= 0 else -_APART) * number
    reverb = _REVERB[role] + _FARTHER.get(instrument.family, 0) + _DRY.get(instrument.name, 0)
    chorus = _CHORUS.get(instrument.name, _CHORUS_BY_FAMILY.get(instrument.family, 0))
    values = {VOLUME: volume, PAN: CENTRE + max(-45, min(45, pan)), REVERB: reverb, CHORUS: chorus}
    return tuple(ControlChange(0, number, max(0, min(127, value))) for number, value in values.items())


def _by_40_db(decibels: float) -> float:
    """10 ** (decibels / 40) for a few decibels, by arithmetic that is alike on every platform."""
    x = decibels * 0.05756463
    return 1.0 + x + x * x / 2.0 + x * x * x / 6.0
