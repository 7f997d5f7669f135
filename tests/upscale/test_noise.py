"""Noise by the moment."""

from pathlib import Path

import numpy as np
import pytest

from engine.upscale.audiolbm import engine as lbm
from engine.upscale.audiosr.grid import LATENT, LONG, LatentNoise, passes
from engine.upscale.noise import timed_noise
from tests.fake_job import FakeJob
from tests.upscale.audiolbm.tiny import write_tiny


def test_where_one_begins_to_read_does_not_matter() -> None:
    whole = timed_noise(1, [2], 0, 400, 3)
    assert np.array_equal(timed_noise(1, [2], 77, 200, 3), whole[77:277])
    assert timed_noise(1, [2], 5, 0, 3).shape == (0, 3)
    # three days on, where a counter of 32 bits of samples would have come round
    assert np.array_equal(timed_noise(1, [2], 24_000_001, 9, 3), timed_noise(1, [2], 24_000_000, 10, 3)[1:])


def test_seeds_and_draws_are_strangers_and_the_noise_is_gaussian() -> None:
    tables = [timed_noise(seed, draw, 0, 2000, 32) for seed, draw in ((1, [2]), (1, [3]), (2, [2]), (1, [2, 0, 1]))]
    alike = np.corrcoef(np.stack([table.ravel() for table in tables]))
    assert np.abs(alike - np.eye(4)).max() < 0.02
    assert abs(tables[0].std() - 1) < 0.01 and abs(tables[0].mean()) < 0.02
    assert abs((tables[0] ** 4).mean() - 3) < 0.1
    rows = np.corrcoef(tables[0][:200])
    assert np.abs(rows - np.eye(200)).max() < 0.9  # no row comes again


@pytest.mark.parametrize("lengths", [(LONG, LONG), (3 * LONG + 17, 2 * LONG)])
def test_overlapping_windows_of_audiosr_have_one_noise(lengths: tuple[int, int]) -> None:
    """By the latent frame of the whole sound, over all passes of both windows."""
    starts = (11 * LATENT, 100 * LATENT)
    seen: list[dict[int, np.ndarray]] = []
    for samples, start in zip(lengths, starts, strict=True):
        noise, frames = LatentNoise(5, samples, start), {}
        for one in passes(samples):
            drawn = noise.draw(1, one)
            assert drawn.shape == (1, 16, one.size // LATENT, 32)
            for column in range(drawn.shape[2]):
                at = (start + one.start) // LATENT + column
                assert np.array_equal(frames.setdefault(at, drawn[0, :, column].numpy()), drawn[0, :, column])
        seen.append(frames)
    shared = seen[0].keys() & seen[1].keys()
    assert len(shared) >= 39 and all(np.array_equal(seen[0][at], seen[1][at]) for at in shared)


@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
def test_overlapping_windows_of_audiolbm_have_one_noise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate_hz: int
) -> None:
    job = FakeJob(tmp_path)
    write_tiny(job.models_dir, *(rate for rate in (48_000, 96_000) if rate <= rate_hz))
    engine = lbm.AudioLBM("fp32", rate_hz=rate_hz, steps=1)
    engine.load(job)
    asked: list[np.ndarray] = []

    def sample(prior, predict, noise, schedule, steps):  # type: ignore[no-untyped-def]
        asked.append(noise(0).numpy())
        return prior

    monkeypatch.setattr(lbm, "sample", sample)
    sound = np.random.default_rng(0).standard_normal((1, 40 * engine.grid)).astype(np.float32) * 0.1
    for start in (7 * engine.grid, 22 * engine.grid):
        engine.restore(sound, cutoff_hz=6000, peak=1, seed=3, start=start)
    stages = rate_hz // 48_000
    assert len(asked) == 2 * stages
    for number, (one, other) in enumerate(zip(asked[:stages], asked[stages:], strict=True)):
        shift = 15 * 2**number  # a frame has as many samples in every stage
        assert one.shape == other.shape == (1, 4, 40 * 2**number)
        assert np.array_equal(one[:, :, shift:], other[:, :, :-shift])
        assert not np.array_equal(one[:, :, :10], other[:, :, :10])
