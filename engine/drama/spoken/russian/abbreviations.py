"""Russian abbreviations and initials, in their case.

Each says a match of its pattern in `reading.py`, or None to leave it to the next.
"""

import re
from functools import cache

from engine.drama.spoken.russian.agreement import of_place
from engine.drama.spoken.russian.beside import around, stop
from engine.drama.spoken.russian.morphology import inflected
from engine.drama.spoken.scanner import Accent, Match
from engine.drama.spoken.words import tables


def phrase(match: Match, accent: Accent) -> str:
    said = _phrases()[re.sub(r" ?\.", ".", re.sub(r"\. +", ".", match[0].lower()))]
    return said + (stop(match) if said.startswith(("и ", "нашей", "до ", "сего")) else "")


@cache
def _phrases() -> dict[str, str]:
    return {re.sub(r"\. +", ".", short.lower()): said for short, said in tables("russian")["phrases"].items()}


def abbreviation(match: Match, accent: Accent) -> str | None:
    before, after = around(match)
    lemma, place = tables("russian")["abbreviations"][match[1].lower()]
    if place == "#" and not re.match(r" ?\d|[ ][IVXLC]+\b", after):
        return None
    if place == "A" and not re.match(r" ?[«“]?[А-ЯЁA-Z]", after):
        return None
    if lemma[0] == "!":
        return str(lemma[1:])
    return inflected(lemma, of_place(before))


def dashed(match: Match, accent: Accent) -> str:
    return str(tables("russian")["dashed"][match[0].lower()])


def last_initial(match: Match, accent: Accent) -> str:
    return str(tables("russian")["letters"][(match[1] or match[2]).lower()]).capitalize()


def initial(match: Match, accent: Accent) -> str:
    return str(tables("russian")["letters"][match[1].lower()]).capitalize()
