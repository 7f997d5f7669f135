"""Titles: from any words, of any sound, in three languages, and none that harms."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.commands import command
from engine.generate.heard import hear
from engine.library.titles import (
    MAX_TITLE,
    base,
    clean,
    from_file,
    from_prompt,
    made,
    named_after,
    numbered,
    of_earlier,
    of_stem,
)  # fmt: skip
from engine.messages import LANGUAGES
from engine.speech.rest import beside

HOSTILE = [
    "\u202egnp.exe",
    "a\0b\x1b[2J",
    "x" * 10_000,
    "👨‍👩‍👧" * 400,
    "../../x",
    "CON",
    "\u200b\u200b",
    "{source}",
    "%s",
    "",
]
KEY, OTHER = "track:" + "a" * 32, "upload:" + "b" * 32


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("calm piano, 90 bpm", "calm piano, 90 bpm"),
        ("Calm piano.\nSecond line", "Calm piano"),
        ("A long walk in the rain. Then a storm comes and everything is loud at once.", "A long walk in the rain"),
        ("Dr. No " + "walks on " * 9, "Dr. No" + " walks on" * 5 + " walks…"),
        ("安静的钢琴曲，带有雨声。适合夜晚学习和冥想的背景音乐，带有一点点爵士的味道", "安静的钢琴曲，带有雨声"),
        ("x" * 80, "x" * 59 + "…"),
        ("\n\n  тихий вальс  ", "тихий вальс"),
    ],
)  # fmt: skip
def test_a_prompt_is_shortened_at_a_word(prompt: str, title: str) -> None:
    assert from_prompt(prompt) == title


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("ten seconds of upbeat funk in E minor with slap bass and brass, two versions, as mp3",
         "upbeat funk in E minor with slap bass and brass"),
        ("Make two versions of a waltz for 20 seconds with harp", "a waltz with harp"),
        ("A two-minute ambient piece\nas mp3", "An ambient piece"), ("two versions: upbeat funk", "upbeat funk"),
        ("10 seconds, , , harp", "harp"),
        ("a 10 second loop of drums", "a loop of drums"), ("calm piano, mp3 file, 90 bpm", "calm piano, 90 bpm"),
        ("Спокойное пианино на 30 секунд, две версии", "Спокойное пианино"),
        ("весёлый фанк длиной 20 секунд и скрипка, в mp3", "весёлый фанк и скрипка"),
        ("十秒的欢快放克，两个版本，mp3格式", "欢快放克"), ("一段十秒的钢琴曲，带雨声", "一段钢琴曲，带雨声"),
        ("30 seconds, two versions", "30 seconds, two versions"), ("1979 by night", "1979 by night"),
    ],
)  # fmt: skip
def test_words_that_were_heard_as_wishes_are_no_title(prompt: str, title: str) -> None:
    asked = command("generate")
    assert from_prompt(asked.described(asked.params.checked({"prompt": prompt}))) == title


@pytest.mark.parametrize(
    ("file", "title"),
    [
        ("C:\\music\\time_to_strike.mp3", "time_to_strike"), ("v1.2", "v1.2"), ("take 3.5 final", "take 3.5 final"),
        ("a.b.FLAC", "a.b"), (".mp3", ".mp3"), ("../../x.wav", "x"),
    ],
)  # fmt: skip
def test_a_file_is_called_by_its_name_without_extension(file: str, title: str) -> None:
    assert from_file(file) == title


@pytest.mark.parametrize(
    ("name", "params", "title", "field"),
    [
        ("generate", {"prompt": "calm piano"}, "calm piano", None),
        ("generate", {"prompt": "calm", "continuation_source": KEY}, "Song · continued", "continuation_source"),
        ("generate", {"prompt": "calm", "audio_prompt": KEY}, "calm", None),
        ("upscale", {"source": KEY}, "Song · restored", "source"),
        ("upscale", {"source": KEY, "model": "resample"}, "Song · resampled", "source"),
        ("upscale", {"source": KEY, "preview_at_s": 1.0}, "Song · preview", "source"),
        ("split", {"source": KEY}, "Song · stems", "source"),
        ("analyze", {"source": KEY}, "Song · stems", "source"),
        ("mix", {"source": KEY, "levels": "drums"}, "Song · mix", "source"),
        ("match", {"source": KEY, "reference": OTHER}, "Song in the style of Hit", "source"),
        ("match", {"source": KEY, "style": "{}"}, "Song · matched", "source"),
    ],
)  # fmt: skip
def test_each_command_says_its_own_rule(name: str, params: dict[str, Any], title: str, field: str | None) -> None:
    asked = command(name)
    read = asked.params.checked(params)
    called = {f: {KEY: "Song · stems", OTHER: "Hit"}[key] for f, key in read.inputs().items()}
    sentence = asked.title(read)
    assert made(sentence, text=params.get("prompt", ""), sounds=called, command=name, language="en") == title
    assert named_after(sentence, called) == field


def test_without_a_rule_it_is_the_sound_and_the_command_or_the_words() -> None:
    plain = {"command": "tone", "language": "en"}
    assert made("", text="loud", sounds={"file": "Song"}, **plain) == "Song · tone"
    assert made("", text="loud", sounds={}, **plain) == "loud"
    assert made("", text="", sounds={}, **plain) == "Untitled"


@pytest.mark.parametrize("language", LANGUAGES)
def test_stems_and_variations_are_told_in_each_language(language: str) -> None:
    split = made("title.stems", text="", sounds={"source": "Song"}, command="split", language=language)
    word = {"en": "vocals", "ru": "вокал", "zh": "人声"}[language]
    assert base(split) == "Song" and of_stem(split, "vocals", language) == f"Song · {word}"
    assert of_stem(split, "own_name", language) == "Song · own_name"
    assert numbered("Song", 2, 3, language).startswith("Song · 2")


@given(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=100)), st.sampled_from(["", "10 seconds, ", "两个版本，"]))
def test_whatever_stands_beside_wishes_is_said_still(text: str, wish: str) -> None:
    whole = wish + text
    said = beside(whole, hear(whole))
    assert bool(said) == bool(whole) and set(said) <= set(whole) | set(" n\n")


@given(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=400)), st.sampled_from(LANGUAGES))
def test_any_text_gives_a_title_that_can_be_seen_and_kept(text: str, language: str) -> None:
    asked = {"command": "match", "language": language, "text": text}
    for title in (
        made("title.match", sounds={"source": clean(text) or "?", "reference": text}, **asked),
        made("", sounds={}, **asked), numbered(clean(text) or "?", 99, 99, language),
        of_stem(clean(text) or "?", "vocals", language),
        of_earlier({"prompt": text, "name": "x", "command": "generate"}),
    ):  # fmt: skip
        assert 0 < len(title) <= MAX_TITLE and title == clean(title)
        assert not {unicodedata.bidirectional(letter) for letter in title} & {"LRO", "RLO", "LRE", "RLE"}


@pytest.mark.parametrize(
    ("prompt", "command_name", "title"),
    [
        ("calm piano. Loud later", "generate", "calm piano. Loud later"),
        ("composer_7_07032026_09_05", "upscale", "composer 7 · restored"),
        ("rain.mp3", "split", "rain · stems"), ("calm · drums, bass", "mix", "calm · mix"),
        ("a.wav ≈ b.mp3", "match", "a in the style of b"), ("a.wav", "match", "a · matched"),
        ("", "generate", "composer 9"),
    ],
)  # fmt: skip
def test_a_record_of_an_earlier_version_gets_one(prompt: str, command_name: str, title: str) -> None:
    old = {"prompt": prompt, "name": "composer_9_07032026_09_05_2", "command": command_name}
    assert of_earlier(old) == title
