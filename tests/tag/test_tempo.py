"""The two networks beside their originals, and beats beside madmom's.

`data/tempo.npz` was made of `drums` below. `shares` [4, 256]: `fcn.h5` of tempocnn 0.0.7 run by Keras 2.15 on librosa's
mel spectrogram; `activations` [600, 2]: BeatNet 1.1.3's own module on the spectra of madmom-infer 0.2.0.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from madmom_infer.features.downbeats import DBNDownBeatTrackingProcessor

from engine.errors import AppError, Code
from engine.tag.tempo import beats
from engine.tag.tempo.beatnet import BeatNet, HeardBeats
from engine.tag.tempo.beats import decode
from engine.tag.tempo.tempocnn import CLASSES, TempoCnn
from tests.fake_job import FakeJob
from tests.tag.conftest import Weights

MADE = np.load(Path(__file__).parent / "data" / "tempo.npz")


def drums(rate_hz: int, seconds: float, bpm: float = 97.0) -> np.ndarray:
    """Strokes every eighth in noise, float32 [samples]."""
    rng = np.random.default_rng(7)
    samples = int(rate_hz * seconds)
    sound = rng.normal(0, 0.01, samples)
    for number, start_s in enumerate(np.arange(0.3, seconds, 30 / bpm)):
        start = int(start_s * rate_hz)
        length = min(samples - start, int(0.12 * rate_hz))
        time_s = np.arange(length) / rate_hz
        pitch_hz = (80, 400, 180, 400)[number % 4] if number % 8 else 60
        tone = np.sin(2 * np.pi * pitch_hz * time_s) + 0.3 * rng.normal(size=length)
        sound[start : start + length] += (0.7, 0.2, 0.5, 0.2)[number % 4] * np.exp(-40 * time_s) * tone
    return (0.5 * sound).astype(np.float32)


@pytest.fixture(scope="module")
def tempocnn(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> TempoCnn:
    engine = TempoCnn(weights("tempocnn")[0])
    engine.load(FakeJob(tmp_path_factory.mktemp("tempocnn")))
    return engine


@pytest.fixture(scope="module")
def beatnet(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> BeatNet:
    engine = BeatNet(weights("beatnet"))
    engine.load(FakeJob(tmp_path_factory.mktemp("beatnet")))
    return engine


def heard(listener: object, sound: np.ndarray, cuts: tuple[int, ...] = ()) -> np.ndarray:
    for start, end in pairwise((0, *cuts, len(sound))):
        listener.add(sound[start:end])
    result = listener.result()
    return np.hstack([result.first, result.mean]) if isinstance(result, HeardBeats) else result.share


def test_tempos_are_as_likely_as_keras_says(tempocnn: TempoCnn) -> None:
    listener = tempocnn.listener()
    listener.add(drums(11_025, 31.3))
    found = listener.result()
    assert np.abs(found.share - MADE["shares"].mean(axis=0)).max() < 1e-6
    assert found.bpm == pytest.approx(194.99, abs=0.02)
    assert found.near(195) > 0.9 > 0.1 > found.near(97)


def test_beats_are_as_likely_as_beatnet_says(beatnet: BeatNet) -> None:
    listener = beatnet.listener()
    listener.add(drums(22_050, 12))
    assert np.abs(listener.result().first - MADE["activations"]).max() < 5e-6


def test_bars_are_heard_by_the_geometric_mean_of_all_three(beatnet: BeatNet, weights: Weights, tmp_path: Path) -> None:
    logs = []
    for path in weights("beatnet"):
        one = BeatNet([path])
        one.load(FakeJob(tmp_path))
        listener = one.listener()
        listener.add(drums(22_050, 5))
        alone = listener.result()
        assert np.allclose(alone.first, alone.mean, atol=1e-6)
        logs.append(np.log(np.column_stack([alone.first, 1 - alone.first.sum(axis=1)])))
    assert len(logs) == 3
    mean = np.exp(np.mean(logs, axis=0))
    listener = beatnet.listener()
    listener.add(drums(22_050, 5))
    assert np.allclose(listener.result().mean, (mean / mean.sum(axis=1, keepdims=True))[:, :2], atol=1e-4)


@pytest.mark.parametrize("seed", range(2))
def test_how_a_sound_is_cut_does_not_matter(tempocnn: TempoCnn, beatnet: BeatNet, seed: int) -> None:
    for model, sound in ((tempocnn, drums(11_025, 14)), (beatnet, drums(22_050, 11))):
        cuts = tuple(sorted(np.random.default_rng(seed).integers(0, len(sound) + 1, 30)))
        assert np.array_equal(heard(model.listener(), sound, cuts), heard(model.listener(), sound))


def test_of_a_long_sound_windows_are_looked_at_that_lie_evenly(
    tempocnn: TempoCnn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = drums(11_025, 52)
    whole = heard(tempocnn.listener(), sound)
    monkeypatch.setattr("engine.tag.tempo.tempocnn.MOST_WINDOWS", 4)
    listener = tempocnn.listener()
    some = heard(listener, sound)
    assert len(listener._windows) == 4 and listener._every == 2 and listener._seen == 7
    assert np.abs(some - whole).max() < 0.1


@pytest.mark.parametrize(
    "sound", [np.zeros(1), np.zeros(30_000), np.ones(1), np.random.default_rng(1).uniform(-1, 1, 30_000)]
)
def test_any_sound_has_a_result(tempocnn: TempoCnn, beatnet: BeatNet, sound: np.ndarray) -> None:
    sound = sound.astype(np.float32)
    shares, activations = (heard(model.listener(), sound) for model in (tempocnn, beatnet))
    assert shares.shape == (CLASSES,) and shares.sum() == pytest.approx(1, abs=1e-5) and shares.min() >= 0
    assert activations.shape == (-(-len(sound) // 441), 4)
    assert np.isfinite(activations).all()


@pytest.mark.parametrize("make", [TempoCnn, lambda path: BeatNet([path])])
def test_another_file_is_refused(make: Callable[[Path], TempoCnn | BeatNet], tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(b"something else")
    with pytest.raises(AppError) as refused:
        make(path).load(FakeJob(tmp_path))
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "not_weights")


def test_a_keras_file_with_other_layers_is_refused(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "fcn.h5"
    with h5py.File(path, "w") as file:
        file["model_weights/Conv1/Conv1/kernel:0"] = np.zeros((1, 5, 1, 12), np.float32)
    with pytest.raises(AppError) as refused:
        TempoCnn(path).load(FakeJob(tmp_path))
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "not_weights")


def madmoms(activations: np.ndarray) -> np.ndarray:
    return DBNDownBeatTrackingProcessor(beats_per_bar=[2, 3, 4], fps=50)(activations)


def noise(seed: int, frames: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet([0.3, 0.3, 2], size=frames)[:, :2].astype(np.float32)


@pytest.mark.parametrize("activations", [MADE["activations"], MADE["activations"][7:40], noise(0, 400), noise(1, 60)])
def test_beats_are_madmoms(activations: np.ndarray) -> None:
    found = decode(activations)
    assert np.array_equal(np.column_stack([found.times_s, found.numbers]), madmoms(activations))
    assert found.numbers.max() <= found.beats_per_bar


def test_a_long_sound_has_the_beats_that_it_has_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    activations = noise(2, 900)
    whole = decode(activations)
    monkeypatch.setattr(beats, "_SEGMENT", 70)
    parts = decode(activations)
    assert np.array_equal(parts.times_s, whole.times_s) and np.array_equal(parts.numbers, whole.numbers)


def test_silence_has_no_beats() -> None:
    for frames in (0, 1, 500):
        assert decode(np.zeros((frames, 2), np.float32)).beats_per_bar == 0
