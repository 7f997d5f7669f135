"""Whatever the text: every letter and digit of it is said or reported, and only what an engine knows reaches it."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.drama.project import Language
from engine.drama.spoken.phonemes import KNOWN, MOST, phonemes
from engine.drama.spoken.said import Said, said
from engine.drama.spoken.written import LONGEST, SILERO, for_plain, for_silero

LANGUAGES: tuple[Language, ...] = ("en", "ru", "zh")
PARTS = (Path(__file__).parent / "spoken" / "parts.txt").read_text("utf-8").split()
PARTS += ["\u200b", "\u202e", "\ufeff", "\x00", "\x1b", "\n", "\t", "e\u0301", "и\u0306", "за\u0301мок"]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PARTS), max_size=14).map(" ".join),
    st.lists(st.sampled_from(PARTS), max_size=8).map("".join),
    st.text(max_size=40),
    st.text("0123456789.,:/-–% аяжЁIVXLNSabze'’年月日点万个第", max_size=25),
)

OWN = st.dictionaries(st.sampled_from(PARTS), st.sampled_from([*PARTS, "/ˈɑː/", "зам+ок"]), max_size=3)


def faults(text: str, result: Said) -> list[str]:
    """What the map leaves out, has twice or out of order."""
    found, at, reported = [], 0, "".join(result.unspoken)
    for piece in result.pieces:
        if piece.start != at or piece.end < piece.start:
            found.append(f"{piece} does not begin where the one before ended")
        part = text[piece.start : piece.end]
        has_word = any(sign.isalpha() or sign.isdecimal() for sign in part)
        if has_word and not any(sign.isalnum() for sign in piece.words) and part.strip() not in reported:
            found.append(f"{part!r} is neither said nor reported")
        at = piece.end
    if at != len(text):
        found.append("the end is missing")
    if "".join(piece.words for piece in result.pieces) != result.text:
        found.append("the pieces are not the text")
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=150, deadline=None)
@given(text=TEXTS, own=OWN)
def test_every_letter_and_digit_is_said_or_reported_once(language: Language, text: str, own: dict[str, str]) -> None:
    result = said(text, language, own)
    assert faults(text, result) == []
    assert not any(sign.isdecimal() for sign in result.text)
    assert [place for _, place, _ in result.words()] == sorted(place for _, place, _ in result.words())


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_only_its_own_letters_reach_silero(text: str) -> None:
    result = said(text, "ru")
    sentences = for_silero(result)
    assert all(set(sentence) <= SILERO and len(sentence) <= LONGEST for sentence in sentences)
    words = re.findall("[а-яё+-]*[а-яё][а-яё+-]*", " ".join(sentences))
    assert words == [word.lower().replace("'", "") for word, _, _ in result.words()]
    assert for_plain(result).count("+") == 0


@pytest.mark.parametrize("language", ["en", "zh"])
@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_only_known_phonemes_reach_kokoro_each_with_its_word(language: Language, text: str) -> None:
    result = said(text, language)
    breaths = phonemes(result, language)
    assert all(set(breath.phonemes) <= KNOWN and len(breath.phonemes) <= MOST for breath in breaths)
    sounded = [word for breath in breaths for word in breath.words]
    assert [word.start for word in sounded] == sorted(word.start for word in sounded)
    for breath in breaths:
        assert all(breath.phonemes[word.first : word.last].strip() for word in breath.words)
        between = {at for word in breath.words for at in range(word.first, word.last)}
        rest = [sign for at, sign in enumerate(breath.phonemes) if at not in between]
        assert not any(unicodedata.category(sign)[0] == "L" for sign in rest)
    if any(sign.isalpha() for sign in result.text):
        assert breaths


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", ["a", "7", "ж", "中", "IV", ".", "❤", "1.", "-", "1 ", "a.", "а. ", "a@", "½"])
def test_endless_texts_are_said(language: Language, part: str) -> None:
    text = part * (5000 // len(part))
    result = said(text, language)
    assert faults(text, result) == []
    if language == "ru":
        assert all(len(sentence) <= LONGEST for sentence in for_silero(result))
    else:
        assert all(len(breath.phonemes) <= MOST for breath in phonemes(result, language))


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\n\n", "…", "—", "!?", "*"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_to_say_is_said_as_nothing(language: Language, text: str) -> None:
    result = said(text, language)
    assert faults(text, result) == []
    assert result.unspoken == ()
    assert (for_silero(result) if language == "ru" else phonemes(result, language)) == []
