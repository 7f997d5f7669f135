"""The melody of a song: what HT Demucs takes for voice and as other instruments, without drums and bass."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn.modules.module import register_module_forward_pre_hook

from engine.audio.block import Audio
from engine.audio.resample import resample
from engine.models.engine import ModelEngine
from engine.upstream.demucs.checkpoint import networks

if TYPE_CHECKING:
    from engine.context import JobContext

RATE_HZ = 44_100
MELODIC = ("vocals", "other")


class MelodyFinder(ModelEngine[Any]):
    """HT Demucs, from its files in any form that `/split` finds."""

    device_key = "musicgen"

    def __init__(self, files: list[Path]) -> None:
        self._files = files

    def _read(self, job: "JobContext") -> Any:
        return networks(self._files)[0][0]

    @torch.inference_mode()
    def melody(self, sound: Audio, rate_hz: int, job: "JobContext") -> Audio:
        """float32 [2, samples] -> the melodic part, float32 [1, samples], same rate. Silence stays silence."""
        model = self._loaded
        if not sound.any():
            return np.zeros((1, sound.shape[1]), np.float32)
        from demucs.apply import apply_model

        wide = resample(sound, rate_hz, RATE_HZ)
        level = float(wide.mean(axis=0).std()) + 1e-8
        mean = float(wide.mean())
        mix = torch.from_numpy((wide - mean) / level)[None]
        with register_module_forward_pre_hook(lambda *_: job.check_canceled()):  # a segment takes seconds
            stems = apply_model(model, mix, shifts=0, split=True, overlap=0.25, device="cpu")[0]
        chosen = [model.sources.index(name) for name in MELODIC]
        tune = stems[chosen].sum(0).mean(0, keepdim=True).numpy() * level + mean * len(MELODIC)
        back = resample(tune.astype(np.float32), RATE_HZ, rate_hz)
        return np.ascontiguousarray(back[:, : sound.shape[1]])
