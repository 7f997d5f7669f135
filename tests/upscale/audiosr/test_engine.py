"""AudioSR as an engine, on a tiny checkpoint in the true format."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.upscale.audiosr.engine import AudioSR
from engine.upscale.audiosr.features import low_pass
from engine.upscale.audiosr.grid import LATENT, LONG, OVERLAP, SHORT, Joined, LatentNoise, passes, with_ends
from tests.engine_contract import Case, EngineContract
from tests.fake_job import FakeJob
from tests.upscale.audiosr import tiny

CUTOFF_HZ = 6000.0


def sound(samples: int, channels: int = 1, level: float = 0.1, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack(
        [low_pass((level * rng.standard_normal(samples)).astype(np.float32), CUTOFF_HZ) for _ in range(channels)]
    )


def restored(engine: AudioSR, audio: np.ndarray, **changes: Any) -> np.ndarray:
    wishes: dict[str, Any] = {"cutoff_hz": CUTOFF_HZ, "peak": float(np.abs(audio).max()), "seed": 1, **changes}
    return engine.restore(audio, **wishes)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> AudioSR:
    folder = tmp_path_factory.mktemp("audiosr")
    made = AudioSR(tiny.install(folder / "models"), "fp32", steps=2)
    made.load(FakeJob(folder))
    return made


class TestContract(EngineContract):
    @pytest.fixture(autouse=True)
    def checkpoint(self, tmp_path: Path) -> None:
        tiny.install(tmp_path / "models")

    case = Case(
        "audiosr",
        lambda models: AudioSR(models / "audiosr-basic/pytorch_model.bin", "fp32", steps=2),
        lambda engine, job, seed: restored(engine, sound(48_000), seed=seed, tick=lambda share: job.progress(share, 1)),
        lambda engine, job: restored(engine, sound(10 * LONG, level=0.1), tick=lambda share: job.progress(share, 1)),
    )


@pytest.mark.parametrize("samples", [1, 700, 48_000, SHORT + 1])
def test_any_length_comes_back_as_it_went_in(engine: AudioSR, samples: int) -> None:
    audio = np.full((1, samples), 0.1, np.float32) if samples < 1000 else sound(samples)
    out = restored(engine, audio)
    assert out.shape == audio.shape and out.dtype == np.float32 and np.isfinite(out).all()


def test_level_and_dc_are_kept(engine: AudioSR) -> None:
    audio = sound(96_000)
    out = restored(engine, audio)
    quiet = restored(engine, audio / 8 + 0.01, peak=float(np.abs(audio).max()) / 8)
    assert np.abs(quiet - 0.01 - out / 8).max() < 1e-3 * np.abs(out).max()
    low, wanted = (low_pass(wave[0], 3000) for wave in (out, audio))
    assert np.linalg.norm(low - wanted) < 0.05 * np.linalg.norm(wanted)


def test_channels_share_one_noise(engine: AudioSR) -> None:
    one = sound(48_000)
    both = restored(engine, np.concatenate([one, one * np.float32(1 + 1e-6)]))
    assert np.abs(both[0] - both[1]).max() < 1e-2 * np.abs(both).max()
    alone = restored(engine, one)
    assert np.array_equal(restored(engine, np.concatenate([one, one])), np.concatenate([alone, alone]))


def test_silence_costs_nothing_and_stays_silent(engine: AudioSR, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AudioSR, "_pass", None)
    assert not restored(engine, np.zeros((2, 3 * LONG), np.float32)).any()


@pytest.mark.parametrize("samples", [1, SHORT, SHORT + 1, LONG, LONG + 1, 2 * LONG, 5 * LONG + 777])
def test_passes_cover_everything_and_share_enough(samples: int) -> None:
    found = passes(samples)
    assert found[0].start == 0 and found[-1].start + found[-1].size >= samples
    assert all(one.start % LATENT == 0 for one in found)
    assert all(end - one.start >= OVERLAP for one, end in list(with_ends(found))[1:])


def test_passes_agree_on_the_noise_where_they_overlap() -> None:
    first, second = passes(LONG + 5 * LATENT)
    noise = LatentNoise(3, LONG + 5 * LATENT)
    one, other = noise.draw(2, first), noise.draw(2, second)
    shift = second.start // LATENT
    assert np.array_equal(one[:, :, shift:], other[:, :, :-shift])


def test_joins_are_inaudible_when_passes_agree() -> None:
    samples = 2 * LONG + 999
    wave = np.sin(np.arange(samples) / 30).astype(np.float32)
    joined = Joined(1, samples)
    for one, end in with_ends(passes(samples)):
        joined.add(0, one.start, np.pad(wave, (0, LATENT))[one.start : one.start + one.size], end)
    assert np.abs(joined.sound[0] - wave).max() < 1e-6


def test_precisions_agree(engine: AudioSR, tmp_path: Path) -> None:
    other = AudioSR(tiny.install(tmp_path / "models"), "bf16", steps=2)
    other.load(FakeJob(tmp_path))
    audio = sound(48_000)
    ours, theirs = restored(other, audio), restored(engine, audio)
    assert np.linalg.norm(ours - theirs) < 0.1 * np.linalg.norm(theirs)
    assert other.facts["precision"] == "bf16" and other.facts["steps"] == 2
