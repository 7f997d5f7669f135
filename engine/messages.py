"""Sentences for people, in English, Russian and Chinese.

The catalogues are `static/i18n/LANGUAGE/*.json`, flat objects from a dotted key to a sentence with `{names}`.
The page reads the same files, so a message exists once in each language.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "ru", "zh")
CATALOGUES = Path(__file__).resolve().parent.parent / "static" / "i18n"


_added: list[dict[str, dict[str, str]]] = []


def add_catalogues(folder: Path) -> None:
    """Take a plug-in's sentences in, `folder/LANGUAGE/*.json`; one that stands already stays. Raises ValueError."""
    added = {language: _read(folder / language) for language in LANGUAGES}
    if not all(isinstance(sentence, str) for sentences in added.values() for sentence in sentences.values()):
        raise ValueError(f"a sentence in {folder} is no text")
    _added.append(added)
    catalogue.cache_clear()


@cache
def catalogue(language: str) -> dict[str, str]:
    """Every sentence of one language, keyed by its dotted name; an unknown language is English."""
    language = language if language in LANGUAGES else "en"
    sentences = _read(CATALOGUES / language)
    for added in _added:
        sentences = {**added[language], **sentences}
    return sentences


def _read(folder: Path) -> dict[str, str]:
    sentences: dict[str, str] = {}
    for file in sorted(folder.glob("*.json")):
        sentences.update(json.loads(file.read_text(encoding="utf-8")))
    return sentences


class _Known(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def translate(key: str, language: str = "en", **values: Any) -> str:
    """The sentence for `key` with its values filled in; English where a language lacks it, else the key."""
    sentence = catalogue(language).get(key) or catalogue("en").get(key) or key
    return sentence.format_map(_Known({name: _spoken(value, language) for name, value in values.items()}))


def _spoken(value: Any, language: str) -> Any:
    """A value that is itself a sentence, `{key, values}`, or a list of such, in this language."""
    if isinstance(value, list) and all(isinstance(part, dict) and "key" in part for part in value):
        return "; ".join(translate(part["key"], language, **part.get("values", {})) for part in value)
    return value
