"""Every sentence exists in every language, once, with the same blanks to fill in."""

import ast
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from engine.errors import HTTP_STATUS, Code
from engine.messages import CATALOGUES, LANGUAGES, catalogue, translate
from engine.models.downloads import FaultKind
from engine.settings import PROJECT

SPOKEN = ("error.", "ui.", "stage.", "status.", "source_note.", "term.", "report.")


def _keys_in_code() -> set[str]:
    """Keys of errors that are raised anywhere in the engine."""
    keys = set()
    for path in (PROJECT / "engine").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            place = {"AppError": 1, "invalid": 0}.get(name)
            if place is not None and len(node.args) > place and isinstance(node.args[place], ast.Constant):
                keys.add(f"error.{node.args[place].value}")  # type: ignore[attr-defined]
    return keys


def test_every_raised_error_has_its_sentence() -> None:
    keys = _keys_in_code()
    assert len(keys) > 40
    assert sorted(keys - set(catalogue("en"))) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_error_sentence_is_left_without_use(language: str) -> None:
    sources = "".join(
        p.read_text(encoding="utf-8") for p in (PROJECT / "engine").rglob("*.*") if p.suffix in (".py", ".toml")
    )
    spoken = {f"error.model_{kind}" for kind in FaultKind}  # put together in engine.models.fetch
    spoken.add("error.named")  # the frame of others
    errors = {key for key in catalogue(language) if key.startswith("error.")} - spoken
    assert [key for key in errors if f'"{key.removeprefix("error.")}"' not in sources] == []


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_languages_hold_the_same_sentences_with_the_same_blanks(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    keys = {k for k in {*english, *other} if k.startswith(SPOKEN)}
    assert sorted(k for k in keys if not (english.get(k) and other.get(k))) == []
    blanks = {k: (set(re.findall(r"{(\w+)}", english[k])), set(re.findall(r"{(\w+)}", other[k]))) for k in keys}
    assert {k: b for k, b in blanks.items() if b[0] != b[1]} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_key_stands_in_one_file(language: str) -> None:
    count = Counter(k for path in (CATALOGUES / language).glob("*.json") for k in json.loads(path.read_text("utf-8")))
    assert [key for key, times in count.items() if times > 1] == []


def test_a_blank_without_a_value_stays_visible_and_an_unknown_language_is_english() -> None:
    assert "{limit}" in translate("error.queue_full")
    assert translate("error.canceled", "tlh") == translate("error.canceled", "en")
    assert translate("error.canceled", "ru") == "Отменено."


def test_every_code_has_a_status() -> None:
    assert set(HTTP_STATUS) == set(Code)


def test_no_file_names_a_machine() -> None:
    hits = [str(p) for p in Path(CATALOGUES).rglob("*.json") if re.search(r"/(home|root|tmp)/", p.read_text("utf-8"))]
    assert hits == []
