"""Text from outside: what is kept of it is readable, harmless and bounded, wherever it comes in."""

import json
import unicodedata
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.commands import commands
from engine.parameters import KEY, OutputParams
from engine.text import DEVICES, MAX_LABEL, MAX_REQUEST, MOST_MARKS, base_name, file_label, label, normalized, prose

NASTY = st.text(
    st.one_of(st.characters(), st.sampled_from("\0\x1b\x7f\x85\r\n\t\u202e\u2066\u2028\ud800\ufeff /\\:.")), max_size=80
)


TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def harmless(text: str) -> bool:
    """No controls but tab and line feed, no halves of characters."""
    return all(c in "\t\n" or unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") for c in text)


def in_a_row(text: str) -> bool:
    """Nothing that ends the line or turns the direction of what stands around it."""
    return harmless(text) and not set(text) & set("\t\n") and not {unicodedata.bidirectional(c) for c in text} & TURNS


@given(NASTY)
def test_prose_is_harmless_and_stays_as_it_is(text: str) -> None:
    kept = prose(text)
    assert harmless(kept) and kept == kept.strip() and prose(kept) == kept
    kept.encode("utf-8")


@given(NASTY, st.integers(1, 50))
def test_a_label_is_one_bounded_line(text: str, most: int) -> None:
    line = label(text, most)
    assert in_a_row(line) and len(line) <= most and label(line, most) == line
    assert len(label(text * 9)) <= MAX_LABEL


@given(NASTY)
def test_a_file_can_have_the_name_everywhere(text: str) -> None:
    name = file_label(text)
    assert in_a_row(name) and not set(name) & set('/\\:*?"<>|\n\t') and len(name.encode()) <= 180
    assert name == name.strip(" .") and not DEVICES.fullmatch(name.partition(".")[0].rstrip())
    assert name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("calm\r\n  piano\t", "calm\n  piano"), ("a\0b", "ab"), ("\u202eabc\u202c", "\u202eabc\u202c"), ("  ", ""),
        ("שלום עולם \u200f", "שלום עולם \u200f"), ("می\u200cخواهم", "می\u200cخواهم"), ("👩‍👩‍👧", "👩‍👩‍👧"), ("é", "é"),
        ("\ufeffЁлка", "Ёлка"), ("a\ud83d", "a"), ("\x1b[31mred", "[31mred"),
    ],
)  # fmt: skip
def test_words_of_every_language_stay(text: str, kept: str) -> None:
    assert prose(text) == kept


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("AC/DC live", "AC_DC live"), ("con", "con-"), ("NUL.txt", "NUL-.txt"), ("com¹", "com¹-"), ("name. . ", "name"),
        ("..", ""), ("конь", "конь"), ("aux .x", "aux- .x"), ("console", "console"),
    ],
)  # fmt: skip
def test_names_of_devices_and_ends_that_windows_drops(text: str, name: str) -> None:
    assert file_label(text) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("C:\\music\\a.wav", "a.wav"),
        ("../../etc/a.wav", "a.wav"),
        ("a\0b.wav", "ab.wav"),
        ("\u202efdp.wav", "fdp.wav"),
        ("x" * 500, "x" * 199 + "…"),
    ],
)
def test_an_upload_is_called_by_the_end_of_its_path(path: str, name: str) -> None:
    assert base_name(path) == name


def strings(schema: Any, at: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every place in a JSON Schema where any string would do."""
    if isinstance(schema, list):
        return [found for part in schema for found in strings(part, at)]
    if not isinstance(schema, dict):
        return []
    own = [(at, schema)] if schema.get("type") == "string" and not {"enum", "const"} & set(schema) else []
    return own + [
        found for name, part in schema.items() if name != "default" for found in strings(part, f"{at}/{name}")
    ]


def test_every_text_that_a_command_takes_is_bounded() -> None:
    for name, command in commands(debug=True).items():
        for place, schema in strings(command.params.model_json_schema(), name):
            limited = schema.get("maxLength", 0) or schema.get("pattern") in (KEY, r"^[a-z][a-z0-9-]{0,30}$")
            assert limited, place
            assert schema.get("maxLength", 0) <= MAX_REQUEST, place


def test_parameters_are_cleaned_before_they_are_judged() -> None:
    read = OutputParams.checked({"artist": " \0Anna\n\u202eK" + " " * 900_000})
    assert isinstance(read, OutputParams) and read.artist == "Anna K"
    assert OutputParams.checked({"artist": " \0 "}).model_dump()["artist"] is None
    assert json.loads(read.model_dump_json())["format"] == "wav"


def test_marks_are_composed_in_time_that_grows_with_their_number_and_usual_ones_stay() -> None:
    forms: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")
    for form in forms:
        for usual in ("é", "e\u0301", "й", "Å", "ﬁ", "a" + "\u0316\u0301" * 15, "नि", "각"):
            assert normalized(form, usual) == unicodedata.normalize(form, usual)
    flood = "a" + "\u0301\u0316" * 500_000
    assert len(normalized("NFC", flood)) <= 1 + MOST_MARKS and normalized("NFC", f"{flood}b")[-1] == "b"
