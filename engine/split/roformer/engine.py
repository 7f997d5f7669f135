"""BS-RoFormer as an engine: one window of stereo sound in, its stems out."""

import logging
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import invalid
from engine.split.roformer.checkpoint import read
from engine.split.roformer.locate import FAMILY, locate
from engine.split.roformer.network import Roformer, Tick

if TYPE_CHECKING:
    from engine.context import JobContext

log = logging.getLogger(__name__)

Sound = NDArray[np.float32]


class RoformerSeparator:
    """`model_id`: an id of the catalogue, or a name from `own_checkpoints`.

    `precision`: `fp32`, `bf16`, `fp16`, or `auto`: the 16 bits that the device computes in, else fp32. What is used is
    in `precision` after `load`; the spectra and everything that is summed up stay in float32.
    """

    family = FAMILY

    def __init__(self, model_id: str, precision: str = "auto") -> None:
        self.model_id = model_id
        self.precision = precision
        self.sources: tuple[str, ...] = ()
        self.rate_hz = 0
        self.window = 0
        self._device = torch.device("cpu")
        self._network: Roformer | None = None
        self._disposed = False

    def load(self, job: "JobContext") -> None:
        """Raises MODEL_MISSING without a checkpoint, INVALID_INPUT for one that does not fit."""
        self._refuse_if_disposed()
        if self._network is not None:
            return
        found = locate(self.model_id, job.models_dir)
        config, tensors = read(found, self.model_id)
        self._device = torch.device(job.device)
        self.precision = usable_precision(self.precision, self._device)
        try:
            self._network = Roformer(config, tensors, self._device, DTYPES[self.precision])
        except ValueError as error:  # a tensor that is not finite, by its name
            raise invalid("roformer_checkpoint_numbers", file=found.checkpoint.name, tensor=str(error)) from error
        self.sources, self.rate_hz, self.window = config.sources, config.rate_hz, config.window
        log.info("loaded", extra={"model": self.model_id, "precision": self.precision, "device": job.device})

    def separate(self, mix: Sound, tick: Tick | None = None) -> Sound:
        """float32 [batch, 2, samples], at most `window` samples at `rate_hz` -> float32 [batch, sources, 2, samples].

        One window fills a device, so the windows of a batch follow each other and the memory does not grow with it.
        `tick` is told the share that is done, after every layer; what it raises ends the work.
        """
        self._refuse_if_disposed()
        if self._network is None:
            raise RuntimeError("this engine is not loaded")
        if mix.ndim != 3 or mix.shape[1] != 2 or mix.shape[2] > self.window:
            raise ValueError(f"wanted [batch, 2, at most {self.window}], got {list(mix.shape)}")
        stems = np.zeros((mix.shape[0], len(self.sources), *mix.shape[1:]), np.float32)
        if mix.shape[2] == 0:
            return stems
        for number, window in enumerate(mix):

            def within(share: float, number: int = number) -> None:
                if tick:
                    tick((number + share) / len(mix))

            stems[number] = self._one(self._network, window, within)
        return stems

    def _one(self, network: Roformer, window: Sound, tick: Tick) -> Sound:
        samples = window.shape[-1]
        padding = max(0, network.config.stft_n_fft - samples)  # the transform reflects half an FFT at each end
        sound = torch.from_numpy(np.pad(window, ((0, 0), (0, padding)))).to(self._device, torch.float32)
        stems: Sound = network(sound, tick)[..., :samples].cpu().numpy()
        return stems

    def dispose(self) -> None:
        self._network = None
        self._disposed = True

    def _refuse_if_disposed(self) -> None:
        if self._disposed:
            raise RuntimeError("this engine was disposed of")


DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def usable_precision(wanted: str, device: torch.device) -> str:
    """The precision that `wanted` comes to on this device.

    A processor multiplies float16 many times slower than float32, so there fp16 means the 16 bits that it knows. The
    choice looks at what the device is, never at a clock: the same input gives the same bytes. Raises ValueError for
    another name.
    """
    if wanted not in (*DTYPES, "auto"):
        raise ValueError(f"no precision is called {wanted}")
    if device.type == "cpu":
        fast = "bf16" if _processor_has_bf16() else "fp32"
        return fast if wanted in ("auto", "fp16") else wanted
    if device.type == "cuda" and wanted in ("auto", "bf16"):
        native = torch.cuda.get_device_capability(device) >= (8, 0)
        return "bf16" if native else "fp16"
    return "fp32" if wanted == "auto" else wanted


def _processor_has_bf16() -> bool:
    """Instructions that multiply bfloat16; without them oneDNN emulates it, slower than float32."""
    checks = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(check is not None and check() for check in checks)
