"""Headings and breaks of plain text in three languages: `Chapter IV`, `ГЛАВА ПЕРВАЯ`, `第一回 …`, `* * *`."""

import re
from functools import cache

from engine.drama.script.words import either, listed, tables

LONGEST = 90

_RULE = re.compile(r"(?:[*＊•·\-–—―─━_=~～#※◆◇★☆○●□■◎+✦❖❦][ \t\u3000]*){3,80}|⁂|[#※❦✦❖](?:[ \t]*[#※❦✦❖])*|\*")
_ROMAN = r"(?=[IVXLC])(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_NUMBER = re.compile(rf"(?:{_ROMAN}|\d{{1,3}})\.?")
_NUMBERED = re.compile(rf"{_ROMAN}\.?[ \t]*[.:—–-]?\s+(?P<rest>\S.*)", re.DOTALL)
_HAN_NUMBER = "零〇一二三四五六七八九十百千两兩廿卅\\d０-９"
_AFTER = re.compile(r"\s*[.:,;—–-]?\s*(?P<rest>.*)", re.DOTALL)


def is_rule(text: str) -> bool:
    """Whether a paragraph is nothing but the marks between two scenes."""
    return len(text) <= 200 and _RULE.fullmatch(text.strip()) is not None


@cache
def _worded() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    table = tables()["headings"]
    english = rf"(?:the\s+)?(?P<word>{either(table['en'])})\s+(?:{either(table['ordinals_en'])}|[ivxlc]+|\d+)(?!\w)"
    turned = rf"(?:the\s+)?(?:{either(table['ordinals_en'])})\s+(?P<turned>{either(table['en'])})(?!\w)"
    russian = (
        rf"(?P<word>{either(table['ru'])})\s+(?:№\s*)?(?:(?:{either(table['ordinals_ru'])})\w*"
        rf"(?:\s+(?:{either(table['ordinals_ru'])})\w*)?|[ivxlc]+|\d+)(?:-\w+)?(?!\w)"
    )
    russian_turned = rf"(?:{either(table['ordinals_ru'])})\w*\s+(?P<turned>{either(table['ru'])})(?!\w)"
    chinese = (
        rf"第\s*[{_HAN_NUMBER}]{{1,9}}\s*(?P<word>{either(table['zh'])})(?=[\s　:：·、.—-]|$|[^，。])"
        rf"|(?P<turned>卷|部|集)[{_HAN_NUMBER}]{{1,5}}(?=\s|　|$)"
    )
    return (
        re.compile(rf"{english}|{turned}", re.IGNORECASE),
        re.compile(rf"{russian}|{russian_turned}", re.IGNORECASE),
        re.compile(chinese),
    )


def level_of(text: str) -> int | None:
    """Level of a paragraph that is a heading by its words; None for any other."""
    said = text.strip().strip("*_#").strip()
    if not said or len(said) > LONGEST or said.count("\n") > 2:
        return None
    if said.rstrip(".:").lower() in listed("headings", "alone"):
        return 2
    for language, pattern in zip(("en", "ru", "zh"), _worded(), strict=True):
        match = pattern.match(said)
        if match is None or not _ends_well(said, match.end(), language):
            continue
        word = (match["word"] or match["turned"]).lower()
        level = tables()["headings"][language][word]
        return int(level)
    return None


def _ends_well(said: str, at: int, language: str) -> bool:
    """Whether what follows the number is a title, not the rest of a sentence."""
    if language == "zh":
        return said[-1] not in "。，；！？”」" and len(said) <= 45
    after = _AFTER.match(said, at)
    rest = after["rest"] if after else ""
    if not rest:
        return True
    marked = said[at : at + 3].strip()[:1] in tuple(".:,;—–-") or "\n" in said[at : len(said) - len(rest)]
    return (rest[0].isupper() or not rest[0].isalpha()) and (marked or rest[-1] not in ".,;!?…")


def is_number(text: str) -> bool:
    """A chapter that has only a number: `IV.`, `12`."""
    return bool(_NUMBER.fullmatch(text.strip()))


def is_numbered_title(text: str) -> bool:
    """A Roman number and a title in capitals: `I. A SCANDAL IN BOHEMIA`."""
    match = _NUMBERED.fullmatch(text.strip())
    return match is not None and len(text) <= LONGEST and match["rest"].isupper()


def is_bare(text: str) -> bool:
    """Whether a heading is a number only, so that its title may follow: `CHAPTER I.`, `IV`."""
    said = text.strip().strip("*_#").strip()
    if is_number(said):
        return True
    ends = [match.end() for pattern in _worded() if (match := pattern.match(said))]
    return bool(ends) and not said[ends[0] :].strip(" .:—–-")


def is_title(text: str) -> bool:
    """Whether what follows such a number is a title: one short line that is no sentence."""
    said = text.strip()
    return (
        2 <= len(said) <= 70
        and "\n" not in said
        and said[-1] not in '.,;:!?…。，；：！？”»’"」』)]'
        and (said[0].isupper() or "\u3400" <= said[0] <= "\u9fff")
    )
