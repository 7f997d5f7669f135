"""The habits of each genre and the pull of each mood, read from `habits/`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Choices = tuple[tuple[str, float], ...]
"""Names with their weights; an empty name is "none"."""

_HABITS = Path(__file__).parent / "habits"


@dataclass(frozen=True)
class Genre:
    """`tempo`: beats a minute, from and to. `harmony`: table of progressions. `form`, `tune`, `voicing`, `fills`:
    kinds known to form.py, melody.py, voicing.py and drums.py. `swing` 0..1: how far off-beats move towards the
    triplet, on the grid of `swing_ticks`. `density` 0..1: how busy the melody is; `syncopation` 0..1. `tension` 0..1:
    how much chords are borrowed or secondary dominants. `ornaments` 0..1: how many long notes get one. `push` 0..1:
    how likely chords come an eighth early. `comping` 0..1: how often a bar's chords are struck in another rhythm.
    `dynamics` 0..1: how much quieter the quiet sections are. `drums_from`: intensity at which the drums come in.
    `looseness_ms`: how far players stray from the beat."""

    name: str
    tempo: tuple[int, int]
    harmony: str
    form: str
    tune: str
    parts: dict[str, Choices]
    grooves: tuple[str, ...]
    bass: tuple[str, ...]
    figures: tuple[str, ...]
    arpeggios: tuple[str, ...] = ("eighth arp",)
    minor: float = 0.4
    metres: Choices = (("4/4", 1.0),)
    colour: str = "triad"
    voicing: str = "close"
    density: float = 0.5
    syncopation: float = 0.25
    swing: float = 0.0
    swing_ticks: int = 240
    tension: float = 0.15
    ornaments: float = 0.0
    push: float = 0.0
    comping: float = 0.0
    pentatonic: float = 0.0
    reverb: float = 0.3
    drums_db: float = 0.0
    drums_from: float = 0.5
    dynamics: float = 0.5
    fills: str = "full"
    section_bars: int = 4
    bars_per_chord: int = 1
    chords_per_bar: int = 1
    looseness_ms: int = 8


@dataclass(frozen=True)
class Mood:
    """`tempo` multiplies; `minor` is how much likelier a minor key gets; `energy` shifts loudness and density, -1..1;
    `genres` are those it suggests."""

    tempo: float = 1.0
    minor: float = 1.0
    energy: float = 0.0
    genres: tuple[str, ...] = ()


@cache
def habits(name: str) -> dict[str, Any]:
    """A table of `habits/` as written."""
    return tomllib.loads((_HABITS / f"{name}.toml").read_text(encoding="utf-8"))


def choices(row: str) -> Choices:
    """`piano 4, - 1` as weighted choices."""
    pairs = (item.rsplit(" ", 1) for item in row.split(", "))
    return tuple((name if name != "-" else "", float(weight)) for name, weight in pairs)


def _genre(name: str, table: dict[str, Any]) -> Genre:
    read = _frozen(table)
    read["parts"] = {role: choices(row) for role, row in table["parts"].items()}
    if "metres" in table:
        read["metres"] = choices(table["metres"])
    return Genre(name, **read)


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _mood(table: dict[str, Any]) -> Mood:
    return Mood(**_frozen(table))


GENRES = {name: _genre(name, table) for name, table in habits("genres").items()}
MOODS = {name: _mood(table) for name, table in habits("moods").items()}

LIKELIHOOD = {
    "pop": 3.0,
    "piano": 3.0,
    "lofi": 2.0,
    "ambient": 2.0,
    "folk": 2.0,
    "orchestral": 2.0,
    "classical": 1.0,
    "synthwave": 1.0,
    "rock": 1.0,
    "jazz": 1.0,
    "house": 1.0,
    "soul": 1.0,
    "ballad": 1.0,
}
"""How often each genre is meant when none is named; the others wait to be asked for."""
