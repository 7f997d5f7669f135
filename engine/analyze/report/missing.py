"""What a report does not tell, and why."""

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, Field

import engine.tag
from engine.library.record import Record
from engine.tag.clamp3.files import MODEL as CLAMP
from engine.tag.descriptors.bank import CATEGORIES, load
from engine.tag.facts import TrackFacts

_MUSICAL = ("music", "song", "speech over music")


class MissingPart(BaseModel):
    """One thing that is missing."""

    what: str = Field(description="Field of the result: tempo, key, chords, sections, tags, stems, levels, sound.")
    why: str = Field(description="Sentence of the message catalogues that says it: report.missing.….")
    values: dict[str, int | str] = Field({}, description="What stands in its blanks.")


@cache
def only_clamp() -> dict[str, int]:
    """How many descriptors of each category no other model than CLaMP 3 hears."""
    labels = tomllib.loads((Path(engine.tag.__file__).parent / "labels.toml").read_text(encoding="utf-8"))
    heard = {category: set(names) for category, names in labels["descriptors"].items()}
    left = {category: {one.id for one in load().of(category)} - heard.get(category, set()) for category in CATEGORIES}
    return {category: len(names) for category, names in left.items() if names}


def missing(record: Record, facts: TrackFacts, models: list[str]) -> list[MissingPart]:
    """All of it, in the order of the report."""
    found = [MissingPart(what="levels", why="no_loudness")] if record.levels.loudness_lufs is None else []
    if facts.sound is None:
        found.append(MissingPart(what="sound", why="not_listened"))
    elif facts.sound.kind not in _MUSICAL:
        found.append(MissingPart(what="tempo", why="no_music"))
    else:
        found += _of_music(facts)
        if CLAMP not in models:
            values = {"count": sum(only_clamp().values()), "all": len(load().descriptors), "model": "CLaMP 3"}
            found.append(MissingPart(what="tags", why="no_clamp", values=values))
    if not record.stems:
        found.append(MissingPart(what="stems", why="no_stems"))
    return found


def _of_music(facts: TrackFacts) -> list[MissingPart]:
    whys = []
    if facts.tempo is None or facts.tempo.bpm is None:
        whys.append(("tempo", "no_pulse"))
    elif not facts.tempo.beats_s:
        whys.append(("tempo", "no_beats"))
    if facts.key is None or facts.key.name is None:
        whys.append(("key", "no_key"))
    if not facts.chords:
        whys.append(("chords", "no_chords"))
    if not facts.sections:
        whys.append(("sections", "no_sections"))
    if not facts.tags:
        whys.append(("tags", "no_tags"))
    return [MissingPart(what=what, why=why) for what, why in whys]
