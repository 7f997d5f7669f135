"""English dates, years and times of the day.

Each says a match of its pattern in `rules.py`, or None to leave it to the next.
"""

import re
from typing import Final

from engine.drama.spoken.english.beside import MONTH, before, ends
from engine.drama.spoken.english.numbers import cardinal, ordinal, plural, year
from engine.drama.spoken.scanner import Accent, Match

_NAMES: Final = MONTH.removeprefix("(?:").split("|")[:12]


def day(match: Match, accent: Accent) -> str:
    """The day before its month: `12 March`."""
    said = ordinal(int(match["day"]))
    return f"{'' if before(match, r'[Tt]he ') else 'the '}{said}{'' if match['of'] else ' of'}"


def numeric_date(match: Match, accent: Accent) -> str | None:
    first, second, of_year = int(match["a"]), int(match["b"]), match["year"]
    month, day = (first, second) if accent == "us" else (second, first)
    if month > 12:
        month, day = day, month
    return _date(day, month, of_year, accent)


def _date(day: int, month: int, of_year: str, accent: Accent) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    said = f"the {ordinal(day)} of {_NAMES[month - 1]}" if accent == "gb" else f"{_NAMES[month - 1]} {ordinal(day)}"
    whole = int(of_year) if len(of_year) == 4 else None
    return f"{said}, {year(whole) if whole is not None else short_year(of_year)}"


def short_year(text: str) -> str:
    return f"oh {cardinal(int(text))}" if text[0] == "0" and text != "00" else cardinal(int(text))


def iso_date(match: Match, accent: Accent) -> str | None:
    return _date(int(match[3]), int(match[2]), match[1], accent)


def time(match: Match, accent: Accent) -> str | None:
    hour, minute, half = int(match["h"]), match["m"] or "", (match["half"] or "").lower()
    if hour > 24 or (minute and int(minute) > 59):
        return None
    said = cardinal(hour)
    if minute == "00":
        said += "" if half else (" o'clock" if 1 <= hour <= 12 and len(match["h"]) == 1 else " hundred")
    elif minute:
        said += f" {'oh ' if minute[0] == '0' else ''}{cardinal(int(minute))}"
    if match["s"]:
        said += f" and {cardinal(int(match['s']))} second{'' if int(match['s']) == 1 else 's'}"
    if half:
        said += " A M" if half[0] == "a" else " P M"
    return said + (ends(match) if half.endswith(".") else "")


def day_of_month(match: Match, accent: Accent) -> str | None:
    return ordinal(int(match[0])) if before(match, f"{MONTH} ") and 0 < int(match[0]) <= 31 else None


def decade(match: Match, accent: Accent) -> str | None:
    value = int(match[1])
    if match[1][-1] != "0" or value < 10 or 100 <= value < 1000:
        return None
    if len(match[1]) == 2:
        return plural(cardinal(value))
    return plural(year(value)) if value % 1000 else plural(cardinal(value))


def year_like(text: str) -> bool:
    return len(text) == 4 and 1000 <= int(text) <= 2099


_COUNTED: Final = re.compile(
    r" (?:or so |more |other |odd |good )?(?:men|women|people|children|feet|sheep|of|percent|hundred|thousand|million"
    r"|(?!was\b|is\b|has\b|as\b|its\b|his\b|this\b|does\b|sees\b|saws\b|brings\b|marks\b|begins\b|sometimes\b|always\b"
    r"|perhaps\b|across\b|afterwards\b|thus\b|besides\b|us\b)(?:[a-z]+ )?[a-z]{2,}s\b)"
)


def bare_year(match: Match, accent: Accent) -> str | None:
    if not year_like(match[0]) or match[0][:2] == "00":
        return None
    after = match.string[match.end() : match.end() + 40]
    if _COUNTED.match(after):
        return None
    return year(int(match[0]))
