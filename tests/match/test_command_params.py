"""What `/match` can be asked for, and what is made of it before anything is heard."""

import json
from typing import Any

import pytest

from engine.errors import AppError, Code
from engine.match.params import MatchParams, settled
from engine.match.presets import write_export
from engine.match.style import (
    CompressorBand,
    CompressorSettings,
    EqBand,
    LoudnessTarget,
    Pitch,
    ReverbSettings,
    StereoSettings,
    StyleParams,
    style_of,
)

SOURCE, REFERENCE, ROOM = (f"track:{digit * 32}" for digit in "123")
FULL = StyleParams(
    pitch=Pitch(semitones=1),
    eq=(EqBand(f_hz=1000, q=1, gain_db=6),),
    compressor=CompressorSettings(bands=(CompressorBand(ratio=4, makeup_db=2),)),
    reverb=ReverbSettings(mix=0.2),
    stereo=StereoSettings(width=1.4),
    lufs=LoudnessTarget(target_db=-10),
)


def asked(**values: Any) -> MatchParams:
    params = MatchParams.checked({"source": SOURCE, "reference": REFERENCE, **values})
    assert isinstance(params, MatchParams)
    return params


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", "all"), ("all", "all"), ("tone, all", "all"), ("Width tone", "tone,width"), ("none", "none"),
        ("pitch,tone,loudness,dynamics,space,width", "tone,loudness,dynamics,space,width,pitch"),
    ],
)  # fmt: skip
def test_aspects_are_named_in_any_way(said: str, meant: str) -> None:
    assert asked(aspects=said).aspects == meant


def test_pitch_is_left_alone_unless_asked_for() -> None:
    assert asked().wanted() == ("tone", "loudness", "dynamics", "space", "width")
    assert settled(FULL, asked(), -20).pitch is None
    assert settled(FULL, asked(aspects="all"), -20).pitch == Pitch(semitones=1)


def test_an_aspect_that_is_off_does_nothing() -> None:
    style = settled(FULL, asked(aspects="loudness"), -20)
    assert (style.eq, style.compressor, style.reverb, style.stereo) == ((), None, None, None)
    assert style.lufs == LoudnessTarget(target_db=-10)
    nothing = settled(FULL, asked(aspects="none"), -20)
    assert nothing == StyleParams(limiter=nothing.limiter)


@pytest.mark.parametrize(("amount", "gain_db", "target_db"), [(100, 6, -10), (50, 3, -15), (25, 1.5, -17.5)])
def test_the_amount_goes_part_of_the_way(amount: float, gain_db: float, target_db: float) -> None:
    style = settled(FULL, asked(amount=amount), -20)
    assert style.eq[0].gain_db == pytest.approx(gain_db) and style.lufs == LoudnessTarget(target_db=target_db)


def test_the_ceiling_is_the_limiters_even_where_a_style_has_none() -> None:
    style = settled(StyleParams(limiter=None), asked(ceiling_dbtp=-3), None)
    assert style.limiter is not None and style.limiter.tp_db == -3


def test_a_room_of_ones_own_is_taken_and_opened() -> None:
    assert settled(StyleParams(), asked(impulse_response=ROOM), None).reverb == ReverbSettings(ir_key=ROOM)
    assert settled(StyleParams(), asked(impulse_response=ROOM, aspects="tone"), None).reverb is None
    style = StyleParams(reverb=ReverbSettings(ir_key=ROOM)).model_dump_json()
    assert ROOM in asked(style=style).inputs().values()


def test_a_style_is_read_from_all_that_holds_one() -> None:
    bare = FULL.model_dump(mode="json")
    for held in (bare, {"style_params": bare}, {"details": {"match": {"style_params": bare}}}):
        assert style_of(json.dumps(held)) == FULL
        assert asked(style=json.dumps(held)).given_style() == FULL


@pytest.mark.parametrize(
    "values",
    [
        {"reference": None}, {"source": "x"}, {"aspects": "loud"}, {"amount": 101},
        {"amount": float("nan")}, {"ceiling_dbtp": 1}, {"refine_s": -1}, {"style": "{"}, {"style": "[]"},
        {"style": '{"eq": [{"f_hz": 1e9}]}'}, {"style": '{"reverb": {"ir_key": "/etc/passwd"}}'}, {"mode": "C"},
        {"style": "[" * 15_000}, {"style": '{"volume": 3}'}, {"impulse_response": "../x"}, {"style": "x" * 30_000},
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_what_does_not_fit_is_refused_in_words(values: dict[str, Any], language: str) -> None:
    with pytest.raises(AppError) as refused:
        asked(**values)
    message = refused.value.body(language)["message"]
    assert refused.value.code == "INVALID_INPUT" and message and "problem." not in message and "{" not in message[:1]


@pytest.mark.parametrize(
    ("form", "suffix", "starts"),
    [
        ("json", ".json", b"{"), ("ir_wav", ".wav", b"RIFF"), ("equalizer_apo", ".txt", b"#"),
        ("camilladsp", ".yml", b"---"), ("vstpreset", ".vstpreset", b"VST3"), ("zip", ".zip", b"PK"),
    ],
)  # fmt: skip
def test_every_form_of_export_is_written(tmp_path: Any, form: str, suffix: str, starts: bytes) -> None:
    target = tmp_path / "x"
    told = write_export(FULL.model_dump(mode="json"), form, target, 44_100, "моя/песня", None)
    assert told == f"моя_песня{suffix}" and target.read_bytes().startswith(starts)


@pytest.mark.parametrize(("style", "form"), [({}, "mp3"), ({"eq": 3}, "json"), ({"x": 1}, "json")])
def test_no_other_export_is_written(tmp_path: Any, style: dict[str, Any], form: str) -> None:
    with pytest.raises(AppError) as refused:
        write_export(style, form, tmp_path / "x", 44_100, "x", None)
    key = "match_export_form" if form == "mp3" else "match_style_form"
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, key)
