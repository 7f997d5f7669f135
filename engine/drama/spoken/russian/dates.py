"""Russian dates, years and times of the day, in their case.

Each says a match of its pattern in `reading.py`, or None to leave it to the next.
"""

import re
from typing import Final

from engine.drama.spoken.russian.agreement import of_place, preposition
from engine.drama.spoken.russian.beside import around, stop
from engine.drama.spoken.russian.morphology import Case, cases_after, counted, inflected
from engine.drama.spoken.russian.numbers import (
    cardinal,
    ordinal,
    whole,
)
from engine.drama.spoken.scanner import Accent, Match

MONTH: Final = "(?:января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря)"


_MONTHS: Final = MONTH[3:-1].split("|")


YEAR_FORMS: Final[dict[str, Case]] = {
    "год": "nomn", "года": "gent", "году": "loct", "годом": "ablt", "годе": "loct", "годы": "nomn", "годов": "gent",
    "годам": "datv", "годами": "ablt", "годах": "loct",
}  # fmt: skip


def _day_case(match: Match) -> tuple[Case, str]:
    word = preposition(around(match)[0])
    if word in ("на", "по", "за"):
        return "accs", "neut"
    cases = cases_after(word)
    return (cases[0] if len(cases) == 1 else "gent"), "neut"


def day(match: Match, accent: Accent) -> str | None:
    case, gender = _day_case(match)
    return ordinal(int(match[0]), case, gender) if 0 < int(match[0]) <= 31 else None


def days(match: Match, accent: Accent) -> str:
    case, gender = _day_case(match)
    return f"{ordinal(int(match[1]), case, gender)} — {ordinal(int(match[2]), case, gender)}"


def date(match: Match, accent: Accent) -> str | None:
    day, month, year = int(match[1]), int(match[2]), match[3]
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    case, gender = _day_case(match)
    said = f"{ordinal(day, case, gender)} {_MONTHS[month - 1]}"
    if len(year) == 4:
        return f"{said} {ordinal(int(year), 'gent')} года"
    return f"{said} {whole(year)} года" if year[0] == "0" else f"{said} {ordinal(int(year), 'gent')} года"


def iso_date(match: Match, accent: Accent) -> str | None:
    day, month = int(match[3]), int(match[2])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{ordinal(day, 'gent', 'neut')} {_MONTHS[month - 1]} {ordinal(int(match[1]), 'gent')} года"


def _year_case(match: Match, word: str) -> Case:
    """The case of a year, by the form of `год` or, before `г.`, by the preposition."""
    before = around(match)[0]
    if word in YEAR_FORMS:
        return "datv" if word == "году" and preposition(before) in ("к", "ко", "по") else YEAR_FORMS[word]
    return "gent" if _after_month(before) else of_place(before)


def year(match: Match, accent: Accent) -> str | None:
    if len(match["y"]) < 3 and not match["word"].startswith("год"):
        return None
    several = match["word"] in ("годы", "годов", "годам", "годами", "годах", "гг.", "гг")
    return ordinal(int(match["y"]), _year_case(match, match["word"]), "plur" if several else "masc")


def years(match: Match, accent: Accent) -> str:
    case = _year_case(match, match["word"] or "")
    first, last = int(match["a"]), match["b"]
    return f"{ordinal(first, case)} — {ordinal(int(last), case)}"


def lone_year(match: Match, accent: Accent) -> str:
    return ordinal(int(match[0]))


def lone_years(match: Match, accent: Accent) -> str:
    return f"{ordinal(int(match[1]))} — {ordinal(int(match[2]))}"


def _after_month(before: str) -> bool:
    """`12 марта`, `26 мая (6 июня)`: the year that follows is its month's."""
    return re.search(rf"{MONTH} (?:\([^)]*\) )?$", before.lower()) is not None


def listed_year(match: Match, accent: Accent) -> str:
    """`с 1941 по 1945 год`, `в 1941 и 1945 годах`."""
    case = of_place(around(match)[0])
    return ordinal(int(match[0]), case)


def year_word(match: Match, accent: Accent) -> str:
    several = match[0].startswith("гг")
    before = re.sub(r"[\d –—-]+$", " ", around(match)[0])
    case: Case = "gent" if _after_month(before) else of_place(before)
    return inflected("год", case, "plur" if several else "sing") + stop(match)


def time(match: Match, accent: Accent) -> str | None:
    hour, minute = int(match[1]), match[2]
    if hour > 24 or int(minute) > 59:
        return None
    case: Case = "gent" if preposition(around(match)[0]) in ("с", "до", "от", "после", "около") else "nomn"
    tail = "ноль-ноль" if minute == "00" else f"ноль {cardinal(int(minute), case)}" if minute[0] == "0" else ""
    said = f"{cardinal(hour, case)} {tail or cardinal(int(minute), case)}"
    if match[3]:
        said += f" и {cardinal(int(match[3]), case, 'femn')} {counted('секунда', int(match[3]), case)}"
    return said
