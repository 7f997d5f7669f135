"""How long a piece shall be: "5 minutes of techno", "полторы минуты", "两分半".

A time that says something else is no length: "every 4 seconds", "a 10-second intro", "80s", "десять минут назад".
"""

import re
from collections.abc import Callable, Iterator
from functools import cache

from engine.speech.numbers import BEGIN, END, NUMBER, number
from engine.speech.wish import Wish, spoken

_N = NUMBER
_S = rf"(?:[ -]?(?:seconds?|secs?|секунд\w*|сек){END}\.?|[ -]?s{END}|с{END}| с(?=\s*(?:$|[,.;)]))| ?个?秒钟?)"
_M = rf"(?:[ -]?(?:minutes?|mins?|минут\w*|мин){END}\.?| ?个?分钟)"
_H = rf"(?:[ -]?(?:hours?|hrs?|час|часа|часов){END}| ?个?小时| ?个?钟头)"
_HALF = "(?: and a half| с половиной|半)"
_AND = "(?:,? ?(?:and |и |又|零)?)"
_AT_END = rf"(?=\s*(?:$|[,.;)]|long{END}))"

_JOINED = {
    "пол": 0.5, "полутора": 1.5, "одно": 1, "двух": 2, "трех": 3, "четырех": 4, "пяти": 5, "шести": 6, "семи": 7,
    "восьми": 8, "девяти": 9, "десяти": 10, "пятнадцати": 15, "двадцати": 20, "двадцатипяти": 25, "тридцати": 30,
    "сорока": 40, "сорокапяти": 45, "пятидесяти": 50, "шестидесяти": 60, "девяноста": 90,
}  # fmt: skip
"""Numbers as Russian joins them to the unit: двухминутный, тридцатисекундная."""


def _amount(match: re.Match[str]) -> float:
    """Seconds of a match whose groups name hours, minutes and seconds; a half counts for the last unit named."""
    found = match.groupdict()
    total = 0.0
    for unit, size in (("h", 3600.0), ("m", 60.0), ("s", 1.0)):
        if said := found.get(unit):
            total += size * (number(said) + (0.5 if found.get(f"{unit}_half") or found.get(f"{unit}_half_too") else 0))
    return total


def _clock(match: re.Match[str]) -> float:
    return 60.0 * int(match["m"]) + int(match["s"])


def _joined(match: re.Match[str]) -> float:
    said = match["n"]
    value = _JOINED.get(said)
    return (float(said) if value is None else value) * (60.0 if match["unit"].startswith("минут") else 1.0)


def _always(seconds: float) -> Callable[[re.Match[str]], float]:
    return lambda match: seconds + (number(match["s"]) if match.groupdict().get("s") else 0.0)


_TOO = rf"(?:{_AND}(?P<s>{_N}){_S})?"
_FORMS: tuple[tuple[str, Callable[[re.Match[str]], float]], ...] = (
    (rf"(?P<h>{_N})(?P<h_half>{_HALF}|个半)?{_H}(?P<h_half_too>{_HALF})?(?:{_AND}(?P<m>{_N}){_M})?", _amount),
    (rf"(?P<m>{_N})(?P<m_half>{_HALF})?{_M}(?P<m_half_too>{_HALF})?{_TOO}", _amount),
    (rf"(?P<m>{_N}){_M}{_AND}(?P<s>[1-5]\d|{_N}){_AT_END}", _amount),
    (rf"(?P<m>{_N})分(?:(?P<m_half>半)钟?|钟?(?P<s>{_N})秒钟?)", _amount),
    (rf"{BEGIN}(?P<m>\d{{1,2}})m ?(?P<s>\d{{1,2}})s?{END}", _amount),
    (rf"(?P<s>{_N})(?P<s_half>{_HALF})?{_S}", _amount),
    (
        rf"(?<![\d:.,/]){BEGIN}(?P<m>\d{{1,2}}):(?P<s>[0-5]\d)"
        rf"(?: ?(?:min(?:utes?)?|мин(?:ут\w*)?|分钟){END})?(?![\d:])",
        _clock,
    ),
    (
        rf"{BEGIN}(?:(?:a|one) minute and a half|полтор[ыау] ?минут\w*|полутор\w* ?минут\w*|минут[ауы] с половиной)"
        rf"{END}",
        _always(90),
    ),
    (
        rf"{BEGIN}(?:half[ -](?:a[ -])?minute|a half[ -]minute|полминут\w*|пол[ -]минут\w*|полуминут\w*){END}"
        "|半个?分钟",
        _always(30),
    ),
    (rf"{BEGIN}(?:a|one) minute{_AND}(?P<s>{_N}){_S}", _always(60)),
    (
        rf"{BEGIN}(?:a minute(?= (?:of|long){END})|минут[ауы]){_TOO}|{BEGIN}минутн\w+{END}"
        rf"|{BEGIN}minute(?=-long{END})",
        _always(60),
    ),
    (rf"{BEGIN}минут[ауы] (?P<s>{_N}){_AT_END}", _always(60)),
    (rf"{BEGIN}(?:a quarter of a minute|четверть минуты){END}", _always(15)),
    (rf"{BEGIN}(?:a quarter of an hour|четверть часа){END}|一刻钟", _always(900)),
    (rf"{BEGIN}(?:half an hour|half-hour|полчаса){END}|半个?小时", _always(1800)),
    (rf"{BEGIN}(?:an? hour(?= (?:of|long){END})|hour-long|часов(?:ой|ая|ую)){END}", _always(3600)),
    (rf"{BEGIN}(?P<n>{'|'.join(_JOINED)}|\d{{1,3}}-?)-?(?P<unit>минутн|секундн)\w+", _joined),
)  # fmt: skip
_BARE = (
    rf"{BEGIN}(?:duration|length|длительность\w*|продолжительность\w*|длина|хронометраж) ?(?:[:=]|is|of)? ?(?P<s>{_N})"
    rf"(?![\w%:/.]| ?(?:bars?|так))",
    rf"(?:时长|长度) ?[:=为是]? ?(?P<s>{_N})(?![\w%:/.])",
)
"""A length without a unit is in seconds."""

_CUE = re.compile(
    rf"(?:{BEGIN}(?:duration|length|running time|lasting|lasts|длительност\w+|длин[оауы]\w*|продолжительност\w+|"
    r"хронометраж\w*|длящ\w+|длит\w+)(?: ?[:=]| of| is| about| around| roughly| в| на| около| примерно)*|"
    r"(?:总?时长|长度|长|持续)(?:[:=]|为|是|约|大约|在)*)\s*$"
)
_NEAR = 60
"""Characters beside a time that tell what it is."""
_LONG = re.compile(rf"(?: long| in length| in duration|-long){END}|长度?")

_NOT_BEFORE = re.compile(
    rf"(?:{BEGIN}(?:every|each|per|after|within|first|last|final|next|another|by|at|until|till|in|over|under|to|since|"
    r"wait|gone in|fad\w+|delay(?: of)?|reverb(?: of)?|decay(?: of)?|attack(?: of)?|release(?: of)?|beats? a|"
    r"(?:first|last|final|next|every|the) \w+|"
    r"кажд\w+|через|после|перв\w+|последн\w+|за|спустя|в|во|до|к|по|об|"
    r"задержк\w+|реверб\w*|эхо|затухани\w+|атак\w+|мин|минут\w*|назад)(?: (?:a|the|about|around))?|"
    r"[每前后隔第]|最后|之前|之后|延迟|混响|淡入|淡出|倒数)[ -]*$"
)
_NOT_BEHIND = re.compile(
    r"[ -]*(?:(?:of |со? )?(?:(?:a|an|the|slow|long|soft|quiet|short|loud|медленн\w+|тих\w+|долг\w+) )?(?:"
    r"intro\w*|outro\w*|build\w*|fade\w*|break\w*|drop\w*|delay\w*|reverb\w*|decay\w*|echo\w*|tail\w*|attack\w*|"
    r"release\w*|silen\w+|pause\w*|gap\w*|bridge\w*|solo\w*|verse\w*|chorus\w*|riser\w*|crescendo\w*|count\w*|"
    r"вступлени\w*|интро|аутро|тишин\w*|пауз\w*|нарастани\w*|эхо|реверб\w*|затухани\w*|молчани\w*|задержк\w*|соло|"
    r"концовк\w*|проигрыш\w*|куплет\w*|припев\w*)(?![a-zа-я])"
    r"|(?:to midnight|to mars|to live|to go|per|later|before|after|apart|ago|into|in|old|each|hate|rule|warning|"
    r"до|назад|спустя|после|тому|ходьбы|езды|славы|on the clock|past)(?![a-zа-я])"
    r"|的?(?:前奏|尾奏|静音|沉默|淡入|淡出|混响|延迟|停顿|间奏|渐强)|热度|[后前内]|之[后前内]|以[后前内])"
)
_HOLY = re.compile(
    r"(?:genesis|exodus|psalms?|matthew|mark|luke|john|acts|romans|corinthians|revelation|proverbs|isaiah|псал\w+|"
    r"матфе\w+|марк\w*|лук\w*|иоанн\w*|诗篇|福音)\s*$"
)
_OF_DAY = re.compile(
    r"(?:at|by|since|until|till|before|after|it's|around|drop|from|в|к|до|после|с|около|早上|晚上|凌晨|下午)\s*$"
)
_DAY_BEHIND = re.compile(r"\s*(?:a\.?m|p\.?m|o'clock|hours?|утра|вечера|ночи|дня|час|点|ratio|split)")
_DECADE = re.compile(r"(?P<s>[1-9]0|\d{4,5})s")
_OF_LENGTH = re.compile(r"\s*(?:-|of |long|loop|clip|jingle|track|song|piece|sample|snippet|teaser|preview)")
_HOURS_OF = re.compile(r"-? ?(?:of |long|музык|эмбиент|фонов|звук|дожд)|的")


@cache
def _forms() -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], float]], ...]:
    return tuple((re.compile(pattern), read) for pattern, read in (*_FORMS, *((bare, _amount) for bare in _BARE)))


def length(text: str) -> Wish | None:
    """The length in seconds that a normalised text asks for; the one that is called a length goes before others."""
    found = sorted(_lengths(text), key=lambda wish: (not wish[0], wish[1].start))
    return found[0][1] if found else None


def _lengths(text: str) -> Iterator[tuple[bool, Wish]]:
    """Every length, and whether it is called one; of those that overlap, the one that begins first and is longest."""
    matches = [(match, read) for pattern, read in _forms() for match in pattern.finditer(text)]
    matches.sort(key=lambda each: (each[0].start(), -each[0].end()))
    reached = 0
    for match, read in matches:
        if match.start() < reached:
            continue
        reached = match.end()
        cue, long = _CUE.search(text, max(0, match.start() - _NEAR), match.start()), _LONG.match(text, match.end())
        if cue or long or not _says_something_else(text, match):
            start, end = cue.start() if cue else match.start(), long.end() if long else match.end()
            yield bool(cue or long), spoken("duration", round(read(match), 3), text, start, end)


def _says_something_else(text: str, match: re.Match[str]) -> bool:
    before, behind = text[max(0, match.start() - _NEAR) : match.start()], text[match.end() : match.end() + _NEAR]
    if _NOT_BEFORE.search(before) or _NOT_BEHIND.match(behind):
        return True
    if ":" in match[0]:
        return bool(_HOLY.search(before) or _OF_DAY.search(before) or _DAY_BEHIND.match(behind))
    if decade := _DECADE.fullmatch(match[0]):
        return len(decade["s"]) > 2 or not _OF_LENGTH.match(behind)
    if match.groupdict().get("h") or "час" in match[0]:
        return not _HOURS_OF.match(behind)
    return bool(re.fullmatch("минут[ауы]|минут[ауы] .*", match[0]) and not _opens(before))


def _opens(before: str) -> bool:
    """A minute without a number is a length where nothing but a verb or "for" stands before it."""
    return re.search(r"(?:^|[,.;:!]|на|сделай|создай|напиши|хочу|нужна|дай|сгенерируй)\s*$", before) is not None
