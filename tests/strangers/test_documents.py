"""The one reader of strangers' configurations: what is plain comes out as PyYAML and OmegaConf have it, the rest is
refused by the name of its field."""

import json
import os
import string
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import AppError, Code
from engine.messages import LANGUAGES
from engine.upstream.documents import MAX_DEPTH, read_json, read_yaml, sections
from tests.strangers.cases import ALIASES, DIGITS, MARKER, MERGES

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**15), 10**15), st.floats(allow_nan=False), st.text(max_size=20),
)  # fmt: skip
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


@given(documents)
@settings(max_examples=200, deadline=None)
def test_plain_data_is_read_as_pyyaml_reads_it(document: Any) -> None:
    text = yaml.safe_dump(document, allow_unicode=True)
    assert read_yaml(text, "f") == yaml.safe_load(text)
    assert read_json(json.dumps(document).encode(), "f") == document


def test_what_yaml_1_1_takes_for_numbers_and_words_stays_so() -> None:
    text = "a: [0x1f, 017, 1_000, 1:30, .5, -.inf, yes, Off, ~, 'yes', !!str 5, !!float 5, 2001-01-01]"
    text += "\nb: &x {c: 1}\nd: *x"
    found = read_yaml(text, "f")
    numbers = [31, 15, 1000, 90, 0.5, float("-inf"), True, False, None]
    assert found == {"a": [*numbers, "yes", "5", 5.0, "2001-01-01"], "b": {"c": 1}, "d": {"c": 1}}
    assert read_yaml("!!python/tuple [1, 2]", "f") == (1, 2)


REFUSED = {
    "digits": (f"a: {{b: {DIGITS}}}", "a.b"),
    "tag": ("a: {b: [1, !!python/name:os.system x]}", "a.b.1"),
    "own tag": ("a: !b 5", "a"),
    "set": ("a: !!set {b}", "a"),
    "binary": ("a: !!binary eA==", "a"),
    "merge": (MERGES, "a1"),
    "aliases": (ALIASES, "a5"),
    "itself": ("a: &a {b: *a}", "a.b"),
    "nothing": ("a: *b", "a"),
    "key": ("a: {[1]: 2}", "a"),
    "scalar": ("a: {b: !!int many}", "a.b"),
    "deep": ("[" * 50_000, str(MAX_DEPTH)),
    "deep by aliases": ("a: &a " + "[" * 30 + "]" * 30 + "\nb: " + "[" * 30 + "*a" + "]" * 30, "b.0"),
    "two documents": ("a: 1\n---\nb: 2", "line 2"),
    "not closed": ("a: [1,\nb", "line"),
    "large": ("#" * (2 << 20), "1024 KiB"),
    "many": ("[" + "0," * 60_000 + "]", "50000"),
    "no text": (b"\xff\xfe\xfa", "line"),
    "surrogate": ("a: \ud800", "line"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused_by_the_name_of_its_field(name: str) -> None:
    text, said = REFUSED[name]
    with pytest.raises(AppError) as error:
        read_yaml(text, "f.yaml")
    assert error.value.code is Code.INVALID_INPUT and error.value.key == "config_refused"
    assert said in str(error.value) and "f.yaml" in str(error.value) and len(str(error.value)) < 400
    spoken = [error.value.body(language)["message"] for language in LANGUAGES]
    assert len(set(spoken)) == 3 and not any("{" in sentence for sentence in spoken)


REFERENCES: list[tuple[dict[str, Any], Any]] = [
    ({"a": "${b}", "b": 5}, 5),
    ({"a": "${b.c}", "b": {"c": "${d}"}, "d": [1]}, [1]),
    ({"a": {"x": "${.y}", "y": 2}}, {"x": 2, "y": 2}),
    ({"a": {"x": "${..b}"}, "b": None}, {"x": None}),
    ({"a": "${b[1].c}", "b": [0, {"c": 3}]}, 3),
    ({"a": ["${b}_${c}"], "b": "x", "c": 7}, ["x_7"]),
    ({"a": "${b}", "b": {"c": {"d": "${e}"}}, "e": True}, {"c": {"d": True}}),
]


@pytest.mark.parametrize(("document", "expected"), REFERENCES, ids=str)
def test_references_within_a_document_are_those_of_omegaconf(document: dict[str, Any], expected: Any) -> None:
    from omegaconf import OmegaConf

    assert sections(document, ("a", "not there"), "f") == {"a": expected}
    assert OmegaConf.to_container(OmegaConf.create(document), resolve=True)["a"] == expected


OUTSIDE = (
    "${oc.env:STRANGER}", "${oc.env:STRANGER,x}", "x${oc.env:STRANGER}", "${oc.decode:${oc.env:STRANGER}}",
    "${env:STRANGER}", "${oc.select:b}", "${oc.create:{b: 1}}", "${ oc.env : STRANGER }", "${now:%Y}",
    "${hydra:runtime.cwd}",
)  # fmt: skip


@pytest.mark.parametrize("text", OUTSIDE)
def test_nothing_outside_of_the_document_is_looked_up(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "STRANGER", MARKER)
    for place, document in (("a.q", {"a": {"q": text}, "b": 1}), ("b", {"a": {"q": "${b}"}, "b": text})):
        with pytest.raises(AppError) as error:
            sections(document, ("a",), "f")
        assert error.value.code is Code.INVALID_INPUT and MARKER not in json.dumps(error.value.body())
        assert [problem["field"] for problem in error.value.detail["fields"]] == [place]
    assert sections({"a": 1, "b": text}, ("a",), "f") == {"a": 1}


CIRCLES: list[dict[str, Any]] = [
    {"a": "${a}"}, {"a": "${b}", "b": "${a}"}, {"a": "${b}", "b": ["${a}"]}, {"a": {"x": "${a}"}}, {"a": "${gone}"},
    {"a": "${b.c}", "b": 5}, {"a": "${b[9]}", "b": [1]}, {"a": "${....b}", "b": 1}, {"a": "${}"}, {"a": "${"},
    {"a": "${b}x", "b": {}}, {"a": "${b}" * 30, "b": "${c}" * 30, "c": "${d}" * 30, "d": "x" * 100},
    {"a": "${b9}", "b0": [1], **{f"b{n}": [f"${{b{n - 1}}}"] * 9 for n in range(1, 10)}},
]  # fmt: skip


@pytest.mark.parametrize("document", CIRCLES, ids=lambda document: str(document)[:40])
def test_circles_and_what_is_not_there_end(document: dict[str, Any]) -> None:
    with pytest.raises(AppError) as error:
        sections(document, ("a",), "f")
    assert error.value.code is Code.INVALID_INPUT and error.value.key == "config_refused"


@given(st.text(alphabet=string.printable + "${}:.[]&*!<>é", max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    for deed in (lambda: sections(read_yaml(text, "f"), ("a",), "f"), lambda: read_json(text.encode(), "f")):
        try:
            deed()
        except AppError as error:
            assert error.code is Code.INVALID_INPUT
