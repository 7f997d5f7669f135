"""A checkpoint and its YAML in the models folder become an engine that gives the peer's stems."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.errors import AppError, Code
from engine.models import device as device_module
from engine.models.device import usable_precision
from engine.split.roformer.config import RoformerConfig
from engine.split.roformer.engine import RoformerSeparator
from tests.fake_job import FakeJob
from tests.split.roformer.tiny import TINY, install, noise, peer_stems, random_peer

STEMS = RoformerConfig.model_validate({**TINY.model_dump(), "num_stems": 2, "sources": ("vocals", "drums")})


def loaded(folder: Path, config: RoformerConfig = TINY, precision: str = "fp32") -> RoformerSeparator:
    install(folder / "models", "mine", config)
    engine = RoformerSeparator(folder / "models/mine/model.ckpt", "mine", precision)
    engine.load(FakeJob(folder))  # type: ignore[arg-type]
    return engine


@pytest.mark.parametrize("config", [TINY, STEMS], ids=["one stem", "two stems"])
def test_from_folder_to_stems_it_equals_the_peer(config: RoformerConfig, tmp_path: Path) -> None:
    engine = loaded(tmp_path, config)
    assert (engine.sources, engine.rate_hz, engine.window) == (config.sources, 44_100, config.window)
    mix = noise(44_100)
    stems = engine.separate(mix[None])
    theirs = peer_stems(random_peer(config), torch.from_numpy(mix)).numpy()
    assert stems.dtype == np.float32 and stems.shape == (1, len(config.sources), 2, 44_100)
    apart = stems[0, ..., : theirs.shape[-1]] - theirs
    assert np.linalg.norm(apart) < 1e-5 * np.linalg.norm(theirs)


def test_a_batch_is_its_windows(tmp_path: Path) -> None:
    engine = loaded(tmp_path, STEMS)
    batch = np.stack([noise(9_000, seed) for seed in (1, 2, 3)])
    together = engine.separate(batch)
    assert np.array_equal(together, np.concatenate([engine.separate(one[None]) for one in batch]))


@pytest.mark.parametrize("samples", [0, 1, 2, 440, 1024, 1025, 2047, 2048, 12_345])
def test_stems_are_as_long_as_the_mix(samples: int, tmp_path: Path) -> None:
    stems = loaded(tmp_path).separate(noise(samples)[None])
    assert stems.shape == (1, 1, 2, samples) and np.isfinite(stems).all()


def test_silence_stays_silence(tmp_path: Path) -> None:
    assert not loaded(tmp_path).separate(np.zeros((1, 2, 20_000), np.float32)).any()


@pytest.mark.parametrize("level", [1e-6, 1e6])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_very_quiet_and_very_loud_music_scales(level: float, precision: str, tmp_path: Path) -> None:
    engine = loaded(tmp_path, precision=precision)
    mix = noise(20_000)[None]
    usual, scaled = engine.separate(mix), engine.separate(mix * np.float32(level))
    assert np.linalg.norm(scaled / level - usual) < 0.02 * np.linalg.norm(usual)


@pytest.mark.parametrize("shape", [(2, 100), (1, 1, 100), (1, 2, 44_101)])
def test_another_shape_is_a_programmers_mistake(shape: tuple[int, ...], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="wanted"):
        loaded(tmp_path).separate(np.zeros(shape, np.float32))


def test_it_wants_to_be_loaded_first() -> None:
    with pytest.raises(RuntimeError):
        RoformerSeparator(Path("mine.ckpt"), "mine").separate(np.zeros((1, 2, 100), np.float32))


def test_ticks_come_with_every_layer_and_can_end_the_work(tmp_path: Path) -> None:
    engine, ticks = loaded(tmp_path), list[int]()
    batch = np.stack([noise(5_000)] * 2)
    engine.separate(batch, lambda: ticks.append(1))
    assert len(ticks) == 8

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        engine.separate(batch, stop)
    assert engine.separate(batch).any()


def test_the_file_may_change_once_it_is_loaded(tmp_path: Path) -> None:
    engine, mix = loaded(tmp_path), noise(10_000)[None]
    before = engine.separate(mix)
    path = tmp_path / "models" / "mine" / "model.ckpt"
    path.write_bytes(bytes(path.stat().st_size))
    assert np.array_equal(engine.separate(mix), before)


def test_weights_that_are_not_numbers_are_named(tmp_path: Path) -> None:
    path = install(tmp_path / "models") / "model.ckpt"
    weights = torch.load(path)
    weights["final_norm.gamma"][3] = torch.nan
    torch.save(weights, path)
    with pytest.raises(AppError) as caught:
        loaded(tmp_path)
    assert caught.value.code is Code.INVALID_INPUT and "final_norm.gamma" in str(caught.value)


CPU, GPU = "cpu", "cuda:0"


@pytest.mark.parametrize(
    ("wanted", "device", "able", "used"),
    [
        ("auto", CPU, True, "bf16"),
        ("auto", CPU, False, "fp32"),
        ("fp16", CPU, True, "bf16"),
        ("fp16", CPU, False, "fp32"),
        ("bf16", CPU, False, "bf16"),
        ("fp32", CPU, True, "fp32"),
        ("auto", GPU, True, "bf16"),
        ("auto", GPU, False, "fp16"),
        ("bf16", GPU, False, "fp16"),
        ("fp16", GPU, True, "fp16"),
        ("fp32", GPU, True, "fp32"),
        ("auto", "mps", True, "fp32"),
    ],
)
def test_the_precision_follows_from_the_device(
    wanted: str, device: str, able: bool, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_module, "_processor_has_bf16", lambda: able)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (8, 0) if able else (7, 5))
    assert usable_precision(wanted, device) == used


def test_another_precision_is_a_programmers_mistake() -> None:
    with pytest.raises(ValueError, match="int8"):
        usable_precision("int8", CPU)


def test_bf16_is_close_and_says_so(tmp_path: Path) -> None:
    mix: Any = noise(44_100)[None]
    exact, half = loaded(tmp_path), loaded(tmp_path, precision="bf16")
    assert (exact.precision, half.precision) == ("fp32", "bf16")
    stems = exact.separate(mix)
    assert 0 < np.linalg.norm(half.separate(mix) - stems) < 0.02 * np.linalg.norm(stems)
