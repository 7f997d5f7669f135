"""Multi-Band Diffusion: audiocraft's own result where one chunk holds all, and no seam where several do."""

import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.errors import AppError, Canceled, Code
from engine.generate.musicgen import diffusion
from engine.generate.musicgen.checkpoint import read_codec_package
from engine.generate.musicgen.codec import Codec
from engine.generate.musicgen.diffusion import Diffusion, DiffusionNoise, bands_of, equalised, plan_chunks
from engine.upstream import audiocraft
from tests.fake_job import FakeJob
from tests.generate.checkpoints import CARD, write_codec, write_diffusion


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mbd")
    write_codec(folder)
    return write_diffusion(folder)


def codec_of(package: Path, *, stereo: bool = False) -> Codec:
    return Codec(read_codec_package(package.parent, package.parent.parent, 32_000, "x"), stereo=stereo)


def loaded(package: Path) -> Diffusion:
    engine = Diffusion(package)
    engine.load(FakeJob(package.parent))
    return engine


def codes_of(frames: int, books: int = 4) -> np.ndarray:
    return np.random.default_rng(1).integers(0, CARD, (books, frames))


def test_one_chunk_is_what_audiocraft_makes_of_the_same_noise(package: Path, monkeypatch: Any) -> None:
    audiocraft.load()
    from audiocraft.models.loaders import load_compression_model
    from audiocraft.models.multibanddiffusion import DiffusionProcess, MultiBandDiffusion

    engine, codes = loaded(package), codes_of(16)
    ours = engine.decode(codes, codec_of(package), 9, lambda done, total: None)
    noise, calls = DiffusionNoise(9, 0, 0, "cpu"), iter([(band, step) for band in range(4) for step in range(20)])
    monkeypatch.setattr(torch, "randn_like", lambda x: noise(*next(calls), x.shape[-1]))
    processes = [DiffusionProcess(model=band.network, noise_schedule=band.schedule) for band in engine._loaded]
    theirs = MultiBandDiffusion(processes, load_compression_model(package.parent))
    expected = theirs.tokens_to_wav(torch.from_numpy(codes)[None])[0].detach().numpy()
    assert ours.shape == expected.shape == (1, 16 * 640)
    np.testing.assert_allclose(ours, expected, atol=2e-4 * np.abs(expected).max())


def test_chunks_cover_everything_and_overlap() -> None:
    for frames in (1, 500, 550, 551, 1000, 15_000):
        chunks = list(plan_chunks(frames))
        assert chunks[0][0] == 0 and chunks[-1][1] == frames
        for before, after in itertools.pairwise(chunks):
            assert before[1] - after[0] == diffusion.OVERLAP_FRAMES and after[1] - after[0] > diffusion.OVERLAP_FRAMES


def test_noise_belongs_to_places() -> None:
    whole = DiffusionNoise(3, 0, 0, "cpu")(1, 2, 100_000)
    torch.testing.assert_close(DiffusionNoise(3, 0, 40_123, "cpu")(1, 2, 20_000), whole[..., 40_123:60_123])
    assert not torch.equal(DiffusionNoise(3, 1, 0, "cpu")(1, 2, 100), whole[..., :100])


def test_stereo_is_two_channels_and_the_seed_decides(package: Path) -> None:
    engine, codec = loaded(package), codec_of(package, stereo=True)
    told: list[tuple[int, int]] = []
    first = engine.decode(codes_of(6, 8), codec, 1, lambda done, total: told.append((done, total)))
    again = engine.decode(codes_of(6, 8), codec, 1, lambda done, total: None)
    other = engine.decode(codes_of(6, 8), codec, 2, lambda done, total: None)
    assert first.shape == (2, 6 * 640) and first.tobytes() == again.tobytes() != other.tobytes()
    assert told[-1] == (2 * 4 * 20, 2 * 4 * 20) and len(told) == 160


def test_long_sounds_join_without_a_step(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diffusion, "CHUNK_FRAMES", 40)
    monkeypatch.setattr(diffusion, "OVERLAP_FRAMES", 10)
    engine, codec = loaded(package), codec_of(package)
    sound = engine.decode(codes_of(100), codec, 4, lambda done, total: None)[0]
    joins = [begin * codec.hop for begin, _ in list(plan_chunks(100))[1:]]
    assert len(joins) >= 2
    steps = np.abs(np.diff(sound))
    for join in joins:
        for edge in (join, join + 10 * codec.hop):
            assert steps[edge - 2 : edge + 2].max() <= np.quantile(steps, 0.9999) * 1.5
            before, after = sound[edge - 3200 : edge].std(), sound[edge : edge + 3200].std()
            assert abs(20 * np.log10(after / before)) < 3


def test_equalising_is_audiocrafts_and_needs_no_thirty_two_copies() -> None:
    import julius

    rng = np.random.default_rng(5)
    sound, goal = rng.normal(size=20_000).astype(np.float32), rng.normal(size=20_000).astype(np.float32).cumsum() / 50
    goal = goal.astype(np.float32)
    split = julius.SplitBands(sample_rate=32_000, n_bands=32)
    whole = split(torch.from_numpy(sound)[None, None])
    for one, other in zip(bands_of(split, sound), whole, strict=True):
        torch.testing.assert_close(one, other[0, 0], atol=1e-5, rtol=1e-4)
    goals = split(torch.from_numpy(goal)[None, None])
    expected = sum(band * (wish.std() / band.std()) for band, wish in zip(whole, goals, strict=True))
    assert isinstance(expected, torch.Tensor)
    np.testing.assert_allclose(equalised(sound, goal, 32_000), expected[0, 0].numpy(), atol=1e-4)


def test_a_cancel_ends_it_at_the_next_pass(package: Path) -> None:
    told: list[int] = []

    def tick(done: int, total: int) -> None:
        told.append(done)
        if done == 3:
            raise Canceled

    with pytest.raises(Canceled):
        loaded(package).decode(codes_of(20), codec_of(package), 1, tick)
    assert told == [1, 2, 3]


def test_a_package_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return sys.exit, (1,)

    torch.save({"n_bands": 1, 0: Evil()}, tmp_path / "mbd_musicgen_32khz.th")
    with pytest.raises(AppError) as error:
        loaded(tmp_path / "mbd_musicgen_32khz.th")
    assert error.value.code is Code.INVALID_INPUT
    assert error.value.key == "checkpoint_damaged"
