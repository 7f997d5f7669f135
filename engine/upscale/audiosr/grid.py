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


class Noise:
    """Unit noise by draw and position in time: channels of sound share it, and passes agree where they overlap.

    For one pass these are the draws of upstream for the same seed, in its order.
    """

    def __init__(self, seed: int, samples: int) -> None:
        last = passes(samples)[-1]
        self._shape = (1, Z_CHANNELS, (last.start + last.size) // LATENT, BANDS // SHRINK)
        self._generator = torch.Generator().manual_seed(seed)
        self._draws: list[Tensor] = []

    def draw(self, number: int, where: Pass) -> Tensor:
        """float32 [1, 16, frames, 32] of the draw called `number`."""
        while len(self._draws) <= number:
            self._draws.append(torch.randn(self._shape, generator=self._generator))
        first = where.start // LATENT
        return self._draws[number][:, :, first : first + where.size // LATENT]


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
