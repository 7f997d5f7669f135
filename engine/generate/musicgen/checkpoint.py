"""Checkpoints on disk: a folder with `state_dict.bin` and `compression_state_dict.bin`, as audiocraft exports them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine.errors import AppError, Code
from engine.generate.models import LANGUAGE_MODEL
from engine.generate.musicgen.architecture import Architecture, architecture, read_configuration, unsupported
from engine.generate.musicgen.configuration import TEXT_WIDTHS, LanguageModel, read_compression
from engine.models import MODELS, ModelStore
from engine.upstream.tensors import UnreadableError, agree, read_tensors, reason_of

log = logging.getLogger(__name__)
CODEC = "compression_state_dict.bin"


@dataclass(frozen=True)
class Checkpoint:
    """A language model as it lies on disk. `state` is mapped, not read: memory is used where a tensor is touched."""

    name: str
    folder: Path
    config: LanguageModel
    arch: Architecture
    state: Mapping[str, torch.Tensor]


def read_checkpoint(folder: Path, name: str) -> Checkpoint:
    """Raises MODEL_MISSING, or INVALID_INPUT `checkpoint_damaged` / `unsupported_checkpoint`."""
    package = read_package(folder / LANGUAGE_MODEL, name)
    text, state = package.get("xp.cfg"), package.get("best_state")
    if not isinstance(text, str) or not isinstance(state, dict):
        raise unsupported(name, "xp.cfg / best_state")
    config = read_configuration(text, name)
    arch = architecture(config, name)
    try:
        agree(own := tensor_shapes(arch, config), {key: state.get(key) for key in own})
    except UnreadableError as error:
        raise unsupported(name, reason_of(error)) from error
    strange = [key for key in own if not state[key].is_floating_point()]
    if strange:
        raise unsupported(name, strange[0])
    return Checkpoint(name, folder, config, arch, state)


def tensor_shapes(arch: Architecture, config: LanguageModel) -> dict[str, tuple[int, ...]]:
    """Every tensor that the language model takes from the state dict, and the words' and the melody's way into it."""
    dim, hidden = arch.dim, arch.hidden
    shapes: dict[str, tuple[int, ...]] = {"out_norm.weight": (dim,), "out_norm.bias": (dim,)}
    for book in range(arch.codebooks):
        shapes |= {f"emb.{book}.weight": (arch.cardinality + 1, dim), f"linears.{book}.weight": (arch.cardinality, dim)}
    for layer in range(arch.layers):
        root = f"transformer.layers.{layer}"
        attentions = {"self_attn": "norm1", **({"cross_attention": "norm_cross"} if arch.cross else {})}
        for attention, norm in attentions.items():
            shapes |= {f"{root}.{attention}.in_proj_weight": (3 * dim, dim),
                       f"{root}.{attention}.out_proj.weight": (dim, dim),
                       f"{root}.{norm}.weight": (dim,), f"{root}.{norm}.bias": (dim,)}  # fmt: skip
        shapes |= {f"{root}.linear1.weight": (hidden, dim), f"{root}.linear2.weight": (dim, hidden),
                   f"{root}.norm2.weight": (dim,), f"{root}.norm2.bias": (dim,)}  # fmt: skip
    for attribute, part in (config.conditioners or {}).items():
        root = f"condition_provider.conditioners.{attribute}.output_proj"
        wide = TEXT_WIDTHS[part.t5.name] if part.t5 else part.chroma_stem.n_chroma if part.chroma_stem else None
        if wide:
            shapes |= {f"{root}.weight": (dim, wide), f"{root}.bias": (dim,)}
    return shapes


def read_package(path: Path, name: str) -> dict[str, Any]:
    """A file made by torch.save, of whichever age, without running what it may hold. Raises as `read_checkpoint`."""
    if not path.is_file():
        raise AppError(Code.MODEL_MISSING, "checkpoint_file_missing", file=path.name, folder=str(path.parent))
    try:
        package = read_tensors(path)
    except Exception as error:
        raise damaged(path, name, error) from error
    if not isinstance(package, dict):
        raise unsupported(name, path.name)
    return package


def damaged(path: Path, name: str, error: BaseException) -> AppError:
    return AppError(Code.INVALID_INPUT, "checkpoint_damaged", name=name, file=path.name, reason=reason_of(error))


def text_folder(encoder: str, models_dir: Path) -> Path:
    """The folder of the text encoder that a checkpoint names. Raises MODEL_MISSING."""
    short = encoder.rpartition("/")[2]
    if short in MODELS:
        return ModelStore(models_dir).files(MODELS[short])[0].parent
    folder = models_dir / short
    if not (folder / "config.json").is_file():
        raise AppError(Code.MODEL_MISSING, "text_encoder_missing", encoder=encoder, folder=str(folder))
    return folder


def read_codec_package(folder: Path, models_dir: Path, rate_hz: int, name: str) -> dict[str, Any]:
    """The codec of a checkpoint. Some carry only a pointer: then another model's codec of that rate is taken.

    All of MusicGen's share one codec. Raises as `read_checkpoint`.
    """
    path = folder / CODEC
    package = read_package(path, name) if path.is_file() else {"pretrained": "another codec"}
    if "best_state" in package:
        return package
    for other in sorted(models_dir.glob(f"*/{CODEC}")):
        try:
            found = read_package(other, other.parent.name)
            if (
                "best_state" in found
                and read_compression(found.get("xp.cfg"), other.name).encodec.sample_rate == rate_hz
            ):
                return found
        except AppError as error:  # somebody else's fault is no reason not to look on
            log.warning("a codec was passed over", extra={"file": str(other), "reason": str(error)})
    raise AppError(
        Code.MODEL_MISSING,
        "codec_missing",
        name=name,
        wanted=str(package.get("pretrained"))[:80],
        folder=str(folder),
        file=CODEC,
    )
