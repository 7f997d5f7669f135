"""English abbreviations, initials and Roman numerals.

Each says a match of its pattern in `rules.py`, or None to leave it to the next.
"""

import re
from functools import cache
from typing import Final

from engine.drama.spoken.english.beside import before, ends
from engine.drama.spoken.english.numbers import cardinal, ordinal, roman
from engine.drama.spoken.scanner import Accent, Match
from engine.drama.spoken.words import tables

_WORDS: Final = ("co", "ed", "mon", "sec", "min", "max", "fri", "gen", "hon", "rep", "sen", "sq", "trans", "pres")
"""What may be a word of its own at the end of a sentence."""
_TITLE: Final = "(?:King|Queen|Pope|Tsar|Czar|Emperor|Empress|Kaiser|Sultan|Prince|Duke|Saint)"
_COUNTRIES: Final = ("US", "USA", "UK", "UN", "DC", "BC", "AD", "PM", "AM", "EU", "UAE", "USSR", "TV")


def abbreviation(match: Match, accent: Accent) -> str | None:
    said: str | None = tables("english")["abbreviations"].get(match[1].lower())
    if said is None or (match[1].lower() in _WORDS and match[1].islower() and ends(match)):
        return None
    if said.startswith("!"):
        return said[1:]
    return said + ends(match)


def form(match: Match, accent: Accent) -> str:
    said = str(tables("english")["forms"][match[0]])
    at_end = match[0].endswith(".") and match.end() == len(match.string)
    return said + ("." if at_end else "")


def saint_or_street(match: Match, accent: Accent) -> str:
    named_after = re.match(r"[ -]?[A-Z]", match.string[match.end() : match.end() + 2])
    addressed = before(match, r"(?:\d\w*|[Oo]n|[Ii]n|[Aa]t|[Dd]own|[Uu]p|[Aa]long|[Ff]rom|[Tt]o) [A-Z][\w'’]+ ")
    return "Saint" if named_after and not addressed else "Street" + ends(match)


def doctor_or_drive(match: Match, accent: Accent) -> str:
    named_after = re.match(r" ?[A-Z]", match.string[match.end() : match.end() + 2])
    return "Doctor" if named_after or not before(match, r"[A-Z][\w'’]* ") else "Drive" + ends(match)


def numbered(match: Match, accent: Accent) -> str:
    return str(tables("english")["numbered"][match[1].lower()])


def month(match: Match, accent: Accent) -> str:
    return str(tables("english")["months"][match[1].lower()])


def initials(match: Match, accent: Accent) -> str:
    letters = "".join(re.findall(r"[A-Za-z]", match[0])).upper()
    stop = ends(match) if letters in _COUNTRIES or match.end() == len(match.string) else ""
    return " ".join(letters) + stop


def initial(match: Match, accent: Accent) -> str | None:
    return None if match[1] == "I" and before(match, "[a-z] ") else match[1]


def _counted_numeral(match: Match, accent: Accent) -> str | None:
    value = roman(match[0].upper())
    return cardinal(value) if value is not None else None


def _crowned_numeral(match: Match, accent: Accent) -> str | None:
    value = roman(match[0])
    return f"the {ordinal(value)}" if value is not None and value < 40 else None


def numeral_with_ending(match: Match, accent: Accent) -> str | None:
    value = roman(match[1])
    return ordinal(value) if value is not None else None


def bare_numeral(match: Match, accent: Accent) -> str | None:
    value = roman(match[0])
    return cardinal(value) if value is not None and len(match[0]) > 1 else None


def after_counted(match: Match, accent: Accent) -> str | None:
    before = re.search(r"([A-Za-z]+)\.? $", match.string[max(0, match.start() - 20) : match.start()])
    if before is None or before[1].lower() not in _set("counted", "nouns"):
        return None
    return _counted_numeral(match, accent)


def after_crowned(match: Match, accent: Accent) -> str | None:
    name = re.search(r"([A-Z][A-Za-z]+) $", match.string[max(0, match.start() - 20) : match.start()])
    if name is None or name[1].lower() not in _set("crowned", "names"):
        return None
    if match[0] == "I" and not (before(match, rf"{_TITLE} \w+ ") or re.match(" of [A-Z]", match.string[match.end() :])):
        return None
    return _crowned_numeral(match, accent)


@cache
def _set(table: str, key: str) -> frozenset[str]:
    return frozenset(tables("english")[table][key].split())
