"""What people call things, in English, Russian and Chinese: the tables of `vocabulary/`, and the small words.

Words are parted by `|`; a trailing `*` allows any ending, a space or hyphen matches either or none. Chinese words
match anywhere, the others only at the start of a word. The first word of a language is the name that the page shows.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from engine.generate.composer.metre import METRES
from engine.speech.small_words import EITHER, ENDS_NEGATION, FILLERS, NEGATORS, OFF

VOCABULARY = Path(__file__).parent / "vocabulary"


@cache
def entries() -> dict[str, dict[str, str]]:
    """Kind of word -> meaning -> its words in all three languages."""
    tables = {
        "genre": _table("genres"),
        "mood": _table("moods"),
        "instrument": _table("instruments"),
        **_table("other"),
        "metre": {name: [name] for name in METRES} | _table("other")["metre"],
        "negator": {"not": [NEGATORS]},
        "stop": {"but": [ENDS_NEGATION]},
        "or": {"or": [EITHER]},
        "off": {"off": [OFF]},
        "filler": {"": [FILLERS]},
    }
    return {
        kind: {meaning: "|".join(languages) for meaning, languages in table.items()} for kind, table in tables.items()
    }


NAMED = {
    "genre": "genre",
    "mood": "mood",
    "instrument": "instrument",
    "role": "role",
    "piece": "piece",
    "mode": "mode",
    "form": "section",
}
"""Kinds of word whose meanings have names -> what the page calls the kind."""


def names() -> dict[str, dict[str, tuple[str, ...]]]:
    """Kind -> meaning, as records hold it -> its name in English, Russian and Chinese."""
    tables = {
        "genre": _table("genres"),
        "mood": _table("moods"),
        "instrument": _table("instruments"),
        **_table("other"),
    }
    found = {shown: _first_words(tables[kind]) for kind, shown in NAMED.items()}
    for kind, rows in _table("names").items():
        found[kind] = found.get(kind, {}) | _first_words(rows)
    return found


def _first_words(rows: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {meaning: tuple(row.partition("|")[0] for row in languages) for meaning, languages in rows.items()}


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((VOCABULARY / f"{name}.toml").read_text(encoding="utf-8"))


FAMILIES = {
    "woodwind": ("flute", ("woodwind",)),
    "winds": ("flute", ("woodwind", "saxophone", "brass", "reed")),
    "keyboards": ("piano", ("piano", "organ")),
}
"""Words for whole families: the member that a wish for one becomes, and the families that a refusal means."""

ENSEMBLES = {
    "string quartet": ("classical", ("violin", "viola", "cello")),
    "piano trio": ("classical", ("piano", "violin", "cello")),
    "wind quintet": ("classical", ("flute", "oboe", "clarinet", "french horn", "bassoon")),
    "brass band": ("march", ("trumpet", "french horn", "trombone", "tuba")),
    "jazz trio": ("jazz", ("piano", "double bass", "jazz drums")),
    "rock band": ("rock", ("electric guitar", "bass", "drums")),
}
"""Who plays in an ensemble, and its genre where no other is named."""
