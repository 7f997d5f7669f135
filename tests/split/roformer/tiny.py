"""Small BS-RoFormers with random weights, in the true format: made by the peer, the PyPI package BS-RoFormer 0.4.1."""

import contextlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
import yaml
from bs_roformer import BSRoformer, bs_roformer

from engine.split.roformer.config import RoformerConfig

TINY = RoformerConfig(
    dim=32, depth=2, heads=2, dim_head=16, time_transformer_depth=1, freq_transformer_depth=1, stft_hop_length=441,
    sources=("vocals",), window=44_100,
)  # fmt: skip


@contextlib.contextmanager
def _expansion(factor: int) -> Iterator[None]:
    """The package builds its mask estimators with four times `dim`; the 4-stem checkpoint has two."""
    patched = partial(bs_roformer.MaskEstimator, mlp_expansion_factor=factor)
    with mock.patch.object(bs_roformer, "MaskEstimator", patched):
        yield


def peer_of(config: RoformerConfig, *, flash: bool = True) -> BSRoformer:
    """The package's network of this configuration, as it initialises itself."""
    keys = (
        "depth", "num_stems", "time_transformer_depth", "freq_transformer_depth", "freqs_per_bands", "dim_head",
        "heads", "stft_n_fft", "stft_hop_length", "stft_win_length", "stft_normalized", "mask_estimator_depth",
    )  # fmt: skip
    with _expansion(config.mlp_expansion_factor):
        values = {key: getattr(config, key) for key in keys}
        return BSRoformer(config.dim, stereo=True, flash_attn=flash, **values).eval()


def random_peer(config: RoformerConfig, seed: int = 0, **options: Any) -> BSRoformer:
    """With every weight drawn, norms and biases too, so that none can be left out unnoticed."""
    network = peer_of(config, **options)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.requires_grad:
                drawn = torch.randn(parameter.shape, generator=generator)
                wide = parameter.ndim > 1
                parameter.copy_(drawn / parameter.shape[-1] ** 0.5 if wide else name.endswith("gamma") + 0.2 * drawn)
    return network


def peer_stems(network: BSRoformer, mix: torch.Tensor) -> torch.Tensor:
    """[2, samples] -> [stems, 2, at most as many samples]."""
    with torch.inference_mode():
        stems: torch.Tensor = network(mix.unsqueeze(0))[0]
    return stems if stems.ndim == 3 else stems.unsqueeze(0)


def noise(samples: int, seed: int = 1) -> np.ndarray:
    """float32 [2, samples] with a common part, as stereo music has."""
    draw = np.random.default_rng(seed).standard_normal((3, samples)).astype(np.float32)
    return 0.1 * (draw[:2] + draw[2])


def document(config: RoformerConfig) -> dict[str, Any]:
    """The configuration as the training project writes it, tuples and keys of no concern included."""
    model = config.model_dump(exclude={"sources", "window", "rate_hz", "zero_dc"})
    model |= {
        "stereo": True, "linear_transformer_depth": 0, "attn_dropout": 0.1, "ff_dropout": 0.1, "flash_attn": True,
        "dim_freqs_in": sum(config.freqs_per_bands), "multi_stft_resolution_loss_weight": 1.0,
        "multi_stft_resolutions_window_sizes": (4096, 2048, 1024, 512, 256), "multi_stft_hop_size": 147,
        "multi_stft_normalized": False,
    }  # fmt: skip
    if config.zero_dc:
        model["zero_dc"] = True
    alone = len(config.sources) == 1
    return {
        "audio": {"chunk_size": config.window, "sample_rate": config.rate_hz, "num_channels": 2, "dim_t": 801},
        "model": model,
        "training": {
            "instruments": [*config.sources, "other"] if alone else list(config.sources),
            "target_instrument": config.sources[0] if alone else None,
            "lr": 1e-5,
        },
        "augmentations": {"mixup_probs": (0.2, 0.02)},
        "inference": {"batch_size": 4, "num_overlap": 2},
    }


def write_yaml(path: Path, content: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump(content), encoding="utf-8")
    return path


def install(models_dir: Path, name: str = "mine", config: RoformerConfig = TINY) -> Path:
    """A checkpoint and its YAML in a folder of that name, once; the folder."""
    folder = models_dir / name
    if not folder.exists():
        write_yaml(folder / "config.yaml", document(config))
        torch.save(random_peer(config).state_dict(), folder / "model.ckpt")
    return folder
