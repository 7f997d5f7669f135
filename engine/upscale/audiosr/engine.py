"""AudioSR as an upscaling engine."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from engine.models.device import usable_precision
from engine.models.engine import ModelEngine
from engine.upscale.audiosr.checkpoint import read
from engine.upscale.audiosr.features import RATE_HZ, Wave, log_mel, low_pass, with_known_bands, with_known_sound
from engine.upscale.audiosr.grid import LATENT, Joined, LatentNoise, Pass, passes, with_ends
from engine.upscale.audiosr.parts import Placed
from engine.upscale.audiosr.sampling import DEFAULT_STEPS, sampler
from engine.upscale.upscaler import twins

if TYPE_CHECKING:
    from engine.context import Audio, JobContext

log = logging.getLogger(__name__)

GUIDANCE = 3.5
UNCONDITIONED = -11.4981
"""The latent, unscaled, that stands for no condition."""
LEVEL = 0.5
"""Peak at which the model hears a track."""
SETTLED, START, FIRST_STEP = 1, 2, 3
"""Upstream's draws: 0 goes into a latent that it throws away, then the condition's, the start's, one a step."""
SHARES = {"encoding": 0.1, "sampling": 0.5, "decoding": 0.2, "vocoder": 0.2}

Tick = Callable[[float], None]


class AudioSR(ModelEngine[Placed]):
    """`file`: the checkpoint.

    `precision`: auto, fp32, bf16 or fp16. `sampler_name`: one of SAMPLERS, `steps` None for its own default.
    `guidance`: how far the condition is exaggerated, 1 for not at all. `offload`: a part is on a GPU only
    while it works.
    """

    device_key = "audiosr"

    def __init__(
        self,
        file: Path,
        precision: str = "auto",
        *,
        sampler_name: str = "dpm++2m",
        steps: int | None = None,
        guidance: float = GUIDANCE,
        offload: bool = False,
    ) -> None:
        self._file, self._requested_precision, self._offload = file, precision, offload
        self._sampler_name, self._steps = sampler_name, steps or DEFAULT_STEPS[sampler_name]
        self._guidance = guidance
        self.rate_hz, self.grid = RATE_HZ, LATENT
        self.facts: dict[str, Any] = {}

    def _read(self, job: "JobContext") -> Placed:
        sampler(self._sampler_name, self._steps)  # steps that it cannot have are refused before anything is read
        parts = read(self._file)
        device = job.device
        precision = usable_precision(self._requested_precision, device)
        placed = Placed(parts, torch.device(device), precision, offload=self._offload)
        self.facts = {
            "runtime": "torch",
            "device": device,
            "precision": precision,
            "sampler": self._sampler_name,
            "steps": self._steps,
            "guidance": self._guidance,
        }
        log.info("loaded", extra={"model": self._file.parent.name, "precision": precision, "device": device})
        return placed

    def restore(
        self, sound: "Audio", *, cutoff_hz: float, peak: float, seed: int, start: int | None = None,
        tick: Tick = lambda share: None,
    ) -> "Audio":  # fmt: skip
        """See `Upscaler.restore`. Channels that are the same are computed once; silence costs nothing."""
        placed = self._loaded
        samples = sound.shape[1]
        firsts = twins(sound)
        places = sorted(set(firsts))
        joined = Joined(len(places), samples)
        noise = LatentNoise(seed, samples, start)
        found = passes(samples)
        for number, (where, before) in enumerate(with_ends(found)):
            pieces = [sound[place, where.start : where.start + where.size] for place in places]
            if peak > 0 and any(piece.any() for piece in pieces):
                made = self._pass(
                    placed, pieces, where, cutoff_hz, LEVEL / peak, noise,
                    lambda share, number=number: tick((number + share) / len(found)),  # type: ignore[misc]
                )  # fmt: skip
            else:
                made = pieces
            for channel, piece in enumerate(made):
                joined.add(channel, where.start, piece, before)
            tick((number + 1) / len(found))
        return joined.sound[[places.index(first) for first in firsts]]

    def _pass(
        self,
        placed: Placed,
        pieces: list[Wave],
        where: Pass,
        cutoff_hz: float,
        gain: float,
        noise: LatentNoise,
        tick: Tick,
    ) -> list[Wave]:
        """What one pass makes of the same stretch of each channel."""
        means = [float(piece.mean(dtype=np.float64)) for piece in pieces]
        known = [
            low_pass(np.pad((piece - np.float32(mean)) * np.float32(gain), (0, where.size - len(piece))), cutoff_hz)
            for piece, mean in zip(pieces, means, strict=True)
        ]
        mels = [log_mel(wave) for wave in known]
        done = 0.0

        def stage(name: str, share: float) -> Callable[[], None]:
            return lambda: tick(done + SHARES[name] * share)

        with torch.inference_mode():
            with placed.use("encoding", stage("encoding", 0)) as encode:
                draw = noise.draw(SETTLED, where)
                conditions = torch.cat([encode(mel[None, None], draw) for mel in mels])
            done += SHARES["encoding"]
            latents = self._sampled(placed, conditions, where, noise, lambda s: tick(done + SHARES["sampling"] * s))
            done += SHARES["sampling"]
            with placed.use("decoding", stage("decoding", 0)) as decode:
                spectra = [decode(latent[None] / placed.scale)[0, 0].cpu() for latent in latents]
            done += SHARES["decoding"]
            with placed.use("vocoder", stage("vocoder", 0)) as speak:
                waves = [
                    speak(with_known_bands(spectrum, mel).T[None])[0].cpu().numpy()
                    for spectrum, mel in zip(spectra, mels, strict=True)
                ]
        out = []
        for piece, mean, wave, low in zip(pieces, means, waves, known, strict=True):
            full, raised = with_known_sound(wave, low)
            out.append((full[: len(piece)] / (raised * gain) + mean).astype(np.float32))
        return out

    def _sampled(self, placed: Placed, conditions: Tensor, where: Pass, noise: LatentNoise, tick: Tick) -> Tensor:
        """Latents of what belongs to the conditions [channels, 16, frames, 32], all from the same noise."""
        channels, device = len(conditions), placed.device
        way = sampler(self._sampler_name, self._steps)
        wanted = conditions.to(device) * placed.scale
        guided = self._guidance != 1
        if guided:
            wanted = torch.cat([wanted, torch.full_like(wanted, UNCONDITIONED * placed.scale)])
        x = noise.draw(START, where).to(device).expand_as(conditions)
        share = 0.0
        with placed.use("unet", lambda: tick(share)) as velocity_of:
            for place, time in enumerate(way.times):
                share = place / len(way.times)
                asked = torch.cat([torch.cat([x, x]) if guided else x, wanted], dim=1)
                velocity = velocity_of(asked, torch.full((len(asked),), float(time)))
                if guided:
                    given, free = velocity.chunk(2)
                    velocity = free + self._guidance * (given - free)
                x = way.step(
                    place, velocity, x,
                    lambda place=place: noise.draw(FIRST_STEP + place, where).to(device),  # type: ignore[misc]
                )  # fmt: skip
                if not torch.isfinite(x).all():
                    raise ArithmeticError("the model's numbers overflowed")
        return x.expand(channels, -1, -1, -1)
