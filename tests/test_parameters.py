"""One definition of a parameter serves chat text, flags, REST and documentation alike."""

import argparse
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from engine.commands import commands
from engine.debug.params import DebugParams
from engine.errors import AppError, Code
from engine.generate.params import GenerateParams
from engine.messages import LANGUAGES
from engine.parameters import OutputParams, Params, add_flags, describe, finite, parse_text, split_command
from engine.settings import PROJECT


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("calm piano", {"prompt": "calm piano"}),
        ("calm piano duration=8 seed=7", {"prompt": "calm piano", "duration": "8", "seed": "7"}),
        ('duration=8 calm artist="Анна К" piano', {"duration": "8", "artist": "Анна К", "prompt": "calm piano"}),
        ("a=b stays, 2+2=4 too", {"prompt": "a=b stays, 2+2=4 too"}),
        ("it's 'quoted' and unclosed \"", {"prompt": "it's 'quoted' and unclosed \""}),
        ("古筝 duration=5\nслева", {"prompt": "古筝\nслева", "duration": "5"}),
        ("prompt=x", {"prompt": "prompt=x"}),
    ],
)
def test_values_are_taken_out_of_the_text_and_the_rest_stays_as_typed(text: str, values: dict[str, str]) -> None:
    assert parse_text(text, GenerateParams) == values


@given(st.text(max_size=200))
def test_any_text_is_parsed_without_a_crash(text: str) -> None:
    values = parse_text(text, GenerateParams)
    assert set(values) <= set(GenerateParams.model_fields)


@given(st.text(alphabet=st.characters(exclude_characters="="), max_size=100))
def test_text_without_values_is_the_prompt(text: str) -> None:
    assert parse_text(text, GenerateParams).get("prompt", "") == text.strip()


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("calm", ("generate", "calm")),
        ("/Upscale loud", ("upscale", "loud")),
        ("/", ("generate", "/")),
        ("  /fetch   x ", ("fetch", "x")),
    ],
)
def test_a_slash_names_the_command(text: str, command: tuple[str, str]) -> None:
    assert split_command(text, "generate") == command


def test_typed_values_become_numbers() -> None:
    params = GenerateParams.checked({"prompt": "x", "duration": "8", "seed": "7"})
    assert isinstance(params, GenerateParams) and (params.duration, params.seed) == (8.0, 7)


def test_every_problem_is_named() -> None:
    with pytest.raises(AppError) as error:
        GenerateParams.checked({"prompt": "x", "duration": 0, "top_p": 2, "colour": "red"})
    assert error.value.code is Code.INVALID_INPUT
    assert {problem["field"] for problem in error.value.detail["fields"]} == {"duration", "top_p", "colour"}


def test_audio_inputs_are_found_by_their_type() -> None:
    key = "upload:" + "a" * 32
    params = DebugParams.checked({"source": key})
    assert params.inputs() == {"source": key} and DebugParams.checked({}).inputs() == {}


class Curve(BaseModel):
    gain_db: float = 0.0


class Nested(OutputParams):
    curve: Curve = Curve()
    curves: list[Curve] = []
    note: str = ""


@pytest.mark.parametrize(
    "params",
    [
        DebugParams(seed=1, source="track:" + "0" * 32, tracks=3),
        Nested(note="x"),
        Nested(curve=Curve(gain_db=1.5), curves=[Curve(gain_db=-2)]),
    ],
)
def test_what_was_dumped_is_restored_with_its_models(params: Params) -> None:
    assert type(params).restored(params.model_dump(mode="json")) == params


def test_flags_follow_from_the_fields() -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser, DebugParams, skip=("prompt",))
    found = vars(parser.parse_args(["--step-s", "0.5", "--deaf", "--no-crash", "--format", "flac"]))
    assert found == {"step_s": "0.5", "deaf": True, "crash": False, "format": "flac"}
    params = DebugParams.checked(found)
    assert isinstance(params, DebugParams) and params.step_s == 0.5


def test_documentation_lists_every_field_with_its_limits() -> None:
    rows = {row["name"]: row for row in describe(GenerateParams)}
    assert set(rows) == set(GenerateParams.model_fields)
    assert rows["duration"]["limits"] == "1 … 600" and rows["prompt"]["default"] == ""


def test_not_a_number_never_reaches_json() -> None:
    assert finite({"a": [float("nan"), 1.0, (float("inf"),)]}) == {"a": [None, 1.0, [None]]}


BAD = (None, True, "x", "soon", 1.5, -1e9, 1e9, 10**400, float("nan"), float("inf"), [], {}, "y" * 20_000, "", "\ud800")


def test_every_objection_has_its_sentence_in_every_language() -> None:
    """Every parameter of every command is given values of all wrong kinds."""
    keys = set()
    for asked in commands(debug=True).values():
        for name in [*asked.params.model_fields, "surplus"]:
            for value in BAD:
                try:
                    asked.params.checked({name: value})
                except AppError as error:
                    keys |= {problem["key"] for problem in error.detail["fields"]}
                    messages = {error.body(language)["message"] for language in LANGUAGES}
                    assert len(messages) == len(LANGUAGES)
    assert "problem.other" not in keys and len(keys) >= 12


def test_the_page_puts_what_every_command_shares_last() -> None:
    page = (PROJECT / "static/js/server/schema.js").read_text(encoding="utf-8")
    names = re.search(r"export const OUTPUT = new Set\((\[.*?\])\)", page)
    assert names is not None
    assert json.loads(names[1]) == list(OutputParams.model_fields)
