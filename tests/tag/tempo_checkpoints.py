"""Files as TempoCNN and BeatNet are published, with numbers by chance."""

from pathlib import Path

import numpy as np
import torch

from engine.tag.tempo import beatnet, tempocnn


def write_tempocnn(path: Path) -> Path:
    import h5py

    random = np.random.default_rng(1)
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, wanted in tempocnn._Network().state_dict().items():
            layer, part = name.split(".")
            values = random.normal(0.0, 0.3, tuple(wanted.shape)).astype(np.float32)
            if layer.startswith("Conv"):
                kind, values = ("bias", values) if part == "bias" else ("kernel", values.transpose(2, 3, 1, 0))
            elif part in _BATCH_NORM:
                kind, values = _BATCH_NORM[part], values if part.endswith("mean") else np.abs(values) + 0.5
            else:
                continue
            file[f"model_weights/{layer}/{layer}/{kind}:0"] = np.ascontiguousarray(values)
    return path


_BATCH_NORM = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}


def write_beatnet(path: Path) -> Path:
    torch.manual_seed(1)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(beatnet._Network().state_dict(), path)
    return path
