"""Tiny checkpoints in the layout of docs/audiolbm.md, with weights drawn at random."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from engine.upscale.audiolbm.checkpoint import CONFIG, DIT, NAMES, VAE, Config, build


def tiny_config(rate_hz: int, **changes: Any) -> dict[str, Any]:
    return {
        "format": "audiolbm-1",
        "rate_hz": rate_hz,
        "latent_scale": 0.25 if rate_hz == 48_000 else 1.0,
        "crop_s": 24 * 512 / rate_hz,
        "vae": {"channels": 4, "multipliers": [1, 1, 2, 2], "strides": [2, 4, 8, 8], "latent_channels": 4},
        "dit": {"layers": 2, "heads": 2, "hidden": 16},
        **changes,
    }


def write_tiny(models_dir: Path, *rates_hz: int, **changes: Any) -> None:
    for rate_hz in rates_hz:
        config = tiny_config(rate_hz, **changes)
        torch.manual_seed(rate_hz)
        stage = build(Config.model_validate(config))
        folder = models_dir / NAMES[rate_hz]
        folder.mkdir(parents=True)
        (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
        save_file(stage.vae.state_dict(), folder / VAE)
        save_file(stage.dit.state_dict(), folder / DIT)
