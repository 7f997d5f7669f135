"""What `/tag` found as a sound file's own tags, and what writing them would change. It stays light, for the server.

The words are English, as players expect: genres, moods and instruments with capitals (Hip-Hop, R&B), the user's own as
they were typed. Names of tags are those of `engine.audio.tags.names`; docs/tags.md says where each stands in a file.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from engine.speech.keys import tonality
from engine.tag.facts import KeyFact, TagFact, TempoFact
from engine.text import label

Mode = Literal["keep", "merge", "overwrite"]
KeyForm = Literal["standard", "camelot", "open_key"]
Field = Literal["tempo", "key", "genre", "mood", "instruments"]
MODES: tuple[Mode, ...] = get_args(Mode)
KEY_FORMS: tuple[KeyForm, ...] = get_args(KeyForm)
NAMES: dict[Field, tuple[str, ...]] = {
    "tempo": ("bpm", "fbpm"),
    "key": ("key",),
    "genre": ("genre",),
    "mood": ("mood",),
    "instruments": ("instrument",),
}
"""The tags of each field. Voice, era, texture and production have no tag that players know, so they are not written."""
LISTS: tuple[Field, ...] = ("genre", "mood", "instruments")
MOST_LETTERS = 60

Values = dict[str, list[str]]


@dataclass(frozen=True)
class WantedTags:
    """What a field should say: its tags, of which those without texts are to be taken out; `by_user`: who says so."""

    field: Field
    values: Values
    by_user: bool


@dataclass(frozen=True)
class TagChange:
    """A field of a file: what its tags say, and what they would say."""

    field: Field
    before: Values
    after: Values

    @property
    def changes(self) -> bool:
        return self.before != self.after

    def plain(self) -> dict[str, Any]:
        """As the page is told."""
        return asdict(self) | {"changes": self.changes}


def wanted(facts: Mapping[str, Any], key_form: KeyForm = "standard") -> list[WantedTags]:
    """What the facts of a record say of each field; a field of which they say nothing is missing, and so is a fact of
    another form than ours."""
    found = [_tempo(facts.get("tempo")), _key(facts.get("key"), key_form)]
    tags = _known(list[TagFact], facts.get("tags")) or []
    found += [_words(field, [tag for tag in tags if tag.category == field]) for field in LISTS]
    return [each for each in found if each]


def difference(have: Mapping[str, Sequence[str]], want: Iterable[WantedTags], mode: Mode) -> list[TagChange]:
    """What writing would change in a file whose tags are `have`.

    `keep` fills fields that are empty; `merge` also adds to lists, without saying the same thing twice, and lets a
    tempo or key that the user corrected replace the file's; `overwrite` replaces every field.
    """
    made = []
    for each in want:
        before = {name: list(have.get(name, ())) for name in each.values}
        made.append(TagChange(each.field, before, _after(before, each, mode)))
    return made


def digest(changes: Iterable[TagChange]) -> str:
    """By which a difference that was looked at is known again."""
    told = json.dumps([asdict(change) for change in changes], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _after(before: Values, want: WantedTags, mode: Mode) -> Values:
    if mode == "overwrite" or not any(before.values()):
        return want.values
    if mode == "merge" and want.field in LISTS:
        return {name: _joined(texts, want.values[name]) for name, texts in before.items()}
    return want.values if mode == "merge" and want.by_user else before


def _joined(texts: Iterable[str], more: Iterable[str]) -> list[str]:
    """Those that are there, and what they do not say yet: `hip hop` says `Hip-Hop`."""
    joined = list(texts)
    said = {_bare(text) for text in joined}
    for text in more:
        if _bare(text) not in said:
            said.add(_bare(text))
            joined.append(text)
    return joined


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold()) or text


def _tempo(value: object) -> WantedTags | None:
    """Whole beats a minute in `bpm`, which holds nothing else in ID3 and MP4; with a fraction, that in `fbpm` too."""
    tempo = _known(TempoFact, value)
    if tempo is None or tempo.bpm is None:
        return None
    whole, exact = math.floor(tempo.bpm + 0.5), f"{tempo.bpm:.2f}".rstrip("0").rstrip(".")
    fraction = [] if exact == str(whole) else [exact]
    return WantedTags("tempo", {"bpm": [str(whole)], "fbpm": fraction}, tempo.source == "user")


def _key(value: object, form: KeyForm) -> WantedTags | None:
    """As ID3v2 has it, in three letters at most (`C`, `F#m`), or by the wheels of disc jockeys."""
    key = _known(KeyFact, value)
    known = tonality(key.name) if key and key.name else None
    if key is None or known is None:
        return None
    tonic, mode = known.name.split()
    text = {"standard": f"{tonic}m" if mode == "minor" else tonic, "camelot": known.camelot, "open_key": known.open_key}
    return WantedTags("key", {"key": [text[form]]}, key.source == "user")


def _words(field: Field, tags: Sequence[TagFact]) -> WantedTags | None:
    """The user's before those that were heard."""
    own = [label(tag.name, MOST_LETTERS) for tag in tags if tag.source == "user"]
    heard = [_capitals(label(tag.name, MOST_LETTERS)) for tag in tags if tag.source != "user"]
    texts = _joined([], filter(None, [*own, *heard]))
    return WantedTags(field, {NAMES[field][0]: texts}, bool(own)) if texts else None


def _capitals(text: str) -> str:
    return re.sub(r"(?<![\w'’])\w", lambda letter: letter[0].upper(), text)


def _known(kind: Any, value: object) -> Any:
    try:
        return None if value is None else TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return None
