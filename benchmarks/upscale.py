"""`bench upscale`: AudioSR at its published size, against the PyPI package audiosr 0.0.7 with the same random weights.

Both hear the same mono noise of `--seconds` (5.12, one window). Without `--full`, each takes `--steps` steps of its
sampler; what they would take with 50, and with our default, is reckoned from the shortest call of the denoiser, all
else as it was: `reckoned` says so. `peer_s` and `ours_s` are the package with the 50 DDIM steps of its command line and
ours with its default; `equal_steps_ratio` and `fp32_equal_steps_ratio` are both with 50 DDIM steps. Neither
side's times hold the reading of weights.
"""

import argparse
import contextlib
import importlib
import io
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import soundfile
import torch
from torch import nn

from engine.upscale.audiosr.engine import AudioSR
from engine.upscale.audiosr.features import RATE_HZ, low_pass
from engine.upscale.audiosr.sampling import DEFAULT_STEPS
from engine.upstream import audiosr

PEER_STEPS = 50
CUTOFF_HZ = 8000.0
UNUSED = ("model_ema.", "clap.", "cond_stage_models.0.vae.vocoder.", "cond_stage_models.0.vae.decoder.")


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench upscale")
    parser.add_argument("--seconds", type=float, default=5.12)
    parser.add_argument("--steps", type=int, default=5, help="a divisor of 1000")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(0)
    sound = low_pass((0.1 * rng.standard_normal(round(options.seconds * RATE_HZ))).astype(np.float32), CUTOFF_HZ)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        models_dir, wav = Path(folder) / "models", Path(folder) / "sound.wav"
        soundfile.write(wav, sound, RATE_HZ, subtype="FLOAT")
        file = models_dir / "audiosr-basic" / "pytorch_model.bin"
        peer = _peer(file, options.device)
        package = audiosr.load()
        steps = PEER_STEPS if options.full else options.steps
        generate = partial(package.super_resolution, peer, str(wav), ddim_steps=steps)
        deed = _timed(peer.model.diffusion_model, generate, options.device)
        peer_s = _reckoned(deed, PEER_STEPS, calls=2)
        del peer, generate  # its memory
        ways = {"default": "dpm++2m", "equal": "ddim", "fp32": "ddim"}
        ours, facts = {}, {}
        for name, way in ways.items():
            precision = "fp32" if name == "fp32" else options.precision
            wanted = PEER_STEPS if way == "ddim" else DEFAULT_STEPS[way]
            taken = wanted if options.full else options.steps
            engine = AudioSR(
                models_dir / "audiosr-basic" / "pytorch_model.bin", precision, sampler_name=way, steps=taken
            )
            engine.load(SimpleNamespace(device=options.device, models_dir=models_dir))
            facts[name] = engine.facts
            unet = engine._loaded._networks["unet"][0]
            ours[name] = _timed(unet, partial(_restore, engine, sound), options.device), wanted
            engine.dispose()
    took = {name: _reckoned(deed, wanted, calls=1) for name, (deed, wanted) in ours.items()}
    return {
        "ours_s": round(took["default"], 1),
        "peer_s": round(peer_s, 1),
        "equal_steps_ratio": round(peer_s / took["equal"], 2),
        "fp32_equal_steps_ratio": round(peer_s / took["fp32"], 2),
        "step_s": {"peer": round(2 * min(deed[1]), 2)} | {n: round(min(d[1]), 2) for n, (d, _) in ours.items()},
        "rest_s": {"peer": round(deed[0] - sum(deed[1]), 1)}
        | {n: round(d[0] - sum(d[1]), 1) for n, (d, _) in ours.items()},
        "reckoned": not options.full,
        "precision": facts["default"]["precision"],
        "default_steps": DEFAULT_STEPS["dpm++2m"],
        "seconds": options.seconds,
        "device": torch.cuda.get_device_name() if options.device == "cuda" else f"{torch.get_num_threads()} threads",
    }


def _peer(path: Path, device: str) -> Any:
    """The package's model with random weights, which are saved under `path` for ours."""
    audiosr.load()
    config = importlib.import_module("audiosr.utils").default_audioldm_config()["model"]["params"]
    torch.manual_seed(0)
    made = importlib.import_module("audiosr.latent_diffusion.models.ddpm").LatentDiffusion(
        **{**config, "device": torch.device(device)}
    )
    made.use_ema = False
    for weight in made.parameters():
        if weight.ndim > 1 and not weight.any():  # made to be trained: they would hide all that comes before them
            nn.init.normal_(weight, std=0.02)
    made.eval().to(device)
    path.parent.mkdir(parents=True)
    kept = {name: tensor for name, tensor in made.state_dict().items() if not name.startswith(UNUSED)}
    torch.save({"state_dict": kept}, path)
    return made


def _restore(engine: AudioSR, sound: Any) -> Any:
    peak = float(np.abs(sound).max())
    return engine.restore(sound[None], cutoff_hz=CUTOFF_HZ, peak=peak, seed=42)


def _timed(unet: nn.Module, deed: Callable[[], Any], device: str) -> tuple[float, list[float]]:
    """Seconds of it all, and of each call of the denoiser."""
    began: list[float] = []
    calls: list[float] = []

    def now() -> float:
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    hooks = [
        unet.register_forward_pre_hook(lambda *_: began.append(now())),
        unet.register_forward_hook(lambda *_: calls.append(now() - began[-1])),
    ]
    start = now()
    deed()
    whole = now() - start
    for hook in hooks:
        hook.remove()
    return whole, calls


def _reckoned(deed: tuple[float, list[float]], steps: int, calls: int) -> float:
    """Seconds with `steps` steps of `calls` calls each; measured where as many were taken."""
    whole, each = deed
    return whole if len(each) == steps * calls else whole - sum(each) + steps * calls * min(each)
