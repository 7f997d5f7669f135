"""English numbers, money and measures.

Each says a match of its pattern in `rules.py`, or None to leave it to the next.
"""

import re
from typing import Final

from engine.drama.spoken.english.beside import ends
from engine.drama.spoken.english.dates import short_year, year_like
from engine.drama.spoken.english.numbers import cardinal, digits, number, ordinal, year
from engine.drama.spoken.scanner import Accent, Match
from engine.drama.spoken.words import tables

NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"


_SCALE: Final = {"k": "thousand", "m": "million", "mn": "million", "bn": "billion", "b": "billion", "tn": "trillion"}


_FRACTIONS: Final = {2: "half", 3: "third", 4: "quarter"}


VULGAR: Final = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"


_PRICED: Final = (
    r"[ -](?:notes?|bills?|coins?|tickets?|fines?|reward|prize|bet|cheques?|checks?|pieces?|loan|fee|bribe)\b"
)
"""What has its price before it: a five pound note."""


def _value(text: str, accent: Accent) -> str:
    return number(text, british=accent == "gb")


def _one(text: str) -> bool:
    return text.replace(",", "") in ("1", "1.0")


def money(match: Match, accent: Accent) -> str:
    sign, whole, part = match["sign"], match["whole"], match["part"]
    one, several, cent, cents = tables("english")["money"][sign]
    scale = match["scale"]
    minus = "minus " if match["minus"] else ""
    if scale:
        amount = whole + (f".{part}" if part else "")
        return f"{minus}{_value(amount, accent)} {_SCALE.get(scale.lower(), scale.lower())} {several}"
    if part and len(part) != 2:
        return f"{minus}{_value(f'{whole}.{part}', accent)} {several}"
    single = _one(whole) or (not part and re.match(_PRICED, match.string[match.end() :]))
    said = f"{_value(whole, accent)} {one if single else several}"
    if part and int(part):
        pence = f"{cardinal(int(part))} {cent if int(part) == 1 else cents}"
        said = pence if whole == "0" else f"{said} and {pence}"
    return minus + said


def code(match: Match, accent: Accent) -> str:
    one, several, *_ = tables("english")["money"][tables("english")["codes"][match[2]]]
    return f"{_value(match[1], accent)} {one if _one(match[1]) else several}"


def unit(match: Match, accent: Accent) -> str:
    value, half = match["n"] or "", match["half"] or ""
    single = match["dash"] == "-" or (_one(value) and not half)
    name = str(tables("english")["units"][match["unit"]][0]) if single else _several(match["unit"], accent)
    name = re.sub(r"(met|lit)er", r"\1re", name) if accent == "gb" else name
    said = _with_half(value, half, accent) if half else _value(value, accent)
    stop = ends(match) if match["unit"].endswith(".") else ""
    return f"{'minus ' if match['minus'] else ''}{said} {name}{stop}"


def _with_half(value: str, half: str, accent: Accent) -> str:
    """A number and a fraction that is one sign: two and a half."""
    fraction = str(tables("english")["signs"][half])
    if not value:
        return fraction
    return f"{_value(value, accent)} and {'a' + fraction[3:] if fraction.startswith('one') else fraction}"


def _several(unit: str, accent: Accent) -> str:
    several = str(tables("english")["units"][unit][1])
    return re.sub(r"(met|lit)er", r"\1re", several) if accent == "gb" else several


def range_unit(match: Match, accent: Accent) -> str:
    return f"{_value(match['a'], accent)} to {_value(match['b'], accent)} {_several(match['unit'], accent)}"


def feet(match: Match, accent: Accent) -> str:
    feet, inches = match[1], match[2]
    said = f"{_value(feet, accent)} {'foot' if inches or _one(feet) else 'feet'}"
    return f"{said} {_value(inches, accent)}" if inches else said


def interval(match: Match, accent: Accent) -> str:
    first, last = match["a"], match["b"]
    if len(first) == 4 and "." not in first + last and year_like(first):
        end = year(int(last)) if len(last) == 4 else short_year(last) if len(last) == 2 else _value(last, accent)
        return f"{year(int(first))} to {end}"
    return f"{_value(first, accent)} to {_value(last, accent)}"


def phone(match: Match, accent: Accent) -> str | None:
    text = match[0]
    if sum(sign.isdecimal() for sign in text) < 7:
        return None
    groups = [digits(group) for group in re.findall(r"\d+", text)]
    return ("plus " if text.startswith("+") else "") + ", ".join(groups)


def ordinal_number(match: Match, accent: Accent) -> str:
    return ordinal(int(match[1].replace(",", "")), british=accent == "gb")


def fraction(match: Match, accent: Accent) -> str | None:
    whole, top, bottom = match["whole"], int(match["top"]), int(match["bottom"])
    if bottom not in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 20, 32, 64, 100) or top >= bottom or top == 0:
        return f"{cardinal(top)} over {cardinal(bottom)}" if not whole else None
    name = _FRACTIONS.get(bottom) or ordinal(bottom)
    said = f"{cardinal(top)} {name if top == 1 else 'halves' if bottom == 2 else name + 's'}"
    if whole:
        return f"{_value(whole, accent)} and {'a' + said[3:] if top == 1 else said}"
    return said


def mixed_number(match: Match, accent: Accent) -> str:
    return _with_half(match[1], match[2], accent)


def plain_number(match: Match, accent: Accent) -> str:
    minus = "minus " if match["minus"] else ""
    return minus + _value(match["n"], accent) + (f" {_SCALE[match['k'].lower()]}" if match["k"] else "")


def times_sign(match: Match, accent: Accent) -> str:
    by = "times" if match["sign"] == "×" and not match["unit"] else "by"
    unit = f" {_several(match['unit'], accent)}" if match["unit"] else ""
    return f"{_value(match['a'], accent)} {by} {_value(match['b'], accent)}{unit}"


def ratio(match: Match, accent: Accent) -> str:
    return f"{_value(match[1], accent)} to {_value(match[2], accent)}"


def number_sign(match: Match, accent: Accent) -> str:
    return f"number {_value(match[1], accent)}"


def minus_sign(match: Match, accent: Accent) -> str:
    return "minus"


def shillings(match: Match, accent: Accent) -> str:
    """Pounds, shillings and pence, as in books of before 1971."""
    parts = (
        (match["l"] or match["l2"], "pound", "pounds"),
        (match["s"] or match["s2"], "shilling", "shillings"),
        (match["d"], "penny", "pence"),
    )
    said = [f"{_value(n, accent)} {one if n == '1' else several}" for n, one, several in parts if n]
    stop = ends(match) if match[0].endswith(".") else ""
    return " and ".join([", ".join(said[:-1]), said[-1]]).removeprefix(" and ") + stop


def arc(match: Match, accent: Accent) -> str:
    """Minutes and seconds of an angle."""
    names = [(match[1], "minute"), (match[2], "second")]
    return " ".join(f"{_value(n, accent)} {name}{'' if n == '1' else 's'}" for n, name in names if n)


def version(match: Match, accent: Accent) -> str:
    return " point ".join(_value(part, accent) for part in match[0].split("."))


def sign_between(match: Match, accent: Accent) -> str:
    names = {"^": "to the power of", "-": "minus", "−": "minus", "<": "is less than", ">": "is greater than"}
    return names[match[0].strip()]


def per(match: Match, accent: Accent) -> str:
    return "per"


def dot(match: Match, accent: Accent) -> str:
    return "dot"


def hashtag(match: Match, accent: Accent) -> str:
    return "hashtag"
