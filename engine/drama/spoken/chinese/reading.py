"""How Chinese writing is said: numbers by what they count, dates, times, money, units, signs."""

import re
from functools import cache
from typing import Final

from engine.drama.spoken import foreign, marks
from engine.drama.spoken.chinese.numbers import cardinal, digits, number
from engine.drama.spoken.english import letters as english
from engine.drama.spoken.english.numbers import roman
from engine.drama.spoken.scanner import Accent, LanguageRules, Rule
from engine.drama.spoken.source import script
from engine.drama.spoken.words import tables

Match = re.Match[str]
_NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_DASH: Final = r"(?:--?|[–—~～至到])"
_VULGAR: Final = "½⅓⅔¼¾⅕⅛⅜⅝⅞"


def _word(run: str, before: str, after: str, accent: Accent) -> str | None:
    """See `LanguageRules.word`: Chinese as it stands, Latin letters as they stand, for English lips."""
    kind = script(run[0])
    if kind == "HAN":
        return run if all(foreign.has_reading(sign) for sign in run) else None
    if kind == "GREEK" and len(run) == 1:
        return str(tables("chinese")["greek"].get(run.lower(), "")) or foreign.latin(run)
    if kind == "LATIN":
        return english.word(run, before, after, accent)
    return foreign.latin(run)


def _counting(text: str, match: Match) -> str:
    """A number before what follows: 2 of something is 两."""
    if text == "2" and match.string.startswith(_measures(), match.end()):
        following = match.string[match.end() : match.end() + 2]
        if following[:1] not in "月日号" and following != "年级":
            return "两"
    return number(text)


@cache
def _measures() -> tuple[str, ...]:
    return tuple(tables("chinese")["counting"]["measures"].split())


@cache
def _spans() -> tuple[str, ...]:
    return tuple(tables("chinese")["counting"]["spans"].split())


def _year(match: Match, accent: Accent) -> str | None:
    if match[0].endswith("00") and match.string.startswith(_spans(), match.end()):
        return None
    return digits(match[0])


def _years(match: Match, accent: Accent) -> str:
    return f"{digits(match[1])}到{digits(match[2])}"


def _date(match: Match, accent: Accent) -> str | None:
    month, day = int(match[2]), int(match[3])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{digits(match[1])}年{cardinal(month)}月{cardinal(day)}日"


def _time(match: Match, accent: Accent) -> str | None:
    hour, minute, second = int(match[1]), int(match[2]), match[3]
    if hour > 24 or minute > 59:
        return None
    said = f"{'两' if hour == 2 else cardinal(hour)}点"
    if minute or second:
        said += f"{'零' if minute < 10 else ''}{cardinal(minute) if minute else ''}分"
    elif not second:
        said += "整"
    if second:
        said += f"{'零' if int(second) < 10 else ''}{cardinal(int(second)) if int(second) else ''}秒"
    return said


def _ratio(match: Match, accent: Accent) -> str:
    return f"{number(match[1])}比{number(match[2])}"


def _percent(match: Match, accent: Accent) -> str:
    name = "百分之" if match["sign"] == "%" else "千分之"
    first = f"{name}{'负' if match['minus'] else ''}{number(match['a'])}"
    return f"{first}到{name}{number(match['b'])}" if match["b"] else first


def _money(match: Match, accent: Accent) -> str:
    unit = tables("chinese")["money"][match["sign"]]
    return f"{'负' if match['minus'] else ''}{number(match['n'].removesuffix('.00'))}{match['scale'] or ''}{unit}"


def _code(match: Match, accent: Accent) -> str:
    return f"{number(match[1])}{match[2] or ''}{tables('chinese')['codes'][match[3]]}"


def _unit(match: Match, accent: Accent) -> str:
    unit = str(tables("chinese")["units"][match["unit"]])
    minus = ("零下" if unit.endswith("氏度") else "负") if match["minus"] else ""
    first = "两" if match["a"] == "2" and not minus and unit not in ("度", "摄氏度", "华氏度") else number(match["a"])
    return f"{minus}{first}{'到' + number(match['b']) if match['b'] else ''}{unit}"


def _range(match: Match, accent: Accent) -> str:
    return f"{number(match[1])}到{_counting(match[2], match)}"


def _fraction(match: Match, accent: Accent) -> str | None:
    return f"{cardinal(int(match[2]))}分之{cardinal(int(match[1]))}" if int(match[2]) else None


def _mixed(match: Match, accent: Accent) -> str:
    return f"{number(match[1])}又{tables('chinese')['signs'][match[2]]}"


def _ordinal(match: Match, accent: Accent) -> str:
    return number(match[0])


def _numeral(match: Match, accent: Accent) -> str | None:
    value = roman(match[0])
    return cardinal(value) if value else None


def _telephone(match: Match, accent: Accent) -> str:
    groups = re.findall(r"\d+", match[0])
    return ("加" if match[0][0] == "+" else "") + "，".join(digits(group, telephone=True) for group in groups)


def _one_by_one(match: Match, accent: Accent) -> str:
    return digits(match[0], telephone=len(match[0]) == 3)


def _short_years(match: Match, accent: Accent) -> str:
    return digits(match[0])


def _decade(match: Match, accent: Accent) -> str:
    return f"{digits(match[1])}年代"


def _pair(match: Match, accent: Accent) -> str:
    return "两"


def _per(match: Match, accent: Accent) -> str:
    return "每"


def _plain(match: Match, accent: Accent) -> str:
    said = _counting(match["n"], match)
    return ("负" if match["minus"] else "") + said


def _sign_between(match: Match, accent: Accent) -> str:
    return {"-": "减", "*": "乘", "x": "乘", "/": "除以", ">": "大于", "<": "小于"}[match[0].strip()]


def _address(match: Match, accent: Accent) -> str:
    return english.address(match[0])


def _again(match: Match, accent: Accent) -> str:
    return match.string[match.start() - 1]


@cache
def reader() -> LanguageRules:
    known = tables("chinese")
    units = "|".join(re.escape(unit) for unit in sorted(known["units"], key=len, reverse=True))
    signs = "|".join(re.escape(sign) for sign in sorted(known["money"], key=len, reverse=True))
    scale = "十|百|千|万|亿|万亿"
    minus = r"(?P<minus>-(?<![A-Za-z0-9)]-)|负)?"
    after = r"(?![A-Za-z0-9])"
    written: list[tuple[str, object]] = [
        (r"(?:https?://|www\.)[^\s<>\"“”«»\u3000-\u9fff]*[\w/]", _address),
        (r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", _address),
        (r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\d/.-])", _date),
        (rf"(\d{{4}})年?{_DASH}(\d{{4}})(?=年)", _years),
        (r"(?:(?<=公元)|(?<=元前))\d{1,4}(?= ?年)", _short_years),
        (r"(\d{4})s(?![A-Za-z])", _decade),
        (r"(?<=[《“「])(?:1[5-9]|20)\d\d(?!\d)", _short_years),
        (r"\d{4}(?= ?年)", _year),
        (r"(?<=[（(])[12]\d{3}(?=[)）])", _short_years),
        (r"(?<=[（(])([12]\d{3})[-–—～]+([12]\d{3})(?=[)）])", _years),
        (r"(?<![\d.])\d\d(?=[后後](?![年天日个月來来]))", _short_years),
        (r"(\d{1,2}):(\d\d)(?::(\d\d))?(?!\d)", _time),
        (rf"({_NUMBER}):({_NUMBER})(?![\d:])", _ratio),
        (rf"{minus}(?P<a>{_NUMBER})[%‰]?(?:{_DASH}(?P<b>{_NUMBER}))?(?P<sign>[%‰])", _percent),
        (rf"{minus}(?P<sign>{signs}) ?(?P<n>{_NUMBER})(?P<scale>{scale})?元?", _money),
        (rf"({_NUMBER})({scale})? ?({'|'.join(known['codes'])}){after}", _code),
        (
            rf"{minus}(?P<a>{_NUMBER})(?:(?:{units})?{_DASH}(?P<b>{_NUMBER}))? ?(?P<unit>{units}){after}",
            _unit,
        ),
        (
            r"(?:\+\d{1,3}[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"
            r"|0\d{2,3}-\d{3,4} ?\d{4}(?!\d)|[48]00-\d{3}-\d{4}(?!\d)",
            _telephone,
        ),
        (r"(?:(?<=打)|(?<=电话)|(?<=電話)|(?<=警)|(?<=拨)|(?<=拨打了))1\d\d(?!\d)", _one_by_one),
        (r"\d{1,2}·\d{1,2}(?!\d)", _one_by_one),
        (r"(?<=[A-Z])\d{3,}(?!\d)|(?<=[A-Z])\d+(?=次|号|路)", _one_by_one),
        (
            r"(?:(?<=[号码])|(?<=[号码]是)|(?<=号：))\d{4,}(?!\d)",
            _one_by_one,
        ),
        (r"(?<=[元块角分美镑年月次])/(?=斤|公斤|克|小时|分钟|秒|天|人|月|年|米|次|个|件|张|位|kg|m)", _per),
        (r"\d{3,4}(?=室|号房|号房间|房间|号病房|航班|次列车)", _one_by_one),
        (rf"2(?=、\d(?:{'|'.join(_measures())}))", _pair),
        (rf"({_NUMBER}){_DASH}({_NUMBER})(?!-?\d)", _range),
        (r"(\d+)/(\d+)(?![\d/])", _fraction),
        (rf"(\d+)([{_VULGAR}])", _mixed),
        (rf"(?<=第){_NUMBER}", _ordinal),
        (r"(?:(?<=第)|(?<=卷)|(?<=大战))[IVXLC]+(?![A-Za-z])", _numeral),
        (r"[IVX]{2,}(?![A-Za-z])", _numeral),
        (r"(?<=\d) ?[-*x/><] ?(?=\d)", _sign_between),
        (rf"{minus}(?P<n>{_NUMBER}|\.\d+)", _plain),
        (r"(?<=[\u4e00-\u9fff])々", _again),
    ]
    rules: list[Rule] = [(re.compile(pattern), words) for pattern, words in written]  # type: ignore[misc]
    return LanguageRules([*rules, *marks.RULES], _word, known["signs"], marks.CHINESE, spaced=False)
