"""The style's numbers: limits, amounts, aspects, schema."""

import pytest
from pydantic import ValidationError

from engine.match.style import ASPECTS, LimiterSettings, StyleParams, json_schema, only, scaled, toward_loudness

WHOLE = StyleParams.model_validate(
    {
        "alignment": {"delay_s": 0.1, "polarity": -1},
        "pitch": {"semitones": 2},
        "eq": [{"f_hz": 1000, "gain_db": 6}, {"type": "low_shelf", "f_hz": 90, "gain_db": -4}],
        "side_eq": [{"f_hz": 5000, "gain_db": 8}],
        "compressor": {"bands": [{"high_hz": 200, "ratio": 4, "makeup_db": 3}, {"ratio": 2}]},
        "exciter": {"amount": 0.4},
        "reverb": {"mix": 0.3},
        "stereo": {"width": 1.2, "bands": [{"high_hz": 300, "width": 0.6}, {"width": 1.4}]},
        "lufs": {"target_db": -12},
        "limiter": {"tp_db": -1.5, "crest_db": 12},
    }
)


def test_survives_json() -> None:
    assert StyleParams.model_validate_json(WHOLE.model_dump_json()) == WHOLE


def test_a_style_from_before_the_side_equaliser_still_loads() -> None:
    old = {"version": 1, "eq": [{"f_hz": 1000, "gain_db": 6}], "stereo": {"width": 1.2}}
    style = StyleParams.model_validate(old)
    assert style.side_eq == () and len(style.eq) == 1


def test_half_is_half_of_every_deed() -> None:
    half = scaled(WHOLE, 0.5)
    assert [band.gain_db for band in half.eq] == [3, -2]
    assert [band.gain_db for band in half.side_eq] == [4]
    assert half.pitch and half.pitch.semitones == 1
    assert half.reverb and half.reverb.mix == 0.15 and half.exciter and half.exciter.amount == 0.2
    assert half.stereo and half.stereo.width == pytest.approx(1.1)
    assert [band.width for band in half.stereo.bands] == pytest.approx([0.8, 1.2])
    assert half.compressor
    # 1 - 1/ratio is the reduction for each dB above the threshold: 3/4 becomes 3/8, 1/2 becomes 1/4
    assert [1 - 1 / band.ratio for band in half.compressor.bands] == pytest.approx([0.375, 0.25])
    assert half.compressor.bands[0].makeup_db == 1.5
    assert half.limiter == LimiterSettings(tp_db=-1.5, crest_db=15)


def test_ends_of_the_scale() -> None:
    assert scaled(WHOLE, 1) == WHOLE
    assert scaled(WHOLE, 0) == StyleParams(alignment=WHOLE.alignment, limiter=LimiterSettings(tp_db=-1.5))
    with pytest.raises(ValueError):
        scaled(WHOLE, 1.1)


def test_loudness_goes_part_of_the_way() -> None:
    moved = toward_loudness(WHOLE, -20, 0.25)
    assert moved.lufs and moved.lufs.target_db == -18


@pytest.mark.parametrize("aspect", ASPECTS)
def test_one_aspect_leaves_the_others_out(aspect: str) -> None:
    fields = {"tone": {"eq", "exciter"}, "loudness": {"lufs"}, "dynamics": {"compressor"}, "space": {"reverb"},
              "width": {"side_eq", "stereo"}, "pitch": {"pitch"}}[aspect]  # fmt: skip
    kept = only(WHOLE, [aspect])
    doing = {
        name
        for name in ("pitch", "eq", "side_eq", "compressor", "exciter", "reverb", "stereo", "lufs")
        if getattr(kept, name)
    }
    assert doing == fields
    assert kept.limiter == (WHOLE.limiter if aspect == "dynamics" else LimiterSettings(tp_db=-1.5))
    assert kept.alignment == WHOLE.alignment


def test_unknown_aspect_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        only(WHOLE, ["colour"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"eq": [{"f_hz": 1000}] * 9},
        {"side_eq": [{"f_hz": 1000}] * 9},
        {"eq": [{"f_hz": 1000, "gain_db": 13}]},
        {"eq": [{"f_hz": 1000, "q": 5}]},
        {"stereo": {"width": 2}},
        {"pitch": {"semitones": 4}},
        {"compressor": {"bands": [{"high_hz": 500}]}},
        {"compressor": {"bands": [{}, {}]}},
        {"stereo": {"bands": [{"high_hz": 500}, {"high_hz": 200}, {}]}},
        {"reverb": {"ir_key": "/etc/passwd"}},
        {"version": 2},
        {"loudness": 3},
    ],
)
def test_limits_hold(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        StyleParams.model_validate(wrong)


def test_every_field_is_documented_and_has_its_unit() -> None:
    schema = json_schema()
    parts = [schema, *schema["$defs"].values()]
    for part in parts:
        for name, field in part["properties"].items():
            assert field.get("description") and field.get("title"), name
            for ending, unit in (("_hz", "Hz"), ("_ms", "ms"), ("_s", "s")):
                if name.endswith(ending):
                    assert field["unit"] == unit, name
            if name.endswith("_db"):
                assert field["unit"].startswith(("dB", "LUFS")), name
