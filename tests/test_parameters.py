"""One definition of a parameter serves chat text, flags, REST and documentation alike."""

import argparse
import json
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl, BaseModel, field_validator
from pydantic_core._pydantic_core import list_all_errors

from engine.commands import commands
from engine.debug.params import DebugParams
from engine.errors import AppError, Code
from engine.generate.params import GenerateParams
from engine.match.params import MatchParams
from engine.messages import LANGUAGES, catalogue
from engine.parameters import OutputParams, Params, add_flags, describe, finite, parse_text, split_command
from engine.settings import PROJECT
from webui import read_settings


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


_PYDANTIC = tuple(
    part
    for known in list_all_errors()
    for part in re.split(r"{\w+}", known["message_template_python"])
    if len(part) > 12
)
"""What pydantic's own sentences are made of."""


def spoken(error: AppError) -> set[str]:
    """The error in every language, none of it in pydantic's words."""
    messages = {error.body(language)["message"] for language in LANGUAGES}
    assert [part for part in _PYDANTIC for message in messages if part in message] == []
    return messages


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
                    assert len(spoken(error)) == len(LANGUAGES)
    assert "problem.other" not in keys and len(keys) >= 12


@pytest.mark.parametrize("style", ["{", "[]", '{"eq": 1}', '{"eq": [{"f_hz": -1}]}', '{"surplus": 1}', '{"lufs": "x"}'])
def test_a_style_that_is_none_is_refused_in_words_of_ours(style: str) -> None:
    with pytest.raises(AppError) as refused:
        MatchParams.checked({"source": "track:" + "0" * 32, "style": style})
    assert refused.value.code is Code.INVALID_INPUT
    assert [problem["key"] for problem in refused.value.detail["fields"]] == ["problem.match_style"]
    assert len(spoken(refused.value)) == len(LANGUAGES)


class Foreign(Params):
    """What a plug-in may come up with: types and validators that no command of ours has."""

    when: date = date(2026, 1, 1)
    address: AnyUrl | None = None
    pair: tuple[int, int] = (1, 2)
    odd: int = 1

    @field_validator("odd")
    @classmethod
    def _odd(cls, value: int) -> int:
        assert value < 100
        if value % 2 == 0:
            raise ValueError("an even number is not odd")
        return value


@pytest.mark.parametrize("field", Foreign.model_fields)
def test_a_plug_in_s_objections_are_in_words_of_ours(field: str) -> None:
    for value in (*BAD, 2, 101, "2026-13-01", (1,), ("a", 2)):
        try:
            Foreign.checked({field: value})
        except AppError as error:
            assert len(spoken(error)) == len(LANGUAGES)
            assert error.detail["fields"][0]["key"] in catalogue("zh")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("flag", ["--port=soon", "--port=70000", "--vram-gb=-1", "--device=abacus", "--broker-url=x"])
def test_a_wrong_flag_is_refused_in_words_of_ours(flag: str, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_settings([flag, "--language", language])
    said = capsys.readouterr().err
    assert flag.partition("=")[0] in said and [part for part in _PYDANTIC if part in said] == []
    assert bool(re.search(r"[а-я]|[一-龥]", said)) == (language != "en")


def test_the_page_puts_what_every_command_shares_last() -> None:
    page = (PROJECT / "static/js/server/schema.js").read_text(encoding="utf-8")
    names = re.search(r"export const OUTPUT = new Set\((\[.*?\])\)", page)
    assert names is not None
    assert json.loads(names[1]) == list(OutputParams.model_fields)
