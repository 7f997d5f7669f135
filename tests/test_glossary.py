"""One word for one thing: the sentences of all three languages keep to `static/i18n/glossary.json`."""

import json
import re
from typing import Any

import pytest

from engine.commands import built_in
from engine.messages import CATALOGUES, LANGUAGES, catalogue
from engine.settings import Settings

GLOSSARY: dict[str, Any] = json.loads((CATALOGUES / "glossary.json").read_text(encoding="utf-8"))
CONCEPTS: dict[str, Any] = GLOSSARY["concepts"]
EDGES = {"en": r"(?<!\w)(?:{})(?!\w)", "ru": r"(?<!\w)(?:{})", "zh": "{}"}
"""Where a word that is not used would stand: whole in English, as a stem in Russian, anywhere in Chinese."""


def sentences(language: str) -> dict[str, str]:
    """Everything that a user may read, without the blanks and the values that are typed."""
    said = {key: sentence for key, sentence in catalogue(language).items() if not key.startswith("term.")}
    if language == "en":  # what stands in the code
        for command in built_in().values():
            said[f"command.{command.name}.summary"] = command.summary
            for name, field in command.params.model_fields.items():
                said[f"param.{command.name}.{name}"] = f"{field.title}: {field.description}"
        said |= {f"setting.{name}": str(field.description) for name, field in Settings.model_fields.items()}
    return {key: re.sub(r"{\w+}|\w+=\S+", "", sentence) for key, sentence in said.items()}


def offences(language: str, said: dict[str, str]) -> list[str]:
    """`CONCEPT: KEY` for each word that the glossary does not use."""
    found = []
    for concept, words in CONCEPTS.items():
        for word in words[language]["not"]:
            pattern = re.compile(EDGES[language].format(word), re.IGNORECASE)
            found += [f"{concept}: {key}" for key, sentence in said.items() if pattern.search(sentence)]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_uses_another_word_than_the_glossary(language: str) -> None:
    assert [o for o in offences(language, sentences(language)) if o not in GLOSSARY["exceptions"]] == []


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Cut off at full scale."),
        ("en", "The record tells."),
        ("ru", "Подбирается под образцом, длинная петля"),
        ("ru", "Из одного зерна, в записи сказано"),
        ("zh", "请选择您的曲目"),
    ],
)
def test_another_word_is_found(language: str, sentence: str) -> None:
    assert offences(language, {"x": sentence}) != []


def test_every_concept_has_its_word_in_every_language() -> None:
    assert len(CONCEPTS) >= 40
    for concept, words in CONCEPTS.items():
        assert words["meaning"] and all(words[language]["use"] for language in LANGUAGES), concept
        for language in LANGUAGES:
            used = re.split(r", ", words[language]["use"])
            assert [o for o in offences(language, {w: w for w in used}) if o.startswith(f"{concept}: ")] == []


def test_exceptions_are_few_and_needed() -> None:
    exceptions = GLOSSARY["exceptions"]
    needed = {offence for language in LANGUAGES for offence in offences(language, sentences(language))}
    assert len(exceptions) <= 5 and all(exceptions.values()) and exceptions.keys() <= needed
