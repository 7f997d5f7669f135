"""Which stages a sound goes through, and how each is prepared from what came before."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from scipy.signal import cheby1, sosfiltfilt
from torch import Tensor

from engine.audio.block import Audio

RATES_HZ = (48_000, 96_000, 192_000)
TOP_HZ = 4000.0
"""What is taken off the top of a generated stage before the next: the model is least sure there."""
ORDER, RIPPLE_DB = 8, 0.05
BLUR_FRAMES, BLUR_SIGMA = 5, 1.0


@dataclass(frozen=True)
class CascadeStep:
    """One stage's work. `f_prior_hz`: where what it hears ends; `is_generated`: that came from the stage before."""

    rate_hz: int
    f_prior_hz: float
    is_generated: bool

    @property
    def f_target_hz(self) -> float:
        return self.rate_hz / 2


def stage_for(rate_hz: int) -> int:
    """The lowest stage that gives all of a rate; the last for any rate above."""
    return next((rate for rate in RATES_HZ if rate >= rate_hz), RATES_HZ[-1])


def route(cutoff_hz: float, rate_hz: int) -> list[CascadeStep]:
    """The stages from a sound that ends at `cutoff_hz` to `rate_hz`, one of RATES_HZ.

    A stage is left out where the sound already has all that the next one would have kept of its result.
    """
    steps: list[CascadeStep] = []
    for rate in RATES_HZ[: RATES_HZ.index(rate_hz) + 1]:
        if rate < rate_hz and cutoff_hz >= rate / 2 - TOP_HZ:
            continue
        prior_hz = steps[-1].f_target_hz - TOP_HZ if steps else min(cutoff_hz, rate / 2)
        steps.append(CascadeStep(rate, prior_hz, is_generated=bool(steps)))
    return steps


def without_top(sound: Audio, rate_hz: int) -> Audio:
    """A stage's result, float32 [channels, samples], without its top 4 kHz, and not moved in time.

    Chebyshev I of order 8, as in training; forwards and backwards, because the result must lie where the input lay.
    """
    passing = cheby1(ORDER, RIPPLE_DB, rate_hz / 2 - TOP_HZ, fs=rate_hz, output="sos")
    return np.asarray(sosfiltfilt(passing, sound, axis=1), np.float32)


def blurred(latents: Tensor, ratio: float) -> Tensor:
    """Latents [channels, latent channels, frames], of which `ratio` is a Gaussian blur over five frames."""
    if ratio == 0:
        return latents
    place = torch.arange(BLUR_FRAMES, device=latents.device) - BLUR_FRAMES // 2
    kernel = torch.exp(-0.5 * (place / BLUR_SIGMA) ** 2)
    wide = F.pad(latents, (BLUR_FRAMES // 2, BLUR_FRAMES // 2), mode="replicate")
    return (1 - ratio) * latents + ratio * (wide.unfold(2, BLUR_FRAMES, 1) * (kernel / kernel.sum())).sum(-1)
