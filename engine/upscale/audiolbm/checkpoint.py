"""Checkpoints on disk, one folder a stage, as docs/audiolbm.md lays them out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Annotated, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from safetensors import SafetensorError
from torch import nn

from engine.errors import AppError, Code
from engine.models import MODELS, ModelStore
from engine.upscale.audiolbm.bridge import Gmax
from engine.upscale.audiolbm.dit import FrequencyAwareTransformer
from engine.upscale.audiolbm.vae import Autoencoder
from engine.upstream.documents import judged, read_file, read_json, together
from engine.upstream.tensors import read_tensors, reason_of

CONFIG, VAE, DIT = "config.json", "vae.safetensors", "dit.safetensors"
NAMES = {48_000: "audiolbm-48k", 96_000: "audiolbm-96k", 192_000: "audiolbm-192k"}
"""Rate of a stage -> its id in the catalogue, which is its folder in the models folder."""


Multiplier = Annotated[int, Field(ge=1, le=1024)]
Stride = Annotated[int, Field(ge=2, le=512, multiple_of=2)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class VaeConfig(_Strict):
    channels: int = Field(128, gt=0, le=4096, description="Channels of the level nearest to the sound.")
    multipliers: tuple[Multiplier, ...] = Field(
        (1, 2, 4, 8), max_length=9, description="Channels of each further level, in `channels`."
    )
    strides: tuple[Stride, ...] = Field(
        (2, 4, 8, 8), max_length=9, description="Between the levels; even; their product is a frame."
    )
    latent_channels: int = Field(64, gt=0, le=4096, description="Channels of a latent.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.multipliers) != len(self.strides):
            raise together("multipliers")
        if prod(self.strides) != 512:  # samples of a frame
            raise together("strides")
        return self


class DitConfig(_Strict):
    layers: int = Field(gt=0, le=256, description="Transformer blocks.")
    heads: int = Field(gt=0, le=256, description="Attention heads.")
    hidden: int = Field(1152, gt=0, le=16_384, description="Width; a multiple of four times `heads`.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hidden % (4 * self.heads):
            raise together("hidden")
        return self


class Config(_Strict):
    format: Literal["audiolbm-1"]
    rate_hz: Literal[48_000, 96_000, 192_000] = Field(description="Sample rate of the stage's result.")
    latent_scale: float = Field(gt=0, le=1e6, description="s: latents times this have a standard deviation of about 1.")
    crop_s: float = Field(gt=0, le=60, description="Length of the training crops, and so of a window.")
    input_peak: float | None = Field(
        None, gt=0, le=1000, description="Peak to which a file is brought; none: as it comes."
    )
    blur_ratio: float = Field(0.3, ge=0, le=1, description="b_r for what another stage made. Unused at 48 kHz.")
    g2_min: float = Field(0.001, gt=0, le=1e6, description="Of the bridge's schedule, gmax.")
    g2_max: float = Field(1.0, gt=0, le=1e6, description="Of the bridge's schedule, gmax.")
    vae: VaeConfig = VaeConfig()
    dit: DitConfig

    @property
    def window(self) -> int:
        """Frames of a window."""
        return max(8, round(self.crop_s * self.rate_hz / prod(self.vae.strides)))


@dataclass(frozen=True)
class StageNetworks:
    """A stage's networks, in float32 on the processor until they are moved."""

    config: Config
    vae: Autoencoder
    dit: FrequencyAwareTransformer

    @property
    def schedule(self) -> Gmax:
        return Gmax(self.config.g2_min, self.config.g2_max)


def build(config: Config) -> StageNetworks:
    """The networks of a configuration, with weights as torch starts them."""
    vae, dit = config.vae, config.dit
    return StageNetworks(
        config,
        Autoencoder(vae.channels, vae.multipliers, vae.strides, vae.latent_channels).eval(),
        FrequencyAwareTransformer(
            dit.layers, dit.heads, dit.hidden, vae.latent_channels, is_cascade=config.rate_hz > 48_000
        ).eval(),
    )


def read(rate_hz: int, models_dir: Path) -> StageNetworks:
    """The stage that gives `rate_hz`.

    Raises MODEL_MISSING `audiolbm_missing` where a file is not there, INVALID_INPUT `config_refused`,
    `checkpoint_damaged` or `audiolbm_other` where one cannot be read or does not fit.
    """
    name = NAMES[rate_hz]
    folder = ModelStore(models_dir).files(MODELS[name])[0].parent
    file = f"{name}/{CONFIG}"
    config = judged(Config, read_json(read_file(folder / CONFIG, file), file), file)
    if config.rate_hz != rate_hz:
        raise _other(name, CONFIG, f"rate_hz: {config.rate_hz}")
    with torch.device("meta"):
        stage = build(config)
    for module, file in ((stage.vae, VAE), (stage.dit, DIT)):
        _fill(module, folder / file, name)
    return stage


def _fill(module: nn.Module, path: Path, name: str) -> None:
    """Every tensor of the file into the module: none too many, none too few, none of another shape."""
    with _readable(name, path.name):
        found = read_tensors(path)
    wanted = module.state_dict()
    lacking, spare = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    if lacking or spare:
        told = ", ".join([*(f"-{key}" for key in lacking[:3]), *(f"+{key}" for key in spare[:3])])
        raise _other(name, path.name, told)
    for key, tensor in found.items():
        if tensor.shape != wanted[key].shape:
            raise _other(name, path.name, f"{key}: {list(tensor.shape)}, {list(wanted[key].shape)}")
        if not tensor.is_floating_point() or not tensor.isfinite().all():
            raise _other(name, path.name, f"{key}: not finite")
    module.load_state_dict({key: tensor.float() for key, tensor in found.items()}, assign=True)
    module.requires_grad_(requires_grad=False)


@contextmanager
def _readable(name: str, file: str) -> Iterator[None]:
    try:
        yield
    except (SafetensorError, OSError, ValueError) as error:
        reason = reason_of(error)
        raise AppError(Code.INVALID_INPUT, "checkpoint_damaged", name=name, file=file, reason=reason) from error


def _other(name: str, file: str, reason: str) -> AppError:
    return AppError(Code.INVALID_INPUT, "audiolbm_other", name=name, file=file, reason=reason)
