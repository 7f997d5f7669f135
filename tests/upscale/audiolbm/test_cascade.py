import numpy as np
import pytest
import torch

from engine.upscale.audiolbm.cascade import blurred, route, stage_for, without_top


def _path(cutoff_hz: float, rate_hz: int) -> list[tuple[int, float, bool]]:
    return [(step.rate_hz, step.f_prior_hz, step.is_generated) for step in route(cutoff_hz, rate_hz)]


@pytest.mark.parametrize(
    ("cutoff_hz", "rate_hz", "path"),
    [
        (8000, 48_000, [(48_000, 8000, False)]),
        (21_000, 48_000, [(48_000, 21_000, False)]),
        (8000, 96_000, [(48_000, 8000, False), (96_000, 20_000, True)]),
        (8000, 192_000, [(48_000, 8000, False), (96_000, 20_000, True), (192_000, 44_000, True)]),
        (20_000, 96_000, [(96_000, 20_000, False)]),
        (22_050, 192_000, [(96_000, 22_050, False), (192_000, 44_000, True)]),
        (46_000, 192_000, [(192_000, 46_000, False)]),
    ],
)
def test_the_route_begins_where_the_sound_ends(
    cutoff_hz: float, rate_hz: int, path: list[tuple[int, float, bool]]
) -> None:
    assert _path(cutoff_hz, rate_hz) == path


@pytest.mark.parametrize(
    ("rate_hz", "stage"), [(44_100, 48_000), (48_000, 48_000), (88_200, 96_000), (768_000, 192_000)]
)
def test_any_rate_has_a_stage(rate_hz: int, stage: int) -> None:
    assert stage_for(rate_hz) == stage


def test_the_top_is_taken_off_without_moving_the_rest() -> None:
    time = np.arange(9600) / 48_000
    low, high = (np.sin(2 * np.pi * hz * time)[None].astype(np.float32) for hz in (5000, 23_000))
    inner = slice(1000, -1000)
    made = without_top(low + high, 48_000)
    assert made.dtype == np.float32
    assert np.abs(made - low)[:, inner].max() < 0.02


def test_the_blur_keeps_what_is_even_and_does_nothing_at_ratio_zero() -> None:
    latents = torch.randn(2, 4, 50)
    assert torch.equal(blurred(latents, 0.0), latents)
    assert torch.allclose(blurred(torch.ones(1, 2, 9), 0.7), torch.ones(1, 2, 9))
    assert float(blurred(latents, 1.0).std()) < float(blurred(latents, 0.3).std()) < float(latents.std())
