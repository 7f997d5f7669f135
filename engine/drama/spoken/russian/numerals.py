"""Roman numerals in Russian: centuries, kings, chapters.

Each says a match of its pattern in `reading.py`, or None to leave it to the next.
"""

import re
from typing import Final

from engine.drama.spoken.english.numbers import roman
from engine.drama.spoken.russian.agreement import of_place, preposition
from engine.drama.spoken.russian.beside import around, stop
from engine.drama.spoken.russian.morphology import Case, cases_after, inflected, nouns
from engine.drama.spoken.russian.numbers import (
    cardinal,
    ordinal,
)
from engine.drama.spoken.scanner import Accent, Match


def century(match: Match, accent: Accent) -> str | None:
    value = roman(match[1])
    if value is None:
        return None
    before, after = around(match)
    word = re.match(r" ([а-яё]+)(\.?)", after)
    if word is None:
        return None
    if word[1] in ("в", "вв", "ст"):
        return ordinal(value, of_place(before), "plur" if word[1] == "вв" else "masc")
    forms = nouns(word[1]) if len(word[1]) > 2 else ()
    if not forms:
        return None
    cases = cases_after(preposition(before))
    form = next((each for each in forms if each.case in cases), forms[0])
    return ordinal(value, form.case, "plur" if form.number == "plur" else form.gender)


def centuries(match: Match, accent: Accent) -> str | None:
    first, last = roman(match[1]), roman(match[2])
    case = of_place(around(match)[0])
    return f"{ordinal(first, case)} — {ordinal(last, case)}" if first and last else None


def century_word(match: Match, accent: Accent) -> str:
    before = re.sub(r"[IVXLC –—-]+$", " ", around(match)[0])
    return inflected("век", of_place(before), "plur" if match[0].startswith("вв") else "sing") + stop(match)


_ROMAN: Final = "[IVXLC]+"


_JOINT: Final = r"(?: и | или |, | ?[–—-] ?)"


def after_noun(match: Match, accent: Accent) -> str | None:
    """`Пётр I`, `Екатерины II`, `глава IV`, `главы I и II`: in the case and gender of the word before."""
    value = roman(match[0])
    before = match.string[max(0, match.start() - 80) : match.start()]
    noun = re.search(rf"([а-яё]+)\.? (?P<others>(?:{_ROMAN}{_JOINT})*)$", before, re.IGNORECASE)
    forms = nouns(noun[1]) if noun else ()
    if value is None or noun is None or not forms or (len(match[0]) == 1 and match[0] not in "IVX"):
        return None
    cases = cases_after(preposition(before[: noun.start()]))
    forms = tuple(form for form in forms if not form.animate) or forms
    form = next((each for each in forms if each.case in cases), forms[0])
    if noun["others"] or re.match(f"{_JOINT}{_ROMAN}(?!\\w)", match.string[match.end() :]):
        listed: Case = form.case if form.case in cases else "nomn"
        return ordinal(value, listed, form.gender)
    return ordinal(value, form.case, "plur" if form.number == "plur" else form.gender, animate=form.animate)


def bare_numeral(match: Match, accent: Accent) -> str | None:
    value = roman(match[0])
    return cardinal(value) if value is not None else None
