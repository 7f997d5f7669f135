"""A text as it is said: every number, sign, abbreviation and foreign letter in words of the language."""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from engine.drama.project import Language
from engine.drama.spoken import marks
from engine.drama.spoken.chinese import reading as chinese
from engine.drama.spoken.english import letters as english
from engine.drama.spoken.english.rules import rules as english_rules
from engine.drama.spoken.russian import reading as russian
from engine.drama.spoken.russian.letters import stressed
from engine.drama.spoken.scanner import Accent, LanguageRules, Rule, Said, Spoken, scan
from engine.drama.spoken.source import read
from engine.drama.spoken.words import tables

__all__ = ["Accent", "Said", "Spoken", "said"]
_NONE: Mapping[str, str] = MappingProxyType({})


def said(text: str, language: Language, pronunciations: Mapping[str, str] = _NONE, accent: Accent = "us") -> Said:
    """What is said of a text, with the way back to its code points.

    `pronunciations`: the user's own, word -> how it is to be read: as a word, in Russian with `+` or an acute at the
    stressed vowel, or between slashes in IPA, which Kokoro takes. They come first, for whole words in any case; the
    longest that fits. `accent`: the order of month and day, `and` in numbers, metres. Never raises; what cannot be said
    is in `unspoken`.
    """
    return scan(text, _reader(language), _own(pronunciations, language), accent)


@cache
def _reader(language: Language) -> LanguageRules:
    if language == "en":
        known = tables("english")
        return LanguageRules([*english_rules(), *marks.RULES], english.word, known["signs"], marks.MARKS)
    if language == "ru":
        return russian.reader()
    return chinese.reader()


def _own(pronunciations: Mapping[str, str], language: Language) -> list[Rule]:
    """One rule for all of the user's words."""
    known = {read(word).text.strip().lower(): value.strip() for word, value in pronunciations.items()}
    known = {word: value for word, value in known.items() if word and value.strip("/")}
    if not known:
        return []
    longest_first = sorted(known, key=len, reverse=True)
    words = "|".join(re.escape(word) for word in longest_first)
    edge = "" if language == "zh" else r"(?<!\w)"
    end = "" if language == "zh" else r"(?!\w)"

    def words_of(match: re.Match[str], accent: Accent) -> str | None:
        value = known.get(match[0].lower())
        return stressed(value) if value and language == "ru" else value

    return [(re.compile(f"{edge}(?:{words}){end}", re.IGNORECASE), words_of)]
