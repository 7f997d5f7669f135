"""AudioSR's weights: what inference needs of the published checkpoints, by their own names and nothing else.

`pytorch_model.bin` of the hub keeps the tensors under `state_dict`, with CLAP, an average of the weights and the
optimiser's leavings beside them; mirrors as safetensors hold the tensors only. Both are mapped from disk, so that only
what is used is read.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.errors import invalid
from engine.models.catalogue import human_size
from engine.upscale.audiosr.unet import UNet
from engine.upscale.audiosr.vae import VaeDecoding, VaeEncoding
from engine.upscale.audiosr.vocoder import Vocoder
from engine.upstream.tensors import read_tensors

UNET = "model.diffusion_model."
FIRST = "first_stage_model."
CONDITION = "cond_stage_models.0.vae."
VOCODER = "first_stage_model.vocoder."
SCALE = "scale_factor"
WIDTHS = {
    UNET: ("input_blocks.0.0.weight", 0),
    FIRST: ("encoder.conv_in.weight", 0),
    VOCODER: ("conv_pre.weight", 0),
}
"""Which tensor, and which side of it, tells the width of a part; the published models have 128, 128 and 1536."""


@dataclass
class Parts:
    """The networks, on no device yet: weights still mapped from disk. `scale`: latents are multiplied by it."""

    encoding: VaeEncoding
    unet: UNet
    decoding: VaeDecoding
    vocoder: Vocoder
    scale: float


def read(path: Path) -> Parts:
    """The networks with the weights of a checkpoint.

    Raises INVALID_INPUT naming what is missing or of another shape.
    """
    tensors = _tensors(path)
    widths = {prefix: _width(tensors, prefix + name, side) for prefix, (name, side) in WIDTHS.items()}
    if not all(widths.values()):
        lacking = [prefix + WIDTHS[prefix][0] for prefix, width in widths.items() if not width]
        raise _other(path, lacking, [])
    with torch.device("meta"):
        encoding, decoding = VaeEncoding(widths[FIRST]), VaeDecoding(widths[FIRST])
        unet, vocoder = UNet(widths[UNET]), Vocoder(widths[VOCODER])
    # upstream conditions on its second copy of the encoder; a mirror may have left that out
    condition = CONDITION if any(name.startswith(CONDITION) for name in tensors) else FIRST
    places: list[tuple[nn.Module, str]] = [(encoding, condition), (decoding, FIRST), (unet, UNET), (vocoder, VOCODER)]
    missing, reshaped = [] if SCALE in tensors else [SCALE], []
    scale = float(tensors[SCALE].double().reshape(-1)[0]) if SCALE in tensors and tensors[SCALE].numel() == 1 else 0.0
    if not missing and not 0 < scale < math.inf:
        reshaped.append(SCALE)
    for part, prefix in places:
        for name, wanted in part.state_dict().items():
            found = tensors.get(prefix + name)
            if found is None:
                missing.append(prefix + name)
            elif found.shape != wanted.shape or not found.is_floating_point():
                reshaped.append(prefix + name)
    if missing or reshaped:
        raise _other(path, missing, reshaped)
    for part, prefix in places:
        part.load_state_dict({name: tensors[prefix + name] for name in part.state_dict()}, assign=True)
        part.requires_grad_(False).eval()
    return Parts(encoding, unet, decoding, vocoder, scale)


def _width(tensors: Mapping[str, Tensor], name: str, side: int) -> int:
    """0 where the tensor is missing or such a network cannot be."""
    tensor = tensors.get(name)
    if tensor is None or tensor.ndim <= side or tensor.shape[side] % 32 or not 0 < tensor.shape[side] <= 4096:
        return 0
    return int(tensor.shape[side])


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        loaded = read_tensors(path)
    # what a damaged or hostile file sets off in a reader is not documented anywhere
    except Exception as error:
        raise _unreadable(path) from error
    if isinstance(loaded, Mapping) and isinstance(loaded.get("state_dict"), Mapping):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, Mapping):
        raise _unreadable(path)
    tensors = {name: value for name, value in loaded.items() if isinstance(name, str) and isinstance(value, Tensor)}
    if not tensors:
        raise _unreadable(path)
    return tensors


def _unreadable(path: Path) -> Exception:
    return invalid("audiosr_checkpoint_unreadable", file=path.name, size=human_size(path.stat().st_size))


def _other(path: Path, missing: list[str], reshaped: list[str]) -> Exception:
    def some(names: list[str]) -> str:
        return ", ".join(names[:3]) + (f", … ({len(names)})" if len(names) > 3 else "") or "—"

    return invalid(
        "audiosr_checkpoint_other",
        detail={"missing": missing[:20], "reshaped": reshaped[:20]},
        file=path.name,
        missing=some(missing),
        reshaped=some(reshaped),
    )
