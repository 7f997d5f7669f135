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
from engine.drama.spoken.scanner import Accent, LanguageRules, Rule, Said, Spoken, scan
from engine.drama.spoken.source import STRESS, read
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
    return scan(text, _reader(language), _own(pronunciations, language, accent), accent)


@cache
def _reader(language: Language) -> LanguageRules:
    if language == "en":
        known = tables("english")
        return LanguageRules([*english_rules(), *marks.RULES], english.word, known["signs"], marks.MARKS)
    if language == "ru":
        return russian.reader()
    return chinese.reader()


def _own(pronunciations: Mapping[str, str], language: Language, accent: Accent) -> list[Rule]:
    """One rule for all of the user's words."""
    known = {read(word).text.strip().lower(): value.strip() for word, value in pronunciations.items()}
    known = {word: _own_words(word, value, language, accent) for word, value in known.items() if word}
    known = {word: value for word, value in known.items() if any(sign.isalpha() for sign in value)}
    if not known:
        return []
    words = "|".join(re.escape(word) for word in sorted(known, key=len, reverse=True))
    if language != "zh":
        words = rf"(?<!\w)(?:{words})(?!\w)"
    return [(re.compile(words, re.IGNORECASE), lambda match, accent: known.get(match[0].lower()))]


def _own_words(word: str, value: str, language: Language, accent: Accent) -> str:
    """A pronunciation as it is said: IPA as it stands, for a word that others can say too; words as the language reads
    them, their stress kept."""
    if len(value) > 2 and value[0] == value[-1] == "/":
        return value if scan(word, _reader(language), (), accent).text.strip() else ""
    stressed = re.sub(r"\+([аеёиоуыэюя])", rf"\1{STRESS}", value, flags=re.IGNORECASE) if language == "ru" else value
    return scan(stressed, _reader(language), (), accent).text.strip()
