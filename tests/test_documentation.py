"""Nothing that a user can set or read stands undocumented, and what the documents say is what the code does."""

import re

import pytest

from engine.documentation import MONITORING, PARTS, READMES, renewed, terms
from engine.messages import CATALOGUES, LANGUAGES, catalogue
from engine.settings import PROJECT, Settings


@pytest.mark.parametrize("file", [*READMES, "MODEL_LICENSES.md", MONITORING])
def test_the_made_parts_are_what_the_code_says(file: str) -> None:
    text = (PROJECT / file).read_text(encoding="utf-8")
    assert renewed(text, READMES.get(file, "en")) == text, "run: python -m engine.documentation"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_names_that_music_has_are_those_of_the_vocabulary(language: str) -> None:
    written = (CATALOGUES / language / "terms.json").read_text(encoding="utf-8")
    assert written == terms(language), "run: python -m engine.documentation"


@pytest.mark.parametrize("file", READMES)
@pytest.mark.parametrize("part", PARTS)
def test_every_readme_has_every_part(file: str, part: str) -> None:
    assert f"<!-- {part}: made by" in (PROJECT / file).read_text(encoding="utf-8")


def test_every_setting_has_a_description_and_its_translations() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    for language in ("ru", "zh"):
        assert [name for name in Settings.model_fields if not catalogue(language).get(f"setting.{name}")] == []


def test_the_readmes_name_the_two_commands() -> None:
    for file in READMES:
        text = (PROJECT / file).read_text(encoding="utf-8")
        assert "./run.sh" in text and "./run.sh test" in text and re.search(r"!\[.*\]\(docs/.*\.png\)", text)
