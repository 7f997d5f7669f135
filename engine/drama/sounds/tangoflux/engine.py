"""TangoFlux as an engine."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from engine.audio.block import Audio
from engine.audio.overlap_add import joined
from engine.drama.sounds.tangoflux.checkpoint import TangoFluxParts, read, token_ids
from engine.drama.sounds.tangoflux.sampling import sample, start
from engine.models.device import torch_dtype, usable_precision
from engine.models.engine import ModelEngine

if TYPE_CHECKING:
    from engine.context import JobContext

log = logging.getLogger(__name__)

STEPS, GUIDANCE = 50, 4.5
MOST_TOKENS, MOST_PLAIN_TOKENS = 512, 64
"""Of a text: with guidance, and without."""
OVERLAP_S = 2.0
"""What two pieces of a longer sound share."""

Tick = Callable[[float], None]


class TangoFluxEngine(ModelEngine[TangoFluxParts]):
    """`files`: those of the models `tangoflux` and `flan-t5-words`, in the catalogue's order."""

    device_key = "tangoflux"

    def __init__(self, files: list[Path], precision: str = "auto") -> None:
        self._files, self._requested = files, precision
        self._device, self._dtype = torch.device("cpu"), torch.float32

    def _read(self, job: "JobContext") -> TangoFluxParts:
        parts = read(*self._files)
        self._device = torch.device(job.device)
        self._dtype = torch_dtype(usable_precision(self._requested, job.device))
        parts.flow.to(self._device, self._dtype)
        parts.decoder.to(self._device)
        log.info("loaded", extra={"model": "tangoflux", "device": job.device, "precision": str(self._dtype)})
        return parts

    @property
    def rate_hz(self) -> int:
        return self._loaded.rate_hz

    def make(
        self, prompt: str, seconds: float, seed: int, *, steps: int = STEPS, guidance: float = GUIDANCE,
        tick: Tick = lambda share: None,
    ) -> Audio:  # fmt: skip
        """The sound that an English sentence describes, float32 [2, samples] at `rate_hz`, exactly `seconds` long.

        What is longer than 29.954 s is made in pieces with seeds of their own, which share 2 s and are faded at equal
        power. `tick` is told the share that is done, before each step and at the end, and may raise to stop.
        """
        parts = self._loaded
        longest, wanted = int(parts.longest_s * parts.rate_hz), max(1, round(seconds * parts.rate_hz))
        overlap = min(round(OVERLAP_S * parts.rate_hz), longest // 3)
        count = 1 if wanted <= longest else -(-(wanted - overlap) // (longest - overlap))

        def piece(number: int) -> Audio:
            return self._piece(
                parts, prompt, min(wanted, longest), seed + number, steps, guidance,
                lambda share: tick((number + share) / count),
            )  # fmt: skip

        pieces = (piece(number) for number in range(count))
        made = next(pieces) if count == 1 else np.concatenate(list(joined(pieces, overlap, _alike)), axis=1)
        tick(1.0)
        return np.ascontiguousarray(made[:, :wanted], np.float32)

    @torch.no_grad()
    def _piece(
        self, parts: TangoFluxParts, prompt: str, samples: int, seed: int, steps: int, guidance: float, tick: Tick
    ) -> Audio:
        """All frames are made, however short the piece: the model knows no other length."""
        flow, device = parts.flow, self._device
        guided = guidance > 1
        ids, mask = token_ids(parts.tokenizer, prompt, MOST_TOKENS if guided else MOST_PLAIN_TOKENS)
        if guided:
            plain_ids, plain_mask = token_ids(parts.tokenizer, "", MOST_TOKENS, ids.shape[1])
            ids, mask = torch.cat([plain_ids, ids]), torch.cat([plain_mask, mask])
        told, pooled = flow.told(ids.to(device), mask.to(device), samples / parts.rate_hz)

        def velocity(latents: Tensor, level: float) -> Tensor:
            return flow.velocity(latents.to(self._dtype), level, told, pooled)

        noise = start(flow.shape.audio_seq_len, flow.shape.in_channels, seed).to(device)
        latents = sample(noise, velocity, steps, guidance, lambda step, of: tick(0.95 * step / of))
        sound: Tensor = parts.decoder.decode(latents.transpose(1, 2).to(torch.float32)).sample[0, :, :samples]
        return np.asarray(sound.float().cpu().numpy(), np.float32)


def _alike(end: Audio, begin: Audio) -> float:
    """How much two pieces have in common where they meet, -1 to 1."""
    both = float(np.sqrt(np.sum(end**2) * np.sum(begin**2)))
    return float(np.sum(end * begin)) / both if both else 0.0
