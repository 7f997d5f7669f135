"""A checkpoint of AudioSR in the true format, with narrow networks and random weights."""

from pathlib import Path

import torch
from torch import Tensor, nn

from engine.upscale.audiosr.checkpoint import CONDITION, FIRST, SCALE, UNET, VOCODER
from engine.upscale.audiosr.unet import UNet
from engine.upscale.audiosr.vae import VaeDecoding, VaeEncoding
from engine.upscale.audiosr.vocoder import Vocoder


def randomise(network: nn.Module, seed: int = 0) -> None:
    """Weights that keep signals at about their size, so that differences show."""
    generator = torch.Generator().manual_seed(seed)
    for name, weight in network.named_parameters():
        noise = torch.randn(weight.shape, generator=generator)
        if weight.ndim > 1:
            weight.data = noise * 0.5 / max(1, weight[0].numel()) ** 0.5
        else:
            weight.data = 0.1 * noise + (1 if name.endswith("weight") else 0)


def state(width: int = 32, vocoder: int = 64) -> dict[str, Tensor]:
    """Every tensor that inference needs, under its published name, and some that it does not."""
    tensors: dict[str, Tensor] = {SCALE: torch.tensor(0.33424014), "clap.logit_scale": torch.zeros(())}
    encoding, decoding, unet, voice = VaeEncoding(width), VaeDecoding(width), UNet(width), Vocoder(vocoder)
    places: list[tuple[nn.Module, str]] = [
        (encoding, FIRST), (encoding, CONDITION), (decoding, FIRST), (unet, UNET), (voice, VOCODER)
    ]  # fmt: skip
    for seed, (network, prefix) in enumerate(places):
        randomise(network, seed if prefix != CONDITION else 0)
        tensors |= {prefix + name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
    # a voice that is heard: the published one speaks near full scale
    tensors[VOCODER + "conv_post.weight"] *= 20
    return tensors


def install(models_dir: Path, model_id: str = "audiosr-basic") -> Path:
    """The checkpoint in the place of a catalogued model."""
    path = models_dir / model_id / "pytorch_model.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"state_dict": state(), "global_step": 1}, path)
    return path
