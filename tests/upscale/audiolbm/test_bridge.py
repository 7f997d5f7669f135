import math

import pytest
import torch

from engine.upscale.audiolbm.bridge import Gmax, sample

SCHEDULE = Gmax()


def test_the_variance_is_the_integral_of_a_line_from_g2_min_to_g2_max() -> None:
    times = torch.linspace(0, 0.6, 100_001, dtype=torch.float64)
    integral = torch.trapezoid(0.001 + (1.0 - 0.001) * times, times)
    assert SCHEDULE.variance(0.6) == pytest.approx(float(integral), rel=1e-9)
    assert SCHEDULE.variance(1.0) == pytest.approx(0.5005)


@pytest.mark.parametrize("steps", [1, 2, 7, 50])
def test_who_knows_the_noise_gets_the_bright_latent_back(steps: int) -> None:
    bright, dull = torch.randn(2, 2, 4, 30, dtype=torch.float64)

    def oracle(step: int, time: float, latent: torch.Tensor) -> torch.Tensor:
        return (latent - bright) / math.sqrt(SCHEDULE.variance(time))

    found = sample(dull, oracle, lambda step: torch.randn_like(dull), SCHEDULE, steps)
    assert torch.allclose(found, bright, atol=1e-9)


def test_the_steps_walk_along_the_marginals() -> None:
    """With the oracle, z half way has the bridge's own mean and standard deviation."""
    count, seen = 200_000, {}
    bright, dull = torch.full((1, 1, count), 2.0), torch.full((1, 1, count), -1.0)
    generator = torch.Generator().manual_seed(1)

    def oracle(step: int, time: float, latent: torch.Tensor) -> torch.Tensor:
        seen[time] = latent
        return (latent - bright) / math.sqrt(SCHEDULE.variance(time))

    sample(dull, oracle, lambda step: torch.randn(dull.shape, generator=generator), SCHEDULE, 8)
    for time in (0.75, 0.5, 0.25):
        past, whole = SCHEDULE.variance(time), SCHEDULE.variance(1.0)
        left = whole - past
        assert float(seen[time].mean()) == pytest.approx((2 * left - past) / whole, abs=5e-3)
        assert float(seen[time].std()) == pytest.approx(math.sqrt(past * left / whole), abs=5e-3)


def test_an_overflow_is_told() -> None:
    dull = torch.zeros(1, 1, 4)
    with pytest.raises(ArithmeticError):
        sample(dull, lambda *_: torch.full_like(dull, float("inf")), lambda step: dull, SCHEDULE, 2)
