"""A network that takes and gives what Kokoro does: every phoneme four units long at its pace, a tone of its own."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

UNITS = 4
UNIT = 600
VOICES = ("af_heart", "bm_george")


def write_kokoro(folder: Path) -> list[Path]:
    """The files, in the catalogue's order: the network in 16 bits, then voices."""
    constants = {
        "units": np.array(UNITS, np.float16), "slope": np.array(0.01, np.float16), "half": np.array(0.5, np.float16),
        "shape": np.array([1, -1]), "last": np.array([2]), "none": np.array(0, np.float16), "only": np.array([0]),
        "unit": np.array(UNIT), "nought": np.array(0), "one": np.array(1),
    }  # fmt: skip
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["numbers"], to=TensorProto.FLOAT16),
        helper.make_node("Cast", ["speed"], ["pace"], to=TensorProto.FLOAT16),
        helper.make_node("Div", ["units", "pace"], ["length"]),
        helper.make_node("Round", ["length"], ["whole"]),
        helper.make_node("Mul", ["numbers", "none"], ["noughts"]),
        helper.make_node("Add", ["noughts", "whole"], ["/encoder/Clip_output_0"]),
        helper.make_node("Cast", ["whole"], ["count"], to=TensorProto.INT64),
        helper.make_node("Squeeze", ["count", "only"], ["counted"]),
        helper.make_node("Mul", ["counted", "unit"], ["samples"]),
        helper.make_node("Range", ["nought", "samples", "one"], ["places"]),
        helper.make_node("Cast", ["places"], ["floats"], to=TensorProto.FLOAT16),
        helper.make_node("Mul", ["floats", "slope"], ["ramp"]),
        helper.make_node("Unsqueeze", ["numbers", "last"], ["columns"]),
        helper.make_node("Mul", ["columns", "ramp"], ["phases"]),
        helper.make_node("Sin", ["phases"], ["tones"]),
        helper.make_node("Mul", ["tones", "half"], ["quiet"]),
        helper.make_node("ReduceMax", ["style"], ["loudest"], keepdims=0),
        helper.make_node("Cast", ["loudest"], ["gain"], to=TensorProto.FLOAT16),
        helper.make_node("Mul", ["quiet", "gain"], ["voiced"]),
        helper.make_node("Reshape", ["voiced", "shape"], ["joined"]),
        helper.make_node("Cast", ["joined"], ["waveform"], to=TensorProto.FLOAT),
    ]
    graph = helper.make_graph(
        nodes, "tiny",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, None]),
            helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
            helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
        ],
        [helper.make_tensor_value_info("waveform", TensorProto.FLOAT, [1, None])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    network = folder / "kokoro-fp16.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), network)
    paths = [network]
    for number, name in enumerate(VOICES):
        paths.append(folder / f"{name}.bin")
        np.full((510, 256), 1 - number / 2, np.float32).tofile(paths[-1])
    return paths
