"""How near the samplers come to distributions whose best denoiser is known."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.upscale.audiosr.sampling import DEFAULT_STEPS, betas, sampler

KEPT = torch.from_numpy(np.cumprod(1 - betas()))
DRAWS = 60_000
MIXTURES = {
    "narrow": ([0.3], 0.05),
    "middle": ([-0.5], 0.3),
    "unit": ([0.0], 1.0),
    "wide": ([0.0], 2.0),
    "two": ([-1.0, 1.0], 0.1),
    "three": ([-1.5, 0.0, 1.0], 0.05),
}
"""Centres and spread of normal distributions, each as likely as the others."""


def denoiser(centres: Tensor, spread: float) -> Callable[[Tensor, float], Tensor]:
    """The mean of what a noisy value may have been, for a share of signal power."""

    def clean(x: Tensor, signal: float) -> Tensor:
        root, noise = signal**0.5, 1 - signal
        likely = (-((x[:, None] - root * centres) ** 2) / (2 * (signal * spread**2 + noise))).softmax(1)
        each = (centres * noise + spread**2 * root * x[:, None]) / (signal * spread**2 + noise)
        return (likely * each).sum(1)

    return clean


def normal(count: int) -> Tensor:
    """Values that share the normal distribution evenly, rising."""
    return torch.special.ndtri((torch.arange(count, dtype=torch.float64) + 0.5) / count)


def far(name: str, steps: int, centres: list[float], spread: float) -> float:
    """Wasserstein distance of what is drawn from what should be."""
    means = torch.tensor(centres, dtype=torch.float64)
    clean, way = denoiser(means, spread), sampler(name, steps)
    random = torch.Generator().manual_seed(0)
    x = normal(DRAWS)[torch.randperm(DRAWS, generator=random)].float()
    for place, time in enumerate(way.times):
        signal = float(KEPT[time])
        whole = clean(x.double(), signal).float()
        noise = (x - signal**0.5 * whole) / (1 - signal) ** 0.5
        velocity = signal**0.5 * noise - (1 - signal) ** 0.5 * whole
        x = way.step(place, velocity, x, lambda: torch.randn(DRAWS, generator=random))
    each = DRAWS // len(centres)
    wanted = (means[:, None] + spread * normal(each)).flatten().sort().values
    return float((x.double().sort().values[: len(wanted)] - wanted).square().mean().sqrt())


@pytest.mark.parametrize("name", ["dpm++2m", "dpm++3m"])
def test_the_default_is_as_near_as_fifty_ddim_steps(name: str) -> None:
    ours = [far(name, DEFAULT_STEPS[name], *mixture) for mixture in MIXTURES.values()]
    theirs = [far("ddim", 50, *mixture) for mixture in MIXTURES.values()]
    assert np.linalg.norm(ours) < np.linalg.norm(theirs)


def test_more_steps_come_nearer() -> None:
    for name, (few, many) in {"ddim": (20, 100), "dpm++2m": (8, 20)}.items():
        errors = [[far(name, steps, *mixture) for mixture in MIXTURES.values()] for steps in (few, many)]
        assert np.linalg.norm(errors[1]) < 0.7 * np.linalg.norm(errors[0])
