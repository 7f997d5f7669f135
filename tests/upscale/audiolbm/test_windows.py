import pytest
import torch

from engine.upscale.audiolbm.windows import averaged, overlap, spans, weights


@pytest.mark.parametrize("frames", [5, 23, 24, 25, 30, 47, 48, 100, 333])
@pytest.mark.parametrize("step", [0, 1, 7, 24, 48, 49])
def test_windows_cover_all_and_their_weights_sum_to_one(frames: int, step: int) -> None:
    found = spans(frames, 24, step, 50)
    total = torch.zeros(frames)
    for (start, end), weight in zip(found, weights(found, overlap(24, step, 50)), strict=True):
        assert end - start == min(frames, 24) and bool((weight > 0).all())
        total[start:end] += weight
    assert torch.allclose(total, torch.ones(frames), atol=1e-6)


def test_early_windows_overlap_more_than_late_ones() -> None:
    found = [overlap(480, step, 50) for step in range(50)]
    assert found == sorted(found, reverse=True) and found[0] == 240 and found[-1] == 60
    assert len(spans(5000, 480, 0, 50)) > len(spans(5000, 480, 49, 50))


def test_windows_move_from_step_to_step() -> None:
    inner = [frozenset(start for start, _ in spans(5000, 480, step, 50)[1:-1]) for step in range(50)]
    assert len(set(inner)) == 50


def test_what_depends_on_no_neighbour_is_the_same_as_without_windows() -> None:
    latent, prior = torch.randn(2, 3, 4, 200)[:, :2]
    shares: list[float] = []
    made = averaged(latent, prior, 24, 3, 50, 4, lambda z, z_end: z * 2 + z_end, shares.append)
    assert torch.allclose(made, latent * 2 + prior, atol=1e-5)
    assert shares == sorted(shares) and shares[-1] == 1


def test_where_windows_disagree_the_average_goes_over_smoothly() -> None:
    numbers = iter(range(1000))

    def opinion(z: torch.Tensor, z_end: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.full_like(one, float(next(numbers) % 2)) for one in z])

    made = averaged(torch.zeros(1, 1, 600), torch.zeros(1, 1, 600), 80, 49, 50, 2, opinion, lambda share: None)
    assert float(made.diff().abs().max()) <= 1.5 / overlap(80, 49, 50)
