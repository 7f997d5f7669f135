"""From noise to a latent along the flow: Euler's steps, guided away from what no text would give."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

Velocity = Callable[[Tensor, float], Tensor]
"""Latents [batch, frames, channels] and a noise level -> the flow there."""


def noise_levels(steps: int) -> list[float]:
    """From 1 down to 1/steps in equal steps, and 0: rectified flow without a shift."""
    return [1 - n / steps for n in range(steps)] + [0.0]


def start(frames: int, channels: int, seed: int) -> Tensor:
    """The noise that a seed stands for, drawn on the processor so that every device has the same: [1, frames,
    channels]."""
    return torch.randn(1, frames, channels, generator=torch.Generator().manual_seed(seed))


def sample(
    latents: Tensor, velocity: Velocity, steps: int, guidance: float, tick: Callable[[int, int], None]
) -> Tensor:
    """Follow the flow from noise to sound, [1, frames, channels].

    With `guidance` above 1, `velocity` is asked for both at once, without text first, and the difference counts so many
    times (Ho and Salimans, 2021). `tick` is told of each step, and may raise to stop.
    """
    levels = noise_levels(steps)
    for number, (level, following) in enumerate(pairwise(levels)):
        tick(number, steps)
        if guidance > 1:
            plain, told = velocity(torch.cat([latents, latents]), level).chunk(2)
            flow = plain + guidance * (told - plain)
        else:
            flow = velocity(latents, level)
        latents = latents + (following - level) * flow.to(latents.dtype)
    tick(steps, steps)
    return latents
