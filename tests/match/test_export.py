"""Files for others: each is read back by another reader than the one that wrote it."""

import io
import json
import struct
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
import yaml
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from engine.errors import AppError, Code
from engine.match.export import export_preset, linear_response
from engine.match.processors.equaliser import response_db
from engine.match.render import render
from engine.match.style import StyleParams
from engine.match.vstpreset import CLASS_ID, VstPreset, from_vstpreset, pack, to_vstpreset, unpack

STYLE = StyleParams.model_validate(
    {
        "pitch": {"semitones": 1},
        "eq": [
            {"f_hz": 1000, "gain_db": 6, "q": 1.3},
            {"type": "low_shelf", "f_hz": 90, "gain_db": -4},
            {"type": "high_shelf", "f_hz": 9000, "gain_db": 2.5},
        ],
        "compressor": {"bands": [{"ratio": 3, "threshold_db": -25}]},
        "reverb": {"mix": 0.25, "rt60_s": 0.4},
        "stereo": {"width": 1.3},
        "lufs": {"target_db": -12},
    }
)


def sound_of(data: bytes) -> NDArray[np.float32]:
    audio, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    assert rate_hz == 48000
    return np.asarray(audio.T)


def test_json_is_the_style() -> None:
    assert StyleParams.model_validate(json.loads(export_preset(STYLE, "мой стиль")["мой стиль.json"])) == STYLE


def test_impulse_response_is_what_the_renderer_does_to_an_impulse() -> None:
    linear = StyleParams(eq=STYLE.eq, reverb=STYLE.reverb, limiter=None)
    impulse = np.zeros((2, 4800), np.float32)
    impulse[:, 0] = 1
    rendered = np.concatenate(list(render(impulse, 48000, 2, linear)), axis=1)
    exported = sound_of(export_preset(STYLE)["style.wav"])
    length = min(exported.shape[1], rendered.shape[1])
    assert exported[:, :length] == pytest.approx(rendered[:, :length], abs=2e-6)


def test_impulse_response_of_the_equaliser_alone_has_its_gain() -> None:
    response = linear_response(STYLE, 48000, 1, reverb=False)[0]
    f_hz, made = signal.freqz(response, worN=np.geomspace(25, 20_000, 60), fs=48000)
    assert 20 * np.log10(np.abs(made)) == pytest.approx(response_db(STYLE.eq, 48000, f_hz), abs=0.01)


SIDE = StyleParams.model_validate(
    {
        "eq": [{"f_hz": 1000, "gain_db": 6, "q": 1.3}],
        "side_eq": [{"type": "high_shelf", "f_hz": 5000, "gain_db": 8}, {"f_hz": 200, "gain_db": -5, "q": 2}],
    }
)


def test_equalizer_apo_filters_the_side_alone() -> None:
    lines = export_preset(SIDE, "x")["x.txt"].decode().split("\r\n")
    at = lines.index("Channel: SIDE")
    assert lines[at - 1] == "Copy: MID=0.5*L+0.5*R SIDE=0.5*L+-0.5*R"
    assert lines[at + 1 : at + 5] == [
        "Filter 1: ON HSC Fc 5000.00 Hz Gain 8.00 dB Q 0.7070",
        "Filter 2: ON PK Fc 200.00 Hz Gain -5.00 dB Q 2.0000",
        "Channel: L R",
        "Copy: L=1.0*MID+1.0000*SIDE R=1.0*MID+-1.0000*SIDE",
    ]


def test_camilladsp_filters_the_side_alone() -> None:
    config = yaml.safe_load(export_preset(SIDE, "x")["x.yml"])
    steps = [(step.get("name"), step.get("channels"), step.get("names")) for step in config["pipeline"]]
    assert steps[:4] == [
        (None, [0, 1], ["eq1"]),
        ("apart", None, None),
        (None, [1], ["side1", "side2"]),
        ("together", None, None),
    ]
    assert config["filters"]["side2"]["parameters"] == {"type": "Peaking", "freq": 200, "q": 2, "gain": -5}
    apart, together = (mixed(config, name) for name in ("apart", "together"))
    assert apart @ [3, 1] == pytest.approx([2, 1]) and together @ apart == pytest.approx(np.eye(2))


def mixed(config: dict[str, Any], name: str) -> NDArray[np.float64]:
    """A mixer's matrix."""
    matrix = np.zeros((2, 2))
    for row in config["mixers"][name]["mapping"]:
        for source in row["sources"]:
            matrix[row["dest"], source["channel"]] = source["gain"] * (-1 if source["inverted"] else 1)
    return matrix


def test_equalizer_apo_lines() -> None:
    files = export_preset(STYLE, "x")
    lines = files["x.txt"].decode().split("\r\n")
    assert "Preamp: 0.00 dB" in lines
    assert "Filter 1: ON PK Fc 1000.00 Hz Gain 6.00 dB Q 1.3000" in lines
    assert "Filter 2: ON LSC Fc 90.00 Hz Gain -4.00 dB Q 0.7070" in lines
    assert "Convolution: x-room.wav" in lines and "x-room.wav" in files
    assert "# Not in Equalizer APO, left out: pitch, compressor, limiter" in lines
    assert "Copy: L=1.0*MID+1.3000*SIDE R=1.0*MID+-1.3000*SIDE" in lines


def test_camilladsp_is_yaml_whose_pipeline_names_what_there_is() -> None:
    files = export_preset(STYLE, "x")
    config = yaml.safe_load(files["x.yml"])
    assert config["devices"]["samplerate"] == 48000 and config["devices"]["capture"]["format"] == "F32_LE"
    kinds = {"Filter": "filters", "Mixer": "mixers", "Processor": "processors"}
    used = []
    for step in config["pipeline"]:
        for name in step.get("names", [step.get("name")]):
            assert name in config[kinds[step["type"]]]
            used.append(name)
    assert used == ["eq1", "eq2", "eq3", "compressor", "room0", "room1", "width", "limiter"]
    assert config["filters"]["eq2"]["parameters"] == {"type": "Lowshelf", "freq": 90, "q": 0.707, "gain": -4}
    assert config["filters"]["room1"]["parameters"] == {"type": "Wav", "filename": "x-room.wav", "channel": 1}
    assert config["processors"]["compressor"]["parameters"]["factor"] == 3
    matrix = mixed(config, "width")
    assert matrix @ [1, 1] == pytest.approx([1, 1]) and matrix @ [1, -1] == pytest.approx([1.3, -1.3])


def test_nothing_to_do_is_a_valid_export_too() -> None:
    files = export_preset(StyleParams(limiter=None))
    assert sound_of(files["style.wav"]).tolist() == [[1], [1]]
    assert "pipeline" not in yaml.safe_load(files["style.yml"]) and "style-room.wav" not in files


@pytest.mark.parametrize("name", ["", "../x", "a/b", "C:x", "x\n", " x", "x."])
def test_only_plain_names(name: str) -> None:
    with pytest.raises(ValueError):
        export_preset(STYLE, name)


def test_vstpreset_is_read_back() -> None:
    data = to_vstpreset(STYLE, 'A "name" & more')
    assert from_vstpreset(data) == STYLE
    assert data[:4] == b"VST3" and struct.unpack_from("<i", data, 4) == (1,) and data[8:40].decode() == CLASS_ID
    (place,) = struct.unpack_from("<q", data, 40)
    assert data[place : place + 4] == b"List" and struct.unpack_from("<i", data, place + 4) == (2,)
    assert len(data) == place + 8 + 2 * 20
    said = {part.get("id"): part.get("value") for part in ElementTree.fromstring(unpack(data).chunks["Info"])}
    assert said["Name"] == 'A "name" & more'


def test_a_plugins_preset_is_told_apart() -> None:
    other = pack(VstPreset("0" * 32, {"Comp": b"\x00\x01"}))
    assert unpack(other).chunks == {"Comp": b"\x00\x01"}
    with pytest.raises(AppError, match="plug-in") as refused:
        from_vstpreset(other)
    assert refused.value.code is Code.INVALID_INPUT


@given(st.one_of(st.binary(max_size=200), st.integers(0, 10_000)))
def test_damage_is_an_error_with_a_sentence(damage: bytes | int) -> None:
    whole = to_vstpreset(STYLE, "x")
    data = whole[: damage % len(whole)] if isinstance(damage, int) else damage
    with pytest.raises(AppError, match="vstpreset") as refused:
        from_vstpreset(data)
    assert refused.value.code is Code.INVALID_INPUT


def test_sizes_that_lie_are_caught() -> None:
    data = bytearray(to_vstpreset(STYLE, "x"))
    (place,) = struct.unpack_from("<q", data, 40)
    struct.pack_into("<q", data, place + 8 + 12, 2**62)
    with pytest.raises(AppError, match="damaged") as refused:
        from_vstpreset(bytes(data))
    assert refused.value.code is Code.INVALID_INPUT
