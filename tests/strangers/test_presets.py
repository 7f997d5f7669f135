"""Presets of strangers, as JSON text and as `.vstpreset`: a style, or a refusal that the form knows."""

import json
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.errors import AppError, Code
from engine.match.style import StyleParams, style_of
from engine.match.vstpreset import CLASS_ID, VstPreset, from_vstpreset, pack, to_vstpreset, unpack
from tests.strangers.cases import DIGITS

GOOD = StyleParams().model_dump(mode="json")
HOSTILE = {
    "digits": '{"version": ' + DIGITS + "}",
    "deep": "[" * 100_000,
    "deep in a style": '{"style_params": ' * 5_000 + "1" + "}" * 5_000,
    "not a number": '{"eq": [{"gain_db": NaN}]}',
    "infinite": '{"eq": [{"f_hz": 1e999}]}',
    "many bands": json.dumps({"eq": [{"f_hz": 100}] * 50_000}),
    "many unknown": json.dumps({f"a{n}": n for n in range(50_000)}),
    "a list": "[]",
    "nothing": "",
    "half": '{"eq": [',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_style_is_no_style(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        style_of(HOSTILE[name])
    preset = pack(VstPreset(CLASS_ID, {"Comp": HOSTILE[name].encode()}))
    with pytest.raises(AppError) as error:
        from_vstpreset(preset)
    assert (error.value.code, error.value.key) == (Code.INVALID_INPUT, "vstpreset_damaged")


def test_chunks_over_each_other_do_not_make_a_small_file_large() -> None:
    data = bytearray(pack(VstPreset(CLASS_ID, {f"C{n:03}": bytes(1 << 10) for n in range(128)})))
    unpack(bytes(data))
    list_at = len(data) - 128 * 20
    for number in range(128):
        struct.pack_into("<qq", data, list_at + 20 * number + 4, 48, len(data) - 48)
    with pytest.raises(AppError) as error:
        unpack(bytes(data))
    assert (error.value.code, error.value.key) == (Code.INVALID_INPUT, "vstpreset_damaged")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "x"]), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "style_params", "match", "details"]), values, max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_style_is_within_its_bounds_or_refused(style: dict[str, Any]) -> None:
    try:
        found = style_of(json.dumps({**GOOD, **style}))
    except ValidationError:
        return
    json.dumps(found.model_dump(mode="json"), allow_nan=False)


@given(st.integers(0), st.binary(min_size=1, max_size=6), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_change_to_a_preset_is_read_or_refused(place: int, put: bytes, cut: bool) -> None:
    whole = bytearray(to_vstpreset(StyleParams(), "x"))
    at = place % len(whole)
    whole[at : at + len(put)] = put
    try:
        from_vstpreset(bytes(whole[:at] if cut else whole))
    except AppError as error:
        assert error.code is Code.INVALID_INPUT
