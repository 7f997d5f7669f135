"""From noise to a latent: the cosine schedule, DDIM as upstream has it, and DPM-Solver++ with far fewer steps.

The network predicts the velocity v (arXiv:2202.00512): x0 = √ā x - √(1-ā) v, noise = √ā v + √(1-ā) x.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

TRAINED_STEPS = 1000
SAMPLERS = ("dpm++2m", "dpm++3m", "ddim")
DEFAULT_STEPS = {"dpm++2m": 12, "dpm++3m": 12, "ddim": 50}
"""With so many, DPM-Solver++ comes as near as 50 DDIM steps to distributions whose denoiser is known (a test)."""
MAX_STEPS = 500


class Sampler(Protocol):
    """One way down: `times` are the trained steps at which the network is asked, in order."""

    times: list[int]

    def step(self, place: int, velocity: Tensor, x: Tensor, noise: Callable[[], Tensor]) -> Tensor:
        """What `x` at `times[place]` becomes. `noise` draws unit noise of its shape, where the way is random."""


@cache
def betas() -> Any:
    """The cosine schedule (arXiv:2102.09672) with s = 0.008, not clipped: float64 [TRAINED_STEPS], the last is 1."""
    angles = (torch.arange(TRAINED_STEPS + 1, dtype=torch.float64) / TRAINED_STEPS + 8e-3) / (1 + 8e-3) * np.pi / 2
    kept = torch.cos(angles).pow(2)
    kept = kept / kept[0]
    return (1 - kept[1:] / kept[:-1]).numpy()


def sampler(name: str, steps: int) -> Sampler:
    """One of SAMPLERS with `steps` steps, 1 to MAX_STEPS. Raises ValueError for others."""
    if name not in SAMPLERS or not 1 <= steps <= MAX_STEPS:
        raise ValueError(f"no sampler {name} with {steps} steps")
    return Ddim(steps) if name == "ddim" else DpmSolver(steps, order=int(name[-2]))


class Ddim:
    """DDIM (arXiv:2010.02502) with eta 1 over evenly spaced steps.

    Where `steps` divides 1000 it is upstream's; elsewhere upstream takes more steps than asked for or breaks off.
    """

    def __init__(self, steps: int) -> None:
        times = np.minimum(np.arange(steps) * TRAINED_STEPS // steps + 1, TRAINED_STEPS - 1)
        signal = torch.tensor(np.cumprod(1 - betas()), dtype=torch.float32)
        self._now = signal[torch.from_numpy(times.copy())].flip(0)
        self._next = torch.cat([self._now[1:], signal[:1]])
        self.times = [int(time) for time in times[::-1]]

    def step(self, place: int, velocity: Tensor, x: Tensor, noise: Callable[[], Tensor]) -> Tensor:
        now, after = float(self._now[place]), float(self._next[place])
        spread = math.sqrt((1 - after) / (1 - now) * (1 - now / after))
        clean = math.sqrt(now) * x - math.sqrt(1 - now) * velocity
        noisy = math.sqrt(now) * velocity + math.sqrt(1 - now) * x
        return math.sqrt(after) * clean + math.sqrt(max(0.0, 1 - after - spread**2)) * noisy + spread * noise()


class DpmSolver:
    """DPM-Solver++ multistep (arXiv:2211.01095) by diffusers: deterministic, down to no noise at all."""

    def __init__(self, steps: int, order: int) -> None:
        import diffusers

        # the last beta is 1: no signal, a log-SNR of minus infinity. The way starts where some signal is left.
        make: Any = diffusers.DPMSolverMultistepScheduler
        self._scheduler = make(
            trained_betas=np.minimum(betas(), 0.999), prediction_type="v_prediction", algorithm_type="dpmsolver++",
            solver_order=order, lambda_min_clipped=-5.1, timestep_spacing="linspace", final_sigmas_type="zero",
            euler_at_final=steps == 1,
        )  # fmt: skip
        self._scheduler.set_timesteps(steps)
        self.times = [int(time) for time in self._scheduler.timesteps]

    def step(self, place: int, velocity: Tensor, x: Tensor, noise: Callable[[], Tensor]) -> Tensor:
        if place == 0:
            self._scheduler.set_timesteps(len(self.times))
        out: Tensor = self._scheduler.step(velocity, self._scheduler.timesteps[place], x).prev_sample
        return out
