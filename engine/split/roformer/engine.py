"""BS-RoFormer as an engine: one window of stereo sound in, its stems out."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from engine.errors import invalid
from engine.models.device import torch_dtype, usable_precision
from engine.models.engine import ModelEngine
from engine.split.roformer.checkpoint import read
from engine.split.roformer.locate import with_config
from engine.split.roformer.network import Roformer, Tick
from engine.split.separator import Estimates, Mixes

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.context import Audio, JobContext

log = logging.getLogger(__name__)


class RoformerSeparator(ModelEngine[Roformer]):
    """`file`: the checkpoint; `model_id`: its id in the catalogue, or the name of a user's own.

    `precision`: `fp32`, `bf16`, `fp16`, or `auto`: the 16 bits that the device computes in, else fp32. What is used is
    in `precision` after `load`; the spectra and everything that is summed up stay in float32.
    """

    device_key = "bs-roformer"

    def __init__(self, file: Path, model_id: str, precision: str = "auto") -> None:
        self._file = file
        self.model_id = model_id
        self.precision = precision
        self.sources: tuple[str, ...] = ()
        self.rate_hz = 0
        self.window = 0
        self.facts: dict[str, str] = {}
        self._device = torch.device("cpu")

    def _read(self, job: "JobContext") -> Roformer:
        found = with_config(self._file, job.models_dir)
        config, tensors = read(found, self.model_id)
        self._device = torch.device(device := job.device)
        self.precision = usable_precision(self.precision, device)
        try:
            network = Roformer(config, tensors, self._device, torch_dtype(self.precision))
        except ValueError as error:  # a tensor that is not finite, by its name
            raise invalid("roformer_checkpoint_numbers", file=found.checkpoint.name, tensor=str(error)) from error
        self.sources, self.rate_hz, self.window = config.sources, config.rate_hz, config.window
        log.info("loaded", extra={"model": self.model_id, "precision": self.precision, "device": device})
        self.facts = {"runtime": "torch", "precision": self.precision, "device": device}
        return network

    def separate(self, mix: Mixes, tick: "Callable[[], None]" = lambda: None) -> Estimates:
        """float32 [batch, 2, samples], at most `window` samples at `rate_hz` -> float32 [batch, sources, 2, samples].

        One window fills a device, so the windows of a batch follow each other and the memory does not grow with it.
        `tick` is called after every layer; what it raises ends the work.
        """
        network = self._loaded
        if mix.ndim != 3 or mix.shape[1] != 2 or mix.shape[2] > self.window:
            raise ValueError(f"wanted [batch, 2, at most {self.window}], got {list(mix.shape)}")
        stems = np.zeros((mix.shape[0], len(self.sources), *mix.shape[1:]), np.float32)
        if mix.shape[2] == 0:
            return stems
        for number, window in enumerate(mix):
            stems[number] = self._one(network, window, lambda share: tick())
        return stems

    def _one(self, network: Roformer, window: "Audio", tick: Tick) -> Estimates:
        samples = window.shape[-1]
        padding = max(0, network.config.stft_n_fft - samples)  # the transform reflects half an FFT at each end
        sound = torch.from_numpy(np.pad(window, ((0, 0), (0, padding)))).to(self._device, torch.float32)
        stems: Estimates = network(sound, tick)[..., :samples].cpu().numpy()
        return stems
