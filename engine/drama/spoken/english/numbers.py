"""English numbers in words."""

from typing import Final

_ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = [".", ".", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_GROUPS: Final = [".", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"]
_ORDINALS: Final = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
LONGEST: Final = 18
"""More digits than these are read one by one."""


def _below_hundred(number: int) -> str:
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def _below_thousand(number: int, *, joined: bool) -> str:
    hundreds, rest = divmod(number, 100)
    words = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    if rest:
        words.append(("and " if joined and hundreds else "") + _below_hundred(rest))
    return " ".join(words)


def cardinal(number: int, *, british: bool = False) -> str:
    """British numbers have `and` before the last two digits."""
    if number == 0:
        return "zero"
    words: list[str] = []
    for power in reversed(range(len(_GROUPS))):
        group = number // 1000**power % 1000
        if group:
            lone = power == 0 and group < 100 and british and bool(words)
            name = f" {_GROUPS[power]}" if power else ""
            words.append(("and " if lone else "") + _below_thousand(group, joined=british) + name)
    return " ".join(words)


def ordinal(number: int, *, british: bool = False) -> str:
    words = cardinal(number, british=british)
    start, last = words[: len(words) - len(_last(words))], _last(words)
    if last in _ORDINALS:
        return start + _ORDINALS[last]
    return start + (last[:-1] + "ieth" if last.endswith("y") else last + "th")


def _last(words: str) -> str:
    return words.replace("-", " ").split(" ")[-1]


def year(number: int) -> str:
    """1905 nineteen oh five, 1900 nineteen hundred, 2005 two thousand five, 2021 twenty twenty-one."""
    century, rest = divmod(number, 100)
    if not 1000 <= number <= 9999 or 2000 <= number < 2010 or number % 1000 == 0:
        return cardinal(number)
    if rest == 0:
        return f"{_below_hundred(century)} hundred"
    return f"{_below_hundred(century)} {'oh ' if rest < 10 else ''}{_below_hundred(rest)}"


def digits(text: str) -> str:
    """One by one; anything else in the text is left out."""
    return " ".join(_ONES[int(sign)] for sign in text if sign.isdecimal())


def number(text: str, *, british: bool = False) -> str:
    """`1,234.5`, `007`, `.5`: as it is said."""
    whole, _, after = text.replace(",", "").partition(".")
    if len(whole) > LONGEST or (len(whole) > 1 and whole[0] == "0"):
        words = digits(whole)
    else:
        words = cardinal(int(whole or "0"), british=british)
    return f"{words} point {digits(after)}" if after else words


def plural(words: str) -> str:
    """twenties, sixes, thirds."""
    if words.endswith("y"):
        return words[:-1] + "ies"
    return words + ("es" if words.endswith(("x", "s")) else "s")


def roman(text: str) -> int | None:
    """The number that a Roman numeral writes in its usual form, up to 3,999."""
    values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
    if not text or not set(text) <= set(values):
        return None
    found = 0
    for here, following in zip(text, [*text[1:], ""], strict=True):
        found += -values[here] if following and values[following] > values[here] else values[here]
    return found if 0 < found < 4000 and numeral(found) == text else None


def numeral(number: int) -> str:
    """The Roman numeral of a number."""
    forms = zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ["M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"],
        strict=True,
    )
    text = ""
    for value, form in forms:
        text += form * (number // value)
        number %= value
    return text
