"""Metres as people say them: 7/8, 3+2+2/8, seven-eight, in seven, семь восьмых, 八七拍."""

import re
from collections.abc import Iterable

from engine.generate.composer.metre import METRES, metre_named

_EN_COUNTS = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()  # noqa: SIM905
_EN_UNITS = {"two": 2, "four": 4, "eight": 8}
_RU_COUNTS = (
    "две|два|двух",
    "три|трех",
    "четыре|четырех",
    "пять|пяти",
    "шесть|шести",
    "семь|семи",
    "восемь|восьми",
    "девять|девяти",
    "десять|десяти",
    "одиннадцать|одиннадцати",
    "двенадцать|двенадцати",
    "тринадцать|тринадцати",
    "четырнадцать|четырнадцати",
    "пятнадцать|пятнадцати",
)
_RU_UNITS = {2: r"вторы[хе]|половинн?\w*", 4: r"четверт(?:и|ей|ях|ям)", 8: r"восьмы[хе]|восьмушек"}
_ZH_DIGITS = {"二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "一": 1}
_COUNTED = {2: "2/4", 3: "3/4", 4: "4/4", 5: "5/4", 6: "6/8", 7: "7/8", 9: "9/8", 11: "11/8", 12: "12/8", 13: "13/8"}
"""What "in seven" means."""

_COUNTS = {word: number for number, word in enumerate(_EN_COUNTS, start=2)}
_COUNTS |= {form: number for number, forms in enumerate(_RU_COUNTS, start=2) for form in forms.split("|")}


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_ENDS = r"(?=\s*(?:$|[,.;:!?)，。；、]|(?:time|beat|beats|долей|and|with|at|и|с)(?!\w)))"
_SAID_EN = re.compile(rf"(?<!\w)(?P<count>{_any(_EN_COUNTS)})[\s-]+(?P<unit>{_any(_EN_UNITS)})(?![\w-]|\s+bars?)")
_SAID_RU = re.compile(
    rf"(?<!\w)(?P<count>{_any('|'.join(_RU_COUNTS).split('|'))})\s+"
    rf"(?:{'|'.join(f'(?P<u{unit}>{forms})' for unit, forms in _RU_UNITS.items())})(?!\w)"
)
_IN = re.compile(rf"(?<!\w)(?:in|на)\s+(?P<count>{_any(_COUNTS)}|5|7|9|11|13){_ENDS}")
_NUMBER_ZH = r"十[一二三四五]?|[二两三四五六七八九]"
_SAID_ZH = re.compile(
    rf"(?P<unit>[二四八])分之(?P<count>{_NUMBER_ZH})拍?|(?P<one>{_NUMBER_ZH})(?P<two>{_NUMBER_ZH})拍"
    rf"|(?P<felt>{_NUMBER_ZH})拍子"
)
_GROUPS = re.compile(r"(?<![\w+])\(?(?P<groups>\d(?:\s*\+\s*\d){1,7})\)?(?:\s*/\s*(?P<unit>\d))?(?![\w+/])")
_SIGNATURE = re.compile(r"(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])")


def signatures(text: str, not_heard: list[str]) -> tuple[str, tuple[int, ...]]:
    """The text with every metre as a signature between spaces, and the grouping that it says, `(3, 2, 2)`.

    What looks like a metre and is not played is taken out and noted.
    """
    text = text.replace("\u2044", "/")
    for pattern in (_SAID_EN, _SAID_RU, _SAID_ZH, _IN):
        text = pattern.sub(_signed, text)
    text, groups = _grouping(text)

    def known(match: re.Match[str]) -> str:
        if match[0] in METRES:
            return f" {match[0]} "
        not_heard.append(match[0])
        return " "

    return _SIGNATURE.sub(known, text), groups


def grouped(metre: str | None, groups: tuple[int, ...]) -> str | None:
    """The metre with its grouping; a grouping alone counts eighths."""
    if not groups:
        return metre
    count, unit = metre.split("/") if metre else (str(sum(groups)), "8")
    if int(count) != sum(groups):
        return metre
    try:
        return metre_named(f"{'+'.join(map(str, groups))}/{unit}").name
    except ValueError:
        return metre


def _grouping(text: str) -> tuple[str, tuple[int, ...]]:
    match = _GROUPS.search(text)
    if match is None:
        return text, ()
    groups = tuple(int(part) for part in match["groups"].split("+"))
    if grouped(None, groups) is None and match["unit"] is None:
        return text, ()
    said = f" {sum(groups)}/{match['unit']} " if match["unit"] else " "
    return text[: match.start()] + said + text[match.end() :], groups


def _signed(match: re.Match[str]) -> str:
    found = {name: text for name, text in match.groupdict().items() if text}
    if "felt" in found or len(found) == 1:
        said = found.get("felt") or found["count"]
        name = _COUNTED.get(int(said) if said.isdigit() else _COUNTS.get(said) or _chinese(said))
    elif "one" in found:
        name = _usual(_chinese(found["one"]), _chinese(found["two"]))
    else:
        unit = next(
            int(n[1:]) if n[1:].isdigit() else _EN_UNITS.get(t) or _ZH_DIGITS[t]
            for n, t in found.items()
            if n[0] == "u"
        )
        name = f"{_COUNTS.get(found['count']) or _chinese(found['count'])}/{unit}"
    return f" {name} " if name in METRES else match[0]


def _usual(one: int, two: int) -> str | None:
    """Chinese says 7/8 as 七八 or, unit first, 八七; between two possible readings the usual one."""
    likely = ("2/4", "4/4", "2/2", "4/8")
    readings = [f"{one}/{two}", f"{two}/{one}"]
    return next((r for r in readings if r in likely), None) or next((r for r in readings if r in METRES), None)


def _chinese(number: str) -> int:
    """七 is 7, 十二 is 12."""
    ten, rest = ("十", number[1:]) if number[0] == "十" else ("", number)
    return (10 if ten else 0) + (_ZH_DIGITS[rest] if rest else 0)
