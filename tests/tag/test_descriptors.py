"""The bank of descriptors: whole, in the right scripts, and without a word that means two things in one category."""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from engine.tag.descriptors import CATEGORIES, LANGUAGES, load
from tests.wants import wants

SIZES = {"mood": 30, "genre": 39, "instruments": 32, "texture": 30, "era": 13, "production_technique": 16}
MEANT = {"guitar", "гитара", "吉他", "electric piano", "электропиано", "电钢琴"}
"""Words for more than one descriptor of a category, on purpose."""

BANK = load()
SHARED = Path(__file__).parents[3] / "shared" / "data" / "clamp3" / "descriptor_bank.json"


def test_it_has_every_category_in_one_piece() -> None:
    assert [category for category, _ in Counter(one.category for one in BANK.descriptors).items()] == [*CATEGORIES]
    assert {category: len(BANK.of(category)) for category in CATEGORIES} == SIZES
    assert [one for category in CATEGORIES for one in BANK.of(category)] == [*BANK.descriptors]


@pytest.mark.skipif(not SHARED.is_file(), reason=wants("shared data"))
def test_it_names_what_the_shared_bank_names_in_its_order() -> None:
    shared = json.loads(SHARED.read_text(encoding="utf-8"))
    assert [(one.category, one.id) for one in BANK.descriptors] == [
        (category, tag.lower()) for category, tags in shared.items() for tag in tags
    ]


def test_every_descriptor_has_a_sentence_of_its_own() -> None:
    sentences = [one.prompt for one in BANK.descriptors]
    assert len(set(sentences)) == len(sentences)
    assert [one for one in sentences if not re.fullmatch(r"Music [^{}]+\.", one)] == []


@pytest.mark.parametrize(("language", "script"), [("en", "LATIN"), ("ru", "CYRILLIC"), ("zh", "CJK")])
def test_every_descriptor_has_words_in_the_script_of_the_language(language: str, script: str) -> None:
    for one in BANK.descriptors:
        assert tuple(one.synonyms) == LANGUAGES
        words = one.synonyms[language]
        assert 1 <= len(words) <= 4, one
        for word in words:
            assert word == word.lower().strip() == unicodedata.normalize("NFC", word)
            scripts = {unicodedata.name(sign).split()[0] for sign in word if sign.isalpha()}
            assert scripts == {script} if language != "en" else scripts <= {script}, word


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_word_means_one_descriptor_of_a_category(category: str) -> None:
    heard = Counter(
        word.replace("ё", "е")
        for one in BANK.of(category)
        for word in (one.id, *(word for words in one.synonyms.values() for word in words))
    )
    assert {word for word, count in heard.items() if count > 1} == {word for word in MEANT if word in heard}
