"""Checkpoints on disk: a folder with `state_dict.bin` and `compression_state_dict.bin`, as audiocraft exports them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml

from engine.errors import AppError, Code
from engine.generate.musicgen.architecture import Architecture, read_architecture, unsupported

LANGUAGE_MODEL, CODEC = "state_dict.bin", "compression_state_dict.bin"


@dataclass(frozen=True)
class Checkpoint:
    """A language model as it lies on disk. `state` is mapped, not read: memory is used where a tensor is touched."""

    name: str
    folder: Path
    config: dict[str, Any]
    arch: Architecture
    state: Mapping[str, torch.Tensor]


def read_checkpoint(folder: Path, name: str) -> Checkpoint:
    """Raises MODEL_MISSING, or INVALID_INPUT `checkpoint_damaged` / `unsupported_checkpoint`."""
    package = read_package(folder / LANGUAGE_MODEL, name)
    config = package.get("xp.cfg")
    state = package.get("best_state")
    if not isinstance(config, str) or not isinstance(state, dict):
        raise unsupported(name, "xp.cfg / best_state")
    parsed = yaml.safe_load(config)
    arch = read_architecture(parsed, name)
    absent = [key for key in _expected(arch) if key not in state]
    if absent:
        raise unsupported(name, ", ".join(absent[:3]))
    return Checkpoint(name, folder, parsed, arch, state)


def _expected(arch: Architecture) -> list[str]:
    last = f"transformer.layers.{arch.layers - 1}"
    names = [f"emb.{arch.codebooks - 1}.weight", f"linears.{arch.codebooks - 1}.weight", "out_norm.weight"]
    names += [f"{last}.self_attn.in_proj_weight", f"{last}.linear2.weight"]
    if arch.style:
        names += [f"condition_provider.conditioners.self_wav.{part}.weight" for part in ("embed", "output_proj")]
    return names + ([f"{last}.cross_attention.in_proj_weight"] if arch.cross else [])


def read_package(path: Path, name: str) -> dict[str, Any]:
    """A file made by torch.save, without running what it may hold. Raises as `read_checkpoint`."""
    if not path.is_file():
        raise AppError(Code.MODEL_MISSING, "checkpoint_file_missing", file=path.name, folder=str(path.parent))
    try:
        package = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:
        raise AppError(
            Code.INVALID_INPUT, "checkpoint_damaged", name=name, file=path.name, reason=str(error).splitlines()[0][:200]
        ) from error
    if not isinstance(package, dict):
        raise unsupported(name, path.name)
    return package


def read_codec_package(folder: Path, models_dir: Path, rate_hz: int, name: str) -> dict[str, Any]:
    """The codec of a checkpoint. Some carry only a pointer: then another model's codec of that rate is taken.

    All of MusicGen's share one codec. Raises as `read_checkpoint`.
    """
    path = folder / CODEC
    package = read_package(path, name) if path.is_file() else {"pretrained": "another codec"}
    if "best_state" in package:
        return package
    for other in sorted(models_dir.glob(f"*/{CODEC}")):
        found = read_package(other, other.parent.name)
        if "best_state" in found and yaml.safe_load(found["xp.cfg"])["encodec"]["sample_rate"] == rate_hz:
            return found
    raise AppError(
        Code.MODEL_MISSING,
        "codec_missing",
        name=name,
        wanted=str(package["pretrained"]),
        folder=str(folder),
        file=CODEC,
    )
