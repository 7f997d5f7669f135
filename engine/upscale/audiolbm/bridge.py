"""From the latent of a dull sound to that of a bright one: a Brownian bridge between the two (AudioLBM, section 3)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

DEFAULT_STEPS = 50


@dataclass(frozen=True)
class Gmax:
    """The schedule called gmax: no drift, and g²(t) rises linearly over t in [0, 1], where 1 is the dull end."""

    g2_min: float = 0.001
    g2_max: float = 1.0

    def variance(self, time: float) -> float:
        """σ_t², the integral of g² from 0 to t."""
        return self.g2_min * time + 0.5 * (self.g2_max - self.g2_min) * time * time


def sample(
    prior: Tensor,
    predict: Callable[[int, float, Tensor], Tensor],
    noise: Callable[[int], Tensor],
    schedule: Gmax,
    steps: int,
) -> Tensor:
    """z_0 by `steps` of the first-order bridge SDE, from `prior`, z_T, [batch, channels, frames] at t = 1.

    `predict(step, t, z_t)` estimates ε = (z_t - z_0) / σ_t; `noise(step)` is standard normal, of z's shape or one that
    broadcasts to it. The last step adds none. Raises ArithmeticError where numbers overflow.
    """
    latent = prior
    for step in range(steps):
        now, then = 1 - step / steps, 1 - (step + 1) / steps
        before, after = schedule.variance(now), schedule.variance(then)
        clean = latent - math.sqrt(before) * predict(step, now, latent)
        kept = after / before
        latent = kept * latent + (1 - kept) * clean
        if after > 0:
            latent = latent + math.sqrt(after * (1 - kept)) * noise(step)
        if not latent.isfinite().all():
            raise ArithmeticError("the model's numbers overflowed")
    return latent
