"""`bench split-roformer`: one window of BS-RoFormer at the size of viperx, against the PyPI package BS-RoFormer 0.4.1.

Both have the same random weights (the published ones are 639 MB and no faster or slower) and the same noise; they take
turns, `--repeat` times, and the shortest time of each counts. `ours_s` is at `precision`, what `auto` chooses here;
`fp32_s` is ours at the peer's own precision. `cpu_s` counts the seconds of all threads, which other programs on the
machine stretch less. `difference_db`: how far each is from the peer's output.
Options: `--seconds S` of window (8), `--precision P`, `--repeat N`, `--device D`.
"""

import argparse
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from bs_roformer import BSRoformer
from torch import Tensor

from engine.models.device import PRECISIONS, torch_dtype, usable_precision
from engine.split.roformer.config import KNOWN
from engine.split.roformer.network import Roformer

NEEDS = ("test",)
"""What `./run.sh bench` installs for it."""


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench split-roformer")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--precision", choices=("auto", *PRECISIONS), default="auto")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(arguments)
    device = torch.device(options.device)
    config = KNOWN["bs-roformer-viperx"]
    torch.manual_seed(0)
    peer = BSRoformer(
        config.dim, depth=config.depth, stereo=True, time_transformer_depth=1, freq_transformer_depth=1,
        stft_hop_length=config.stft_hop_length, flash_attn=True,
    ).eval().to(device)  # fmt: skip
    mix = 0.1 * torch.randn(2, int(options.seconds * config.rate_hz)).to(device)
    precision = usable_precision(options.precision, options.device)
    networks = {name: Roformer(config, peer.state_dict(), device, torch_dtype(name)) for name in {"fp32", precision}}
    deeds: dict[str, Callable[[], Tensor]] = {"peer": lambda: _peer(peer, mix)}
    deeds |= {name: partial(_ours, network, mix) for name, network in networks.items()}
    took, busy, heard = dict.fromkeys(deeds, math.inf), dict.fromkeys(deeds, math.inf), {}
    short = mix[:, : config.rate_hz // 4]
    _peer(peer, short)  # neither pays for what is set up at the first call
    for network in networks.values():
        network(short)
    for _ in range(options.repeat):
        for name, deed in deeds.items():
            heard[name], wall_s, cpu_s = _timed(deed, device)
            took[name], busy[name] = min(took[name], wall_s), min(busy[name], cpu_s)
    return {
        "ours_s": round(took[precision], 2),
        "peer_s": round(took["peer"], 2),
        "precision": precision,
        "fp32_s": round(took["fp32"], 2),
        "fp32_ratio": round(took["peer"] / took["fp32"], 2),
        "cpu_s": {name: round(seconds, 1) for name, seconds in busy.items()},
        "difference_db": {name: _difference_db(heard[name], heard["peer"]) for name in sorted(networks)},
        "seconds": options.seconds,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads",
    }


def _peer(peer: BSRoformer, mix: Tensor) -> Tensor:
    with torch.inference_mode():
        stem: Tensor = peer(mix.unsqueeze(0))[0]
    return stem


def _ours(network: Roformer, mix: Tensor) -> Tensor:
    return network(mix)[0]


def _timed(deed: Callable[[], Tensor], device: torch.device) -> tuple[Tensor, float, float]:
    began, worked = time.perf_counter(), time.process_time()
    out = deed()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return out, time.perf_counter() - began, time.process_time() - worked


def _difference_db(ours: Tensor, theirs: Tensor) -> float:
    apart = (ours[..., : theirs.shape[-1]] - theirs).norm() / theirs.norm()
    return round(20 * math.log10(max(float(apart), 1e-12)), 1)
