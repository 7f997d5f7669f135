"""Kokoro's network as it is computed: what was published in 16 bits, in 32, and with its durations as an output.

In 16 bits sums overflow: of random short lines every tenth became NaN.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from engine.errors import invalid

DURATIONS = "/encoder/Clip_output_0"
"""[1, tokens]: how many units each token lasts; the graph computes it for itself."""
INPUTS = {"input_ids", "style", "speed"}


def readable_graph(path: Path) -> bytes:
    """The graph with two outputs, waveform and durations, all in float32. Raises INVALID_INPUT."""
    try:
        graph = (model := onnx.load(path)).graph
    except Exception as error:  # protobuf has a class of its own for each kind of damage
        raise invalid("not_weights", file=path.name, reason=str(error)[:200]) from error
    made = {output for node in graph.node for output in node.output}
    if {each.name for each in graph.input} != INPUTS or DURATIONS not in made:
        raise invalid("not_weights", file=path.name, reason="it is not the graph of Kokoro")
    for tensor in graph.initializer:
        _widen(tensor)
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.i == TensorProto.FLOAT16:
                attribute.i = TensorProto.FLOAT
            elif attribute.HasField("t"):
                _widen(attribute.t)
    del graph.value_info[:]
    graph.output.append(onnx.helper.make_tensor_value_info(DURATIONS, TensorProto.FLOAT, [1, None]))
    return bytes(model.SerializeToString())


def _widen(tensor: TensorProto) -> None:
    if tensor.data_type == TensorProto.FLOAT16:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name))
