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
from engine.models.catalogue import find
from engine.models.store import ModelStore, missing
from engine.upstream.demucs.bags import BAGS
from engine.upstream.demucs.from_onnx import state_of

ONNX = "htdemucs.onnx"
HTDEMUCS_ARGUMENTS: dict[str, Any] = {
    "sources": ["drums", "bass", "other", "vocals"], "segment": Fraction(39, 5), "bottom_channels": 512,
    "dconv_mode": 3, "t_layers": 5, "samplerate": 44_100,
}  # fmt: skip
"""What htdemucs was trained as."""


def onnx_file(model: str, models_dir: Path) -> Path | None:
    """The file with the graph of `model`, when it is there, whole. Raises MODEL_MISSING for a damaged one."""
    if model != "htdemucs" or not (models_dir / model / ONNX).exists():
        return None
    return ModelStore(models_dir).path(model, ONNX)


def networks(model: str, models_dir: Path) -> list[tuple[nn.Module, Path]]:
    """The networks of a model in BAGS, ready for use, and the file of each. Raises MODEL_MISSING, and INVALID_INPUT
    for a damaged file."""
    files = files_of(model, models_dir)
    if files[0].suffix == ".onnx":
        return [(htdemucs(state_of(files[0])), files[0])]
    return [(_network(file), file) for file in files]


def on_disk(model: str, models_dir: Path) -> bool:
    """The files of a model are there, from wherever they came."""
    try:
        files_of(model, models_dir)
    except AppError as error:
        if error.code is Code.MODEL_MISSING:
            return False
        raise
    return True


def files_of(model: str, models_dir: Path) -> list[Path]:
    """Where the networks of a model lie. Raises MODEL_MISSING."""
    bag = BAGS[model]
    if bag.quantised and not importlib.util.find_spec("diffq"):
        raise AppError(Code.MODEL_MISSING, "diffq_missing", model=model)
    if path := onnx_file(model, models_dir):
        return [path]
    return [_file(model, signature, models_dir) for signature in bag.signatures]


def htdemucs(state: dict[str, torch.Tensor] | None = None) -> nn.Module:
    """The network of `htdemucs` as Demucs trained it, or, without a state, its shape only (no memory is used)."""
    from demucs.htdemucs import HTDemucs

    with torch.device("meta"):
        model: nn.Module = HTDemucs(**HTDEMUCS_ARGUMENTS)
    if state is not None:
        model.load_state_dict(state, assign=True)
    return model.eval()


def _file(model: str, signature: str, models_dir: Path) -> Path:
    for folder in (models_dir / model, models_dir / f"{model}-hub"):
        for suffix in ("safetensors", "th"):
            if found := sorted(folder.glob(f"{signature}*.{suffix}")):
                return found[0]
    raise missing(find(model), models_dir)


def _network(path: Path) -> nn.Module:
    """One network from its file. A .th file is a pickle: only what Demucs puts into one is let in."""
    from demucs.hf import load_safetensors_model
    from demucs.states import load_model

    try:
        if path.suffix == ".safetensors":
            model: nn.Module = load_safetensors_model(path)
        else:
            with torch.serialization.safe_globals(_known_types()):
                package = torch.load(path, map_location="cpu", weights_only=True)
            model = load_model(package)  # type: ignore[no-untyped-call]
    except Exception as error:
        raise AppError(Code.INVALID_INPUT, "checkpoint_unreadable", file=path.name, reason=str(error)[:200]) from error
    return model.eval()


def _known_types() -> list[Any]:
    from demucs import demucs, hdemucs, htdemucs

    modules = (demucs, hdemucs, htdemucs)
    classes = [c for m in modules for c in vars(m).values() if inspect.isclass(c) and c.__module__ == m.__name__]
    return [*classes, Fraction, OrderedDict]
