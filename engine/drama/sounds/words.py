"""Which sounds words name, in three languages: `words.toml`, read once, on first use. Light."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from engine.drama.sounds.sound import Kind
from engine.messages import LANGUAGES

MOST_LETTERS = 500
"""Of what is looked for; the rest is not read."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class SoundTag:
    """What a sound is. `title`: language -> what people call it. `prompt`: English, for a model. `level_db`: on top of
    the level that all of its kind have. `words`: language -> what names it.
    """

    name: str
    kind: Kind
    title: dict[str, str]
    prompt: str
    level_db: float
    words: dict[str, tuple[str, ...]]


@cache
def tags() -> dict[str, SoundTag]:
    """Every tag by its name."""
    rows: dict[str, Any] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
    return {
        name: SoundTag(
            name, row["kind"], row["title"], row["prompt"], float(row.get("level_db", 0)),
            {language: tuple(row[language]) for language in LANGUAGES},
        )
        for name, row in rows.items()
    }  # fmt: skip


def named(text: str, language: str | None = None) -> dict[str, int]:
    """Tag -> how many letters of the text name it, the most first; a Chinese one counts for three.

    `language`: only the words of this one and the tags themselves; None: of all. Where the text is a tag, that alone.
    """
    text = plain(text)
    if (tag := text.replace(" ", "-")) in tags():
        return {tag: len(tag)}
    found: dict[str, int] = {}
    for each, name, pattern in _patterns():
        if language in (None, each) and (hits := pattern.findall(text)):
            letters = max(sum(map(str.isalpha, hit)) for hit in hits) * (3 if each == "zh" else 1)
            found[name] = max(found.get(name, 0), letters)
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def plain(text: str) -> str:
    """The text as words are compared: one case, no accents on Latin letters, е for ё."""
    folded = unicodedata.normalize("NFKC", text[:MOST_LETTERS]).casefold().replace("ё", "е").replace("й", "\0")
    bare = "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))
    return re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFC", bare)).replace("\0", "й").strip()


def words_of(text: str) -> list[str]:
    return _WORD.findall(plain(text))


@cache
def _patterns() -> list[tuple[str, str, re.Pattern[str]]]:
    """(language, tag, any of its words, the longest first)."""
    rows = []
    for tag in tags().values():
        for language, words in tag.words.items():
            said = sorted({plain(word) for word in (*words, tag.title[language])}, key=lambda word: (-len(word), word))
            any_of = "|".join(map(re.escape if language == "zh" else _in_a_row, said))
            rows.append(
                (
                    language,
                    tag.name,
                    re.compile(any_of if language == "zh" else rf"(?<![^\W\d_])(?:{any_of})(?![^\W\d_])"),
                )
            )
    return rows


def _in_a_row(words: str) -> str:
    return r"[\W\d_]+".join(
        re.escape(word.rstrip("*")) + (r"[^\W\d_]*" if word[-1] == "*" else "") for word in words.split()
    )
