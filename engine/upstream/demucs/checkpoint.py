"""Demucs's networks from disk: the hub's safetensors, the older .th packages, and the ONNX file that npm carries."""

import importlib.util
import inspect
from collections import OrderedDict
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.errors import AppError, Code
from engine.upstream import legacy
from engine.upstream.demucs.configuration import arguments
from engine.upstream.demucs.from_onnx import state_of
from engine.upstream.documents import read_json
from engine.upstream.tensors import UnreadableError, filled, read_tensors, reason_of

HTDEMUCS_ARGUMENTS: dict[str, Any] = {
    "sources": ["drums", "bass", "other", "vocals"], "segment": Fraction(39, 5), "bottom_channels": 512,
    "dconv_mode": 3, "t_layers": 5, "samplerate": 44_100,
}  # fmt: skip
"""What htdemucs was trained as."""


def networks(files: list[Path]) -> list[tuple[nn.Module, Path]]:
    """The networks of a model from its files, ready for use, each with its file. Raises INVALID_INPUT for a damaged
    one."""
    if files[0].suffix == ".onnx":
        state = state_of(files[0])
        try:
            return [(htdemucs(state), files[0])]
        except RuntimeError as error:  # tensors of other names or shapes
            raise AppError(Code.INVALID_INPUT, "not_htdemucs_onnx", file=files[0].name) from error
    found = [(_network(file), file) for file in files]
    first: Any = found[0][0]
    for other, file in found[1:]:
        if (other.sources, other.samplerate) != (first.sources, first.samplerate):
            raise AppError(
                Code.INVALID_INPUT, "checkpoint_unreadable", file=file.name,
                reason=f"its sources or samplerate are not those of {files[0].name}",
            )  # fmt: skip
    return found


def htdemucs(state: dict[str, torch.Tensor] | None = None) -> nn.Module:
    """The network of `htdemucs` as Demucs trained it, or, without a state, its shape only (no memory is used)."""
    from demucs.htdemucs import HTDemucs

    with torch.device("meta"):
        model: nn.Module = HTDemucs(**HTDEMUCS_ARGUMENTS)
    if state is not None:
        model.load_state_dict(state, assign=True)
    return model.eval()


def _network(path: Path) -> nn.Module:
    """One network from its file: one of Demucs's own classes, its arguments within bounds. A .th file is a pickle:
    only what Demucs puts into one is let in; a .safetensors names its class, which is looked up and never imported."""
    try:
        package = _hub_package(path) if path.suffix == ".safetensors" else read_tensors(path, _known_types())
        klass, state = legacy.named_class(package["klass"]), package["state"]
        if klass not in _classes().values() or not isinstance(state, dict):
            raise UnreadableError("it holds no network of Demucs")
        given = arguments(klass, package["args"], package["kwargs"], path.name)
        if state.get("__quantized"):
            if not importlib.util.find_spec("diffq"):  # Demucs would end the process
                raise UnreadableError("it is quantised, and the package diffq is not installed")
            from demucs.states import set_state

            model: nn.Module = klass(**given)
            set_state(model, state)  # type: ignore[no-untyped-call]
        else:
            model = filled(lambda: klass(**given), state)
    except AppError:
        raise
    except Exception as error:
        raise AppError(Code.INVALID_INPUT, "checkpoint_unreadable", file=path.name, reason=reason_of(error)) from error
    return model.eval()


def _hub_package(path: Path) -> dict[str, Any]:
    """What `demucs.hf.load_safetensors_model` reads, without its import of whatever class a file names."""
    from safetensors import safe_open

    tensors = read_tensors(path)
    with safe_open(str(path), framework="pt") as file:
        facts = file.metadata() or {}
    told = {name: read_json(facts[name].encode(), f"{path.name}: {name}") for name in ("args", "kwargs")}
    state = tensors
    if "structure" in facts:
        state = _nested(read_json(facts["structure"].encode(), f"{path.name}: structure"), tensors)
    return {"klass": _classes().get(facts["klass"]), "state": state, **told}


def _nested(node: Any, tensors: dict[str, torch.Tensor]) -> Any:
    """The inverse of Demucs's `_flatten_state`, for quantised networks."""
    if not isinstance(node, dict):
        return node
    match node:
        case {"_tensor": name}:
            return tensors[name]
        case {"_dict": pairs}:
            return {key: _nested(value, tensors) for key, value in pairs}
        case {"_list": parts}:
            return [_nested(part, tensors) for part in parts]
        case {"_tuple": parts}:
            return tuple(_nested(part, tensors) for part in parts)
        case {"_class": name}:
            return _quantisers()[name]
    raise UnreadableError("its structure is not that of a state")


def _quantisers() -> dict[str, Any]:
    """Classes of diffq that a quantised state may name."""
    from diffq import DiffQuantizer, UniformQuantizer

    return {f"{one.__module__}.{one.__qualname__}": one for one in (DiffQuantizer, UniformQuantizer)}


def _classes() -> dict[str, Any]:
    """Demucs's networks by the name under which a file asks for them."""
    from demucs.demucs import Demucs
    from demucs.hdemucs import HDemucs
    from demucs.htdemucs import HTDemucs

    return {f"{one.__module__}.{one.__qualname__}": one for one in (Demucs, HDemucs, HTDemucs)}


def _known_types() -> list[Any]:
    from demucs import demucs, hdemucs, htdemucs

    modules = (demucs, hdemucs, htdemucs)
    classes = [c for m in modules for c in vars(m).values() if inspect.isclass(c) and c.__module__ == m.__name__]
    return [*classes, Fraction, OrderedDict]
