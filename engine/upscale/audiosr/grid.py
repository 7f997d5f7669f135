"""AudioSR's own grid in time: what one pass of the model hears, and how passes are joined.

The model was trained on 10.24 s and is said to be at its best on 5.12 s; both are whole numbers of its coarsest step.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.upscale.audiosr.features import BANDS, HOP, Wave
from engine.upscale.audiosr.vae import Z_CHANNELS
from engine.upscale.noise import timed_noise

SHRINK = 8
"""Mel frames, and mel bands, of one latent value."""
LATENT = SHRINK * HOP
"""Samples of one latent frame."""
SHORT, LONG = 64 * LATENT, 128 * LATENT
"""5.12 s and 10.24 s."""
OVERLAP = 8 * LATENT
"""0.64 s that two passes share."""


@dataclass(frozen=True)
class Pass:
    """`start`: its first sample, a multiple of LATENT; `size` samples, SHORT or LONG."""

    start: int
    size: int


def passes(samples: int) -> list[Pass]:
    """What covers `samples`: one pass, or several of LONG that share at least OVERLAP, the last ending at the end."""
    if samples <= LONG:
        return [Pass(0, SHORT if samples <= SHORT else LONG)]
    last = -(-(samples - LONG) // LATENT) * LATENT
    count = -(-last // (LONG - OVERLAP)) + 1
    return [Pass(round(place * last / (count - 1) / LATENT) * LATENT, LONG) for place in range(count)]


class LatentNoise:
    """Unit noise by draw and moment: channels of sound share it, and passes and windows agree where they overlap.

    `start`: where `samples` of sound begin in a longer one, a multiple of LATENT; None where they are all of it. Then,
    if one pass covers them, these are the draws of upstream for the same seed, in its order.
    """

    def __init__(self, seed: int, samples: int, start: int | None = None) -> None:
        self._seed, self._first = seed, (start or 0) // LATENT
        self._upstream: torch.Generator | None = None
        if start is None and samples <= LONG:
            self._upstream = torch.Generator().manual_seed(seed)
        self._draws: list[Tensor] = []

    def draw(self, number: int, where: Pass) -> Tensor:
        """float32 [1, 16, frames, 32] of the draw called `number`."""
        frames, bands = where.size // LATENT, BANDS // SHRINK
        if self._upstream is None:
            first = self._first + where.start // LATENT
            drawn = timed_noise(self._seed, [number], first, frames, Z_CHANNELS * bands)
            return torch.from_numpy(drawn.reshape(1, frames, Z_CHANNELS, bands).transpose(0, 2, 1, 3).copy())
        while len(self._draws) <= number:
            self._draws.append(torch.randn((1, Z_CHANNELS, frames, bands), generator=self._upstream))
        return self._draws[number]


class Joined:
    """Passes faded into each other by raised cosines over all that they share."""

    def __init__(self, channels: int, samples: int) -> None:
        self.sound = np.zeros((channels, samples), np.float32)

    def add(self, channel: int, start: int, piece: Wave, before: int) -> None:
        """Lay `piece` at `start`, faded in over what reaches there already, up to sample `before`."""
        out = self.sound[channel, start : start + len(piece)]
        piece = piece[: len(out)]
        shared = max(0, min(before - start, len(piece)))
        rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(shared) + 0.5) / max(1, shared))).astype(np.float32)
        out[:shared] += rise * (piece[:shared] - out[:shared])
        out[shared:] = piece[shared:]


def with_ends(found: list[Pass]) -> Iterator[tuple[Pass, int]]:
    """Each pass, and where the one before it ended."""
    end = 0
    for one in found:
        yield one, end
        end = one.start + one.size
