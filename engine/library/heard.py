"""What is known of how a track sounds, as the index keeps it: to list and filter by, to search by, to compare by."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.library.known_music import known_music
from engine.library.record import Record
from engine.parameters import number
from engine.speech.keys import tonality

MAX_TAGS = 200
_SEARCHED = {
    "tempo": ("bpm",),
    "sound": ("singing",),
    "measures": ("energy", "brightness_hz"),
}
"""Facts, and what of them a search looks at, besides tags and vectors."""


@dataclass(frozen=True)
class Filterable:
    """Columns of the index.

    `key`: as `Tonality.name` writes it. `tags`: CATEGORY/NAME in one case, each on a line of its own, an empty one
    around them. `tag_version`: of the tagger, None where it has not listened.
    """

    bpm: float | None = None
    key: str | None = None
    tags: str = ""
    tag_version: int | None = None


def filterable(record: Record) -> Filterable:
    """Of the facts, else of the score that the track was made of. What is not as `/tag` writes it is left out."""
    facts, composed = record.facts, known_music(record)
    bpm = number(_part(facts, "tempo").get("bpm"))
    name = _part(facts, "key").get("name")
    if bpm is None and composed and "tempo" not in facts:
        bpm = composed.tempo_bpm
    if composed and "key" not in facts:
        name = composed.key
    key = tonality(name) if isinstance(name, str) else None
    version = _part(facts, "analysis").get("version")
    tags = dict.fromkeys(f"{tag['category']}/{tag['name']}".casefold().replace("\n", " ") for tag in _tags(facts))
    return Filterable(
        bpm,
        key.name if key else None,
        f"\n{chr(10).join(tags)}\n" if tags else "",
        version if isinstance(version, int) and 0 <= version < 2**31 else None,
    )


def key_of(record: Record) -> str:
    """The key as it is known, modes of the composer's such as `D dorian` too; empty where it is not."""
    return filterable(record).key or str(record.details.get("key") or "")


@dataclass(frozen=True)
class HeardFacts:
    """A row of the table `heard`. `facts`: as JSON, those that a search ranks by, with `loudness_lufs` and
    the tags that the user `removed`. `digest`: of
    them, so that what has not changed is not gone through again. `fingerprint`: as the facts have it."""

    facts: str
    digest: str
    fingerprint: str | None


def heard(record: Record) -> HeardFacts | None:
    """None for a track that nobody has listened to."""
    found: dict[str, Any] = {}
    for name, wanted in _SEARCHED.items():
        part = _part(record.facts, name)
        if numbers := {one: known for one in wanted if (known := number(part.get(one))) is not None}:
            found[name] = numbers
    if vectors := {name: text for name, text in _part(record.facts, "vectors").items() if isinstance(text, str)}:
        found["vectors"] = vectors
    if tags := [tag for tag in _tags(record.facts) if tag.get("source") == "user"]:
        found["tags"] = [{name: tag[name] for name in ("name", "category", "source")} for tag in tags]
    if removed := _removed(record):
        found["removed"] = removed
    words = _part(record.facts, "fingerprint").get("words")
    fingerprint = words if isinstance(words, str) else None
    if not found and fingerprint is None:
        return None
    columns = filterable(record)
    found |= {"key": {"name": columns.key}, "loudness_lufs": record.levels.loudness_lufs}
    if "tempo" not in found and columns.bpm is not None:
        found["tempo"] = {"bpm": columns.bpm}
    facts = json.dumps(found, separators=(",", ":"), sort_keys=True)
    return HeardFacts(facts, hashlib.blake2b(facts.encode(), digest_size=8).hexdigest(), fingerprint)


def _removed(record: Record) -> list[dict[str, str]]:
    """Tags that the user took away: of those that corrections by hand replaced, what stands there no longer."""
    own = [known for known in record.annotations if known.job_id is None and known.undone_at is None]
    before = dict.fromkeys((tag["category"], tag["name"]) for known in own for tag in _tags(known.replaced))
    now = {(tag["category"], tag["name"]) for tag in _tags(record.facts)}
    return [{"category": category, "name": name} for category, name in before if (category, name) not in now]


def _part(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = facts.get(name)
    return found if isinstance(found, dict) else {}


def _tags(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = facts.get("tags")
    return [
        tag
        for tag in (found if isinstance(found, list) else [])[:MAX_TAGS]
        if isinstance(tag, dict) and isinstance(tag.get("name"), str) and isinstance(tag.get("category"), str)
    ]
