"""AudioLBM as an upscaling engine."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.audio.resample import resample
from engine.models.device import torch_dtype, usable_precision
from engine.models.engine import ModelEngine
from engine.upscale.audiolbm.bridge import DEFAULT_STEPS, sample
from engine.upscale.audiolbm.cascade import RATES_HZ, CascadeStep, blurred, route, stage_for, without_top
from engine.upscale.audiolbm.checkpoint import StageNetworks, read
from engine.upscale.audiolbm.windows import averaged
from engine.upscale.noise import timed_noise
from engine.upscale.upscaler import twins

if TYPE_CHECKING:
    from engine.context import Audio, JobContext

log = logging.getLogger(__name__)

FRAME = 512
BATCH = {"cpu": 2, "cuda": 8}
"""Windows that go through the transformer together."""
ENCODING, SAMPLING, DECODING = 0.1, 0.75, 0.15
"""Shares of a stage's work."""

Tick = Callable[[float], None]


@dataclass(frozen=True)
class _Chance:
    """Whence noise comes. `start_s`: when the sound begins in the one that it is cut from."""

    seed: int
    start_s: float


class AudioLBM(ModelEngine[dict[int, StageNetworks]]):
    """`precision`: auto, fp32, bf16 or fp16, for the transformer; the autoencoder stays in float32.

    `rate_hz`: of the result; without a stage of its own, the next above. `steps`: of the sampler. `offload`: a network
    is on a GPU only while it works.
    """

    device_key = "audiolbm"

    def __init__(
        self, precision: str = "auto", *, rate_hz: int = 48_000, steps: int | None = None, offload: bool = False
    ) -> None:
        self._requested_precision, self._offload, self._steps = precision, offload, steps or DEFAULT_STEPS
        self._device = torch.device("cpu")
        self.rate_hz = stage_for(rate_hz)
        self.grid = FRAME * self.rate_hz // RATES_HZ[0]
        self.facts: dict[str, Any] = {}

    def _read(self, job: "JobContext") -> dict[int, StageNetworks]:
        """Every stage up to the rate. Raises what `checkpoint.read` raises."""
        stages = {rate: read(rate, job.models_dir) for rate in RATES_HZ if rate <= self.rate_hz}
        device = job.device
        self._device = torch.device(device)
        precision = usable_precision(self._requested_precision, device)
        for stage in stages.values():
            stage.dit.to(torch_dtype(precision))
            if not self._offload:
                stage.dit.to(self._device)
                stage.vae.to(self._device)
        self.facts = {
            "runtime": "torch",
            "device": device,
            "precision": precision,
            "sampler": "bridge-sde",
            "steps": self._steps,
        }
        log.info("loaded", extra={"model": self.device_key, "precision": precision, "device": device})
        return stages

    def restore(
        self, sound: "Audio", *, cutoff_hz: float, peak: float, seed: int, start: int | None = None,
        tick: Tick = lambda share: None,
    ) -> "Audio":  # fmt: skip
        """See `Upscaler.restore`. All channels hear the same noise, channels that are the same are computed once, and
        silence stays as it is."""
        stages = self._loaded
        firsts = twins(sound)
        places = [channel for channel in sorted(set(firsts)) if sound[channel].any()]
        if not places or peak <= 0:
            tick(1.0)
            return sound.copy()
        made = self._made(stages, sound[places], cutoff_hz, peak, _Chance(seed, (start or 0) / self.rate_hz), tick)
        out = sound.copy()
        for channel, first in enumerate(firsts):
            if first in places:
                out[channel] = made[places.index(first)]
        return out

    def _made(
        self,
        stages: dict[int, StageNetworks],
        sound: "Audio",
        cutoff_hz: float,
        peak: float,
        chance: "_Chance",
        tick: Tick,
    ) -> "Audio":
        steps = route(cutoff_hz, self.rate_hz)
        works = [step.rate_hz / self.rate_hz for step in steps]
        samples = sound.shape[1]
        grid = FRAME * self.rate_hz // steps[0].rate_hz  # so that each stage gets whole frames
        heard = resample(np.pad(sound, ((0, 0), (0, -samples % grid))), self.rate_hz, steps[0].rate_hz)
        done = 0.0
        for step, work in zip(steps, works, strict=True):
            if step.is_generated:
                heard = resample(without_top(heard, step.rate_hz // 2), step.rate_hz // 2, step.rate_hz)
            heard = self._stage(
                stages[step.rate_hz], step, heard, peak, chance,
                lambda share, done=done, work=work: tick((done + work * share) / sum(works))  # type: ignore[misc]
            )  # fmt: skip
            done += work
        return heard[:, :samples]

    def _stage(
        self, stage: StageNetworks, step: CascadeStep, sound: "Audio", peak: float, chance: "_Chance", tick: Tick
    ) -> "Audio":
        """One stage's estimate of [channels, samples, a multiple of FRAME] at its rate."""
        config = stage.config
        gain = 1.0 if config.input_peak is None else config.input_peak / peak
        ratio = config.blur_ratio if step.is_generated else 0.0
        with torch.inference_mode():
            with self._placed(stage.vae):
                wave = torch.from_numpy(np.ascontiguousarray(sound * np.float32(gain))).to(self._device)
                prior = stage.vae.encode(wave, lambda share: tick(ENCODING * share)) * config.latent_scale
            prior = blurred(prior, ratio)
            with self._placed(stage.dit):
                latents = self._sampled(stage, step, prior, ratio, chance, lambda s: tick(ENCODING + SAMPLING * s))
            with self._placed(stage.vae):
                made = stage.vae.decode(
                    latents / config.latent_scale, lambda share: tick(ENCODING + SAMPLING + DECODING * share)
                )
        return np.asarray(made.numpy() / gain, np.float32)

    def _sampled(
        self, stage: StageNetworks, step: CascadeStep, prior: Tensor, ratio: float, chance: "_Chance", tick: Tick
    ) -> Tensor:
        def predict(place: int, time: float, latent: Tensor) -> Tensor:
            return averaged(
                latent, prior, stage.config.window, place, self._steps, BATCH.get(self._device.type, 2),
                lambda z, z_end: stage.dit(z, z_end, time, step.f_prior_hz, step.f_target_hz, ratio),
                lambda share: tick((place + share) / self._steps),
            )  # fmt: skip

        def noise(place: int) -> Tensor:
            """By time, so that windows agree where they overlap; by numpy, so that devices agree."""
            first = round(chance.start_s * step.rate_hz / FRAME)
            drawn = timed_noise(chance.seed, [step.rate_hz, place], first, prior.shape[2], prior.shape[1])
            return torch.from_numpy(drawn.T.copy())[None].to(self._device)

        return sample(prior, predict, noise, stage.schedule, self._steps)

    @contextmanager
    def _placed(self, network: nn.Module) -> Iterator[None]:
        """The network on the device, and with offload only for so long."""
        if not self._offload:
            yield
            return
        network.to(self._device)
        try:
            yield
        finally:
            network.to("cpu")
