"""Chinese numbers in words."""

from typing import Final

_DIGITS: Final = "零一二三四五六七八九"
_SMALL: Final = ("", "十", "百", "千")
_GREAT: Final = ("", "万", "亿", "万亿", "亿亿")
LONGEST: Final = 16
"""More digits than these are read one by one."""


def digits(text: str, *, telephone: bool = False) -> str:
    """One by one; on the telephone one is 幺."""
    said = "".join(_DIGITS[int(sign)] for sign in text if sign.isdecimal())
    return said.replace("一", "幺") if telephone else said


def _group(number: int) -> str:
    """Below ten thousand, without a leading zero."""
    said, gap = "", False
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit:
            said += ("零" if gap and said else "") + _DIGITS[digit] + _SMALL[power]
            gap = False
        else:
            gap = True
    return said


def cardinal(number: int) -> str:
    """10 十, 105 一百零五, 2000 两千, 20,000 两万, 10,500 一万零五百."""
    if number == 0:
        return "零"
    groups: list[int] = []
    while number:
        number, rest = divmod(number, 10_000)
        groups.append(rest)
    said, gap = "", False
    for power in range(len(groups) - 1, -1, -1):
        group = groups[power]
        if not group:
            gap = bool(said)
            continue
        words = _group(group)
        if words.startswith("一十") and not said:
            words = words[1:]
        if not said and (words.startswith("二千") or (words == "二" and power)):
            words = "两" + words[1:]
        said += ("零" if said and (gap or group < 1000) else "") + words + _GREAT[power]
        gap = False
    return said


def number(text: str) -> str:
    """`1,234.5`, `007`, `.5`: as it is said."""
    whole, _, after = text.replace(",", "").partition(".")
    one_by_one = len(whole) > LONGEST or (len(whole) > 1 and whole[0] == "0")
    words = digits(whole) if one_by_one else cardinal(int(whole or "0"))
    return f"{words}点{digits(after)}" if after else words
