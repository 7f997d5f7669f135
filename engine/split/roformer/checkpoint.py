"""The weights of a BS-RoFormer, read strictly: every tensor that the layout asks for, and no other."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from engine.errors import AppError, invalid
from engine.models.catalogue import human_size
from engine.split.roformer.config import KNOWN, RoformerConfig, read_yaml
from engine.split.roformer.layout import differences, recognise
from engine.split.roformer.locate import Found
from engine.upstream.tensors import read_tensors

WRAPPERS = ("state", "state_dict")
"""Keys under which a training checkpoint keeps the state dict beside its optimiser."""


def read(found: Found, model_id: str) -> tuple[RoformerConfig, dict[str, Tensor]]:
    """Configuration and tensors, mapped from disk where the format allows it: only what is used is read.

    The YAML decides; without one the tensors must be those of a known layout. Raises INVALID_INPUT with a sentence that
    names the file and what is wrong with it.
    """
    tensors = _tensors(found.checkpoint)
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    # an unknown layout is compared with what the name promises, so that the sentence can say what differs
    config = read_yaml(found.config) if found.config else recognise(shapes) or KNOWN.get(model_id)
    if config is None:
        raise invalid("roformer_yaml_needed", file=found.checkpoint.name, folder=str(found.checkpoint.parent))
    if any(wrong := differences(config, shapes).values()):
        raise _does_not_fit(found.checkpoint, *wrong)
    return config, tensors


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        loaded = read_tensors(path)
    except AppError:
        raise
    # what a damaged or hostile file sets off in a reader is not documented anywhere
    except Exception as error:
        raise _unreadable(path) from error
    for key in WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(key), Mapping):
            loaded = loaded[key]
            break
    if not isinstance(loaded, Mapping) or not loaded:
        raise _unreadable(path)
    for name, value in loaded.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise _unreadable(path)
        if value.layout != torch.strided or not value.is_floating_point():
            raise _unreadable(path)
    return dict(loaded)


def _unreadable(path: Path) -> AppError:
    return invalid("roformer_checkpoint_unreadable", file=path.name, size=human_size(path.stat().st_size))


def _does_not_fit(path: Path, missing: list[str], unexpected: list[str], reshaped: list[str]) -> AppError:
    def some(names: list[str]) -> str:
        return ", ".join(name[:80] for name in names[:3]) + (f", … ({len(names)})" if len(names) > 3 else "") or "—"

    return invalid(
        "roformer_checkpoint_other",
        detail={"missing": missing[:20], "unexpected": unexpected[:20], "reshaped": reshaped[:20]},
        file=path.name,
        missing=some(missing),
        unexpected=some(unexpected),
        reshaped=some(reshaped),
    )
