"""A network that takes and gives what a Piper voice does, and its configuration: eight units a symbol, a tone each."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

UNITS, UNIT = 8, 256
SYMBOLS = "_^$ .,!?;:abdefhijklmnoprstuvwzæðŋɐɑɒɔəɚɛɜɡɪɹɾʃʊʌʒˈˌːθᵻ\u0329"


def write_piper(folder: Path) -> list[Path]:
    """The files, in the catalogue's order."""
    constants = {
        "units": np.array(UNITS, np.float32), "slope": np.array(0.003, np.float32), "half": np.array(0.5, np.float32),
        "shape": np.array([1, 1, 1, -1]), "column": np.array([1, -1, 1]),
        "middle": np.array([1]), "last": np.array([2]), "second": np.array(1),
        "none": np.array(0, np.float32), "little": np.array(0.001, np.float32),
        "unit": np.array(UNIT), "nought": np.array(0), "one": np.array(1),
    }  # fmt: skip
    nodes = [
        helper.make_node("Cast", ["input"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["scales", "second"], ["slow"]),
        helper.make_node("Mul", ["units", "slow"], ["length"]),
        helper.make_node("Unsqueeze", ["numbers", "middle"], ["row"]),
        helper.make_node("Concat", ["row", "row"], ["pair"], axis=1),
        helper.make_node("RandomNormalLike", ["pair"], ["noise_a"]),
        helper.make_node("ReduceMax", ["noise_a"], ["most"], keepdims=0),
        helper.make_node("Mul", ["most", "none"], ["ignored"]),
        helper.make_node("Mul", ["row", "none"], ["noughts"]),
        helper.make_node("Add", ["noughts", "length"], ["lengths"]),
        helper.make_node("Add", ["lengths", "ignored"], ["unrounded"]),
        helper.make_node("Ceil", ["unrounded"], ["/Ceil_output_0"]),
        helper.make_node("Ceil", ["length"], ["whole"]),
        helper.make_node("Cast", ["whole"], ["count"], to=TensorProto.INT64),
        helper.make_node("Mul", ["count", "unit"], ["samples"]),
        helper.make_node("Range", ["nought", "samples", "one"], ["places"]),
        helper.make_node("Cast", ["places"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["floats", "slope"], ["ramp"]),
        helper.make_node("Unsqueeze", ["numbers", "last"], ["columns"]),
        helper.make_node("Mul", ["columns", "ramp"], ["phases"]),
        helper.make_node("Sin", ["phases"], ["tones"]),
        helper.make_node("RandomNormalLike", ["row"], ["noise_b"]),
        helper.make_node("Mul", ["noise_b", "little"], ["hissing"]),
        helper.make_node("Reshape", ["hissing", "column"], ["hiss"]),
        helper.make_node("Mul", ["tones", "half"], ["quiet"]),
        helper.make_node("Add", ["quiet", "hiss"], ["voiced"]),
        helper.make_node("Reshape", ["voiced", "shape"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes, "tiny",
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, [1, None]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    network, configuration = folder / "voice.onnx", folder / "voice.onnx.json"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8), network)
    said = {
        "audio": {"sample_rate": 22_050}, "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_id_map": {symbol: [number] for number, symbol in enumerate(SYMBOLS)},
    }  # fmt: skip
    configuration.write_text(json.dumps(said), encoding="utf-8")
    return [network, configuration]
