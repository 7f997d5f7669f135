"""Lengths as people write and say them: the same seconds come back, and other times are no lengths."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.speech.length import length
from engine.speech.numbers import NUMBER, normalise, number

EN = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty")
RU = {
    "nominative": [
        "ноль",
        "одна",
        "две",
        "три",
        "четыре",
        "пять",
        "шесть",
        "семь",
        "восемь",
        "девять",
        "десять",
        "одиннадцать",
        "двенадцать",
        "тринадцать",
        "четырнадцать",
        "пятнадцать",
        "шестнадцать",
        "семнадцать",
        "восемнадцать",
        "девятнадцать",
    ],
    "genitive": [
        "нуля",
        "одной",
        "двух",
        "трёх",
        "четырёх",
        "пяти",
        "шести",
        "семи",
        "восьми",
        "девяти",
        "десяти",
        "одиннадцати",
        "двенадцати",
        "тринадцати",
        "четырнадцати",
        "пятнадцати",
        "шестнадцати",
        "семнадцати",
        "восемнадцати",
        "девятнадцати",
    ],
    "instrumental": [
        "нулём",
        "одной",
        "двумя",
        "тремя",
        "четырьмя",
        "пятью",
        "шестью",
        "семью",
        "восемью",
        "девятью",
        "десятью",
        "одиннадцатью",
        "двенадцатью",
        "тринадцатью",
        "четырнадцатью",
        "пятнадцатью",
        "шестнадцатью",
        "семнадцатью",
        "восемнадцатью",
        "девятнадцатью",
    ],
}
RU_TENS = {
    "nominative": ("", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят"),
    "genitive": ("", "", "двадцати", "тридцати", "сорока", "пятидесяти", "шестидесяти"),
    "instrumental": ("", "", "двадцатью", "тридцатью", "сорока", "пятьюдесятью", "шестьюдесятью"),
}
ZH = "零一二三四五六七八九"
MUSIC = {
    "en": ("calm piano", "rock with 2 guitars, 120 bpm", "in 3/4"),
    "ru": ("рок", "вальс на 3/4"),
    "zh": ("钢琴曲",),
}


def english(n: int) -> str:
    if n < 20:
        return EN[n]
    return EN_TENS[n // 10] + (f"-{EN[n % 10]}" if n % 10 else "")


def russian(n: int, case: str) -> str:
    if n < 20:
        return RU[case][n]
    return RU_TENS[case][n // 10] + (f" {RU[case][n % 10]}" if n % 10 else "")


def chinese(n: int) -> str:
    if n < 10:
        return ZH[n]
    tens, ones = divmod(n, 10)
    return ("" if tens == 1 else ZH[tens]) + "十" + (ZH[ones] if ones else "")


def unit(n: int, one: str, few: str, many: str) -> str:
    if 11 <= n % 100 <= 14 or not 1 <= n % 10 <= 4:
        return many
    return one if n % 10 == 1 else few


def minutes_spelled(m: int) -> list[str]:
    """So many whole minutes, in words and digits of all three languages."""
    ru = unit(m, "минута", "минуты", "минут")
    return [
        f"{m} minutes of techno", f"techno, {m} min", f"a {m}-minute piece", f"{english(m)} minutes long",
        f"a {english(m)}-minute song", f"{m} {ru} рока", f"рок, {m} мин", f"{russian(m, 'nominative')} {ru} эмбиента",
        f"рок длиной около {russian(m, 'genitive')} минут", f"{m}-минутный трек", f"一首{m}分钟的钢琴曲",
        f"{'两' if m == 2 else chinese(m)}分钟的电子乐", f"techno, {m}:00", f"length: {60 * m}", f"时长{60 * m}秒",
        f"{m} MINUTES", f"　{m}　分钟", f"rock，{m} Minutes",
    ]  # fmt: skip


def seconds_spelled(s: int) -> list[str]:
    """So many seconds, beyond a minute as minutes and seconds too."""
    ru = unit(s, "секунда", "секунды", "секунд")
    m, rest = divmod(s, 60)
    said = [
        f"{s} seconds of jazz", f"jazz, {s} sec", f"jazz {s} secs", f"a {s}-second jingle", f"jazz, {s} s",
        f"{s} {ru} джаза", f"джаз, {s} сек.", f"джаз {s}с", f"трек на {s} {ru}", f"{s}-секундная заставка",
        f"一首{s}秒的曲子", f"爵士，{s}秒钟", f"duration {s}", f"длительность {s}", f"时长：{s}秒",
    ]  # fmt: skip
    if s <= 60:
        said += [
            f"{english(s)} seconds of rain", f"{russian(s, 'nominative')} {ru} дождя", f"{chinese(s)}秒钢琴",
            f"длиной в {russian(s, 'genitive')} секунд", f"джаз длительностью {russian(s, 'instrumental')} секундами",
        ]  # fmt: skip
    if m and rest:
        said += [
            f"{m} min {rest} sec", f"{m} minutes and {rest} seconds", f"{m}m{rest}s", f"techno {m}:{rest:02}",
            f"{m} {unit(m, 'минута', 'минуты', 'минут')} {rest} секунд", f"{m}分{rest}秒", f"{m}分钟{rest}秒的钢琴曲",
        ]  # fmt: skip
    return said


def test_every_length_is_heard_in_every_spelling() -> None:
    wrong = [(text, s) for s in range(1, 601) for text in seconds_spelled(s) if heard(text) != s]
    wrong += [(text, 60 * m) for m in range(1, 11) for text in minutes_spelled(m) if heard(text) != 60 * m]
    assert wrong == []


def heard(text: str) -> float | None:
    found = length(normalise(text))
    return found.value if found else None


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 600), st.data())
def test_a_length_is_heard_among_other_words(s: int, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(seconds_spelled(s)))
    music = data.draw(st.sampled_from([words for row in MUSIC.values() for words in row]))
    assert heard(f"{music}, {text}") == s
    assert heard(f"{text}, {music}") == s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("half a minute of jazz", 30), ("half-minute jingle", 30), ("полминуты", 30), ("半分钟", 30),
        ("半分钟的爵士", 30),
        ("a minute and a half", 90), ("one and a half minutes", 90), ("1.5 minutes", 90), ("1,5 минуты", 90),
        ("полторы минуты", 90), ("полутораминутный трек", 90), ("минута с половиной", 90), ("一分半", 90),
        ("一分半钟", 90),
        ("two and a half minutes", 150), ("две с половиной минуты", 150), ("两分半", 150), ("2分半钟", 150),
        ("a minute of rain", 60), ("минута дождя", 60), ("минуту джаза", 60), ("минутный этюд", 60),
        ("трек на минуту", 60),
        ("минута тридцать", 90), ("a minute and twenty seconds", 80), ("тридцатисекундная заставка", 30),
        ("двухминутный трек", 120), ("a hundred and twenty seconds", 120), ("сто двадцать секунд", 120),
        ("三百秒", 300), ("techno 1:30", 90), ("10 минут эмбиента", 600), ("20 minutes of drones", 1200),
        ("2 hours of sleep music", 7200), ("30s loop", 30), ("45s techno", 45), ("25 seconds and 2 guitars", 25),
        ("a 10-second intro, 2 minutes long", 120), ("80s pop, 40 seconds", 40), ("полчаса музыки", 1800),
    ],
)  # fmt: skip
def test_halves_and_idioms(text: str, seconds: float) -> None:
    assert heard(text) == seconds


NONE = (Path(__file__).parent / "no_length.txt").read_text(encoding="utf-8").splitlines()


def test_other_times_and_numbers_are_no_lengths() -> None:
    assert len(NONE) >= 60
    assert [(text, heard(text)) for text in NONE if heard(text) is not None] == []


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    read = normalise(text)
    assert [found.words for found in [length(read)] if found and found.words not in read] == []


def test_a_number_is_its_value() -> None:
    for text, value in {
        "twenty-one": 21,
        "two hundred and five": 205,
        "сорока пяти": 45,
        "三百零五": 305,
        "二〇": 20,
    }.items():
        assert number(text) == value
    with pytest.raises(ValueError, match="no number"):
        number("many")
    assert "(" not in NUMBER.replace("(?:", "").replace("(?<!", "").replace("(?!", "")
