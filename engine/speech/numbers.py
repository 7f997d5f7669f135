"""Numbers as they are written and said, from a half to 999: digits, words in every Russian case, Chinese numerals."""

import re

from engine.text import normalized

_EN_ONES = {
    word: at
    for at, word in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], start=1)
}
_EN_TEENS = {
    word: at
    for at, word in enumerate(
        ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
        start=10,
    )
}
_EN_TENS = {
    word: 10 * at
    for at, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)
}

_RU_ONES = {
    1: "один|одна|одно|одну|одного|одной|одному|одним|одном|одною",
    2: "два|две|двух|двум|двумя",
    3: "три|трех|трем|тремя",
    4: "четыре|четырех|четырем|четырьмя",
    5: "пять|пяти|пятью",
    6: "шесть|шести|шестью",
    7: "семь|семи|семью",
    8: "восемь|восьми|восемью|восьмью",
    9: "девять|девяти|девятью",
}
_RU_TEENS = {
    10: "десять|десяти|десятью",
    **{
        10 + at: f"{stem}надцать|{stem}надцати|{stem}надцатью"
        for at, stem in enumerate(["один", "две", "три", "четыр", "пят", "шест", "сем", "восем", "девят"], start=1)
    },
}
_RU_TENS = {
    20: "двадцать|двадцати|двадцатью",
    30: "тридцать|тридцати|тридцатью",
    40: "сорок|сорока",
    50: "пятьдесят|пятидесяти|пятьюдесятью",
    60: "шестьдесят|шестидесяти|шестьюдесятью",
    70: "семьдесят|семидесяти|семьюдесятью",
    80: "восемьдесят|восьмидесяти|восемьюдесятью|восьмьюдесятью",
    90: "девяносто|девяноста",
}
_RU_HUNDREDS = {
    100: "сто|ста",
    200: "двести|двухсот|двумстам|двумястами|двухстах",
    300: "триста|трехсот|тремстам|тремястами|трехстах",
    400: "четыреста|четырехсот|четыремстам|четырьмястами|четырехстах",
    500: "пятьсот|пятисот|пятистам|пятьюстами|пятистах",
    600: "шестьсот|шестисот|шестистам|шестьюстами|шестистах",
}
_ZH_DIGITS = {digit: at for at, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}


def _forms(table: dict[int, str]) -> dict[str, int]:
    return {form: value for value, forms in table.items() for form in forms.split("|")}


_WORDS = {
    **_EN_ONES, **_EN_TEENS, **_EN_TENS,
    **_forms(_RU_ONES), **_forms(_RU_TEENS), **_forms(_RU_TENS), **_forms(_RU_HUNDREDS),
}  # fmt: skip


def _any(words: object) -> str:
    return "|".join(sorted(map(str, words), key=len, reverse=True))  # type: ignore[call-overload]


_EN_SMALL = rf"(?:(?:{_any(_EN_TENS)})(?:[ -](?:{_any(_EN_ONES)}))?|{_any(_EN_TEENS)}|{_any(_EN_ONES)})"
_EN = rf"(?:(?:{_any(_EN_ONES)}|a) hundred(?:(?: and)? {_EN_SMALL})?|{_EN_SMALL})"
_RU_ONE, _RU_TEEN = _any(_forms(_RU_ONES)), _any(_forms(_RU_TEENS))
_RU_TEN, _RU_HUNDRED = _any(_forms(_RU_TENS)), _any(_forms(_RU_HUNDREDS))
_RU_SMALL = rf"(?:(?:{_RU_TEN})(?: (?:{_RU_ONE}))?|{_RU_TEEN}|{_RU_ONE})"
_RU = rf"(?:(?:{_RU_HUNDRED})(?: {_RU_SMALL})?|{_RU_SMALL})"
_ZH = r"[零〇一二两三四五六七八九十百]+"

BEGIN, END = r"(?<![a-zа-я\d_])", r"(?![a-zа-я\d_])"
"""Where a word begins and ends; a Chinese character may stand on either side."""

DIGITS = r"\d{1,5}(?:[.,]\d{1,3})?"
NUMBER = (
    rf"(?:(?<!\d[.,/:]){BEGIN}(?<![/#']){DIGITS}(?!\d)|{BEGIN}(?:{_EN}|{_RU}){END}"
    rf"|(?<![第几零〇一二两三四五六七八九十百]){_ZH})"
)
"""A number in a text that `normalise` returned. A pattern without groups."""


def normalise(text: str) -> str:
    """Lower case, full-width forms narrowed, ё as е, accents kept, dashes and blanks of one kind."""
    narrow = normalized("NFKC", text).casefold().replace("ё", "е").replace("’", "'")
    return re.sub(r"[ \t]+", " ", re.sub("[‐‑‒–]", "-", narrow))


def number(text: str) -> float:
    """The value of a match of `NUMBER`. Raises ValueError for anything else."""
    if text[:1].isdecimal():
        return float(text.replace(",", "."))
    if re.fullmatch(_ZH, text):
        return float(_chinese(text))
    return float(_said(re.findall(r"\w+", text)))


def _said(words: list[str]) -> int:
    total = 0
    for word in words:
        if word == "hundred":
            total = max(total, 1) * 100
        elif word not in ("and", "a"):
            if word not in _WORDS:
                raise ValueError(f"{word!r} is no number")
            total += _WORDS[word]
    return total


def _chinese(text: str) -> int:
    """三百零五 -> 305, 十五 -> 15, 二〇 -> 20."""
    if not set(text) & set("十百"):
        return int("".join(str(_ZH_DIGITS[digit]) for digit in text))
    total, digit = 0, 0
    for sign in text:
        if sign in "十百":
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
        else:
            digit = _ZH_DIGITS[sign]
    return total + digit
