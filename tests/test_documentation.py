"""Nothing that a user can set or read stands undocumented, and what the documents say is what the code does."""

import re

import pytest

from engine.commands import commands
from engine.documentation import PARTS, READMES, renewed
from engine.messages import catalogue
from engine.parameters import OutputParams
from engine.settings import PROJECT, Settings


@pytest.mark.parametrize("file", [*READMES, "MODEL_LICENSES.md"])
def test_the_made_parts_are_what_the_code_says(file: str) -> None:
    text = (PROJECT / file).read_text(encoding="utf-8")
    assert renewed(text, READMES.get(file, "en")) == text, "run: python -m engine.documentation"


@pytest.mark.parametrize("file", READMES)
@pytest.mark.parametrize("part", PARTS)
def test_every_readme_has_every_part(file: str, part: str) -> None:
    assert f"<!-- {part}: made by" in (PROJECT / file).read_text(encoding="utf-8")


def test_every_setting_and_parameter_has_a_description() -> None:
    models = [Settings, *(command.params for command in commands(debug=True).values())]
    missing = [
        f"{m.__name__}.{name}" for m in models for name, field in m.model_fields.items() if not field.description
    ]
    assert missing == []


def test_every_parameter_has_a_label() -> None:
    missing = [
        f"{command.name}.{name}"
        for command in commands(debug=True).values()
        for name, field in command.params.model_fields.items()
        if not field.title
    ]
    assert missing == []


@pytest.mark.parametrize("language", ["ru", "zh"])
def test_settings_parameters_and_commands_are_translated(language: str) -> None:
    words = catalogue(language)
    wanted = [f"setting.{name}" for name in Settings.model_fields]
    for command in commands().values():
        wanted.append(f"command.{command.name}.summary")
        for name in command.params.model_fields:
            group = "output" if name in OutputParams.model_fields else command.name
            wanted += [f"param.{group}.{name}.title", f"param.{group}.{name}.hint"]
    assert [key for key in wanted if not words.get(key)] == []


def test_the_readmes_name_the_two_commands() -> None:
    for file in READMES:
        text = (PROJECT / file).read_text(encoding="utf-8")
        assert "./run.sh" in text and "./run.sh test" in text and re.search(r"!\[.*\]\(docs/.*\.png\)", text)
