"""Number, format, loop and parts as people say them; what the composer makes of the rest."""

import pytest

from engine.generate import COMMAND
from engine.generate.composer.form import form
from engine.generate.composer.prompt import understand
from engine.speech.numbers import normalise
from engine.speech.wishes import wishes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("three versions of calm piano, 2 minutes, as mp3", {"duration": 120, "variations": 3, "format": "mp3"}),
        ("seamless loop, 20 seconds", {"duration": 20, "loop_mode": True}),
        ("3 варианта рока в mp3", {"variations": 3, "format": "mp3"}),
        ("две версии, бесшовная петля", {"variations": 2, "loop_mode": True}),
        ("рок в четырёх вариантах", {"variations": 4}),
        ("三个版本的钢琴曲，存成mp3", {"variations": 3, "format": "mp3"}),
        ("给我四版", {"variations": 4}),
        ("写三首歌", {"variations": 3}),
        ("爵士，循环，30秒", {"duration": 30, "loop_mode": True}),
        ("a couple of takes", {"variations": 2}),
        ("make me 5 different songs", {"variations": 5}),
        ("jazz, save it as ogg", {"format": "ogg"}),
        ("джаз в формате flac", {"format": "flac"}),
        ("flac格式的爵士", {"format": "flac"}),
        ("waltz in two parts", {"parts": 2}),
        ("двухчастная пьеса", {"parts": 2}),
        ("песня из трёх частей", {"parts": 3}),
        ("两段式的曲子", {"parts": 2}),
    ],
)
def test_what_is_said_of_the_result(text: str, said: dict[str, object]) -> None:
    assert {wish.field: wish.value for wish in wishes(normalise(text))} == said


@pytest.mark.parametrize(
    "text",
    [
        "theme and five variations", "тема с тремя вариациями", "in opus 27 style", "lo-fi in mp3 quality", "no loop",
        "without a loop", "без петли", "不要循环", "analog drum loops and 2 guitars", "loop pedal guitar", "tape loops",
        "seamless transitions", "бесконечная грусть", "two-part invention", "two-part harmony", "三种乐器", "两个鼓手",
        "2 tracks of guitar", "version 2.0", "一首歌", "4 guitars", "a new take on jazz", "2 альта", "четыре скрипки",
    ],
)  # fmt: skip
def test_what_only_sounds_like_it(text: str) -> None:
    assert wishes(normalise(text)) == []


@pytest.mark.parametrize(
    "prompt",
    [
        "five minutes of techno as mp3, three versions, seamless loop",
        "techno, 120 bpm, 90 seconds long, in two parts",
        "пять минут техно в mp3, три варианта", "техно, длиной в полторы минуты",
        "三个版本的电子乐，一分半，存成mp3，循环",
        "a 45-second techno loop", "техно, 15 секунд", "时长两分钟的电子乐",
    ],
)  # fmt: skip
def test_the_composer_does_not_stumble_over_them(prompt: str) -> None:
    intent = understand(prompt)
    assert intent.not_heard == ()
    assert intent.genres in (("techno",), ("electronic",))


@pytest.mark.parametrize(
    ("prompt", "tempo", "metre"),
    [
        ("house 124 bpm, 30 seconds", 124, None), ("waltz in 3/4, two minutes", None, "3/4"),
        ("трёхдольный вальс, 40 секунд", None, "3/4"), ("80s pop at 96 bpm", 96, None),
        ("每分钟120拍，30秒", 120, None),
    ],
)  # fmt: skip
def test_tempo_and_metre_are_heard_beside_a_length(prompt: str, tempo: float | None, metre: str | None) -> None:
    intent = understand(prompt)
    assert (intent.tempo_bpm, intent.metre) == (tempo, metre)


def test_what_is_set_goes_before_what_is_said() -> None:
    said = {"prompt": "two minutes of jazz as mp3"}
    assert COMMAND.with_wishes(said) == {**said, "duration": 120.0, "format": "mp3"}
    assert COMMAND.with_wishes({**said, "duration": 20})["duration"] == 20
    params = COMMAND.params.checked(COMMAND.with_wishes({**said, "duration": 20}))
    assert COMMAND.heard(params) == {"format": "as mp3"}, "only what was done as said"


@pytest.mark.parametrize("parts", range(2, 6))
@pytest.mark.parametrize("bars", [4, 5, 8, 13, 32, 97])
def test_parts_are_as_many_as_said_and_fill_the_piece(parts: int, bars: int) -> None:
    made = form(bars, parts=parts)
    assert sum(section.bars for section in made) == bars
    if bars >= parts:
        assert len(made) == parts and len({section.letter for section in made}) >= 2
        assert max(section.bars for section in made) - min(section.bars for section in made) <= 1
