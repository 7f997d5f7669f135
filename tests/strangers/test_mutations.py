"""Good configurations changed at random, many times: loaded or refused in a sentence, never anything else."""

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from demucs.htdemucs import HTDemucs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import AppError, Code
from engine.generate.musicgen.architecture import read_architecture
from engine.generate.musicgen.codec import Codec
from engine.generate.musicgen.configuration import DiffusionBand, read_compression
from engine.generate.musicgen.text_encoder import Shape
from engine.split.roformer.config import read_yaml
from engine.upscale.audiolbm.checkpoint import Config, build
from engine.upstream.demucs.configuration import arguments
from engine.upstream.documents import judged, sections
from engine.upstream.mert import Mert
from tests.generate import checkpoints as generate
from tests.split.roformer import tiny as roformer
from tests.upscale.audiolbm import tiny as audiolbm

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-2, 70), st.floats(), st.text(max_size=8),
    st.lists(st.integers(0, 9), max_size=5), st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
    st.sampled_from([10**9, 2**63, -(10**30), 1e308, "${a.b}", "${oc.env:HOME}", "gelu", "../x", [[]], [None], {}]),
)  # fmt: skip


def mutated(config: dict[str, Any], places: list[tuple[float, Any]]) -> dict[str, Any]:
    """Several values, each at a place that its number picks, replaced, removed or moved."""
    whole = copy.deepcopy(config)
    for share, value in places:
        here: Any = whole
        dice = random.Random(share)
        while True:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            if not keys:
                break
            key = dice.choice(keys)
            if isinstance(here[key], dict | list) and here[key] and dice.random() < 0.8:
                here = here[key]
                continue
            if value == "gone":
                del here[key]
            else:
                here[key] = value
            break
    return whole


def language_model(config: dict[str, Any], folder: Path) -> None:
    read_architecture(yaml.safe_dump(config), "mine")


def codec(config: dict[str, Any], folder: Path) -> None:
    read_compression(yaml.safe_dump(config), "xp.cfg")
    Codec({"xp.cfg": yaml.safe_dump(config), "best_state": {"a": torch.zeros(1)}}, stereo=False)


def band(config: dict[str, Any], folder: Path) -> None:
    judged(DiffusionBand, sections(config, tuple(DiffusionBand.model_fields), "f"), "f")


def bs_roformer(config: dict[str, Any], folder: Path) -> None:
    read_yaml(roformer.write_yaml(folder / "w.yaml", config))


def bridge(config: dict[str, Any], folder: Path) -> None:
    with torch.device("meta"):
        build(judged(Config, config, "f"))


def demucs(config: dict[str, Any], folder: Path) -> None:
    given = arguments(HTDemucs, config.get("args"), config.get("kwargs"), "f")
    assert set(given) <= set(config["kwargs"]) | {"sources"}


def mert(config: dict[str, Any], folder: Path) -> None:
    judged(Mert, config, "f")


def text_encoder(config: dict[str, Any], folder: Path) -> None:
    judged(Shape, config, "f")


BAND = {
    "channels": 1,
    "schedule": {"beta_t0": 1e-5, "beta_t1": 2.9e-2, "beta_exp": 7.5, "num_steps": 1000, "variance": "beta", "clip": 5,
                 "rescale": 1.0, "n_bands": None, "noise_scale": 1.0, "repartition": "power"},
    "diffusion_unet": {"hidden": 8, "depth": 4, "res_blocks": 1, "norm_groups": 4, "kernel": 8, "stride": 4,
                       "growth": 2, "emb_all_layers": True, "bilstm": True, "codec_dim": 16},
    "processor": {"name": "multi_band_processor", "use": True, "n_bands": 8, "num_samples": 10_000, "power_std": 0.4},
}  # fmt: skip
GOOD: dict[Callable[..., None], dict[str, Any]] = {
    language_model: generate.language_model_config("melody"),
    codec: generate.codec_config(),
    band: BAND,
    bs_roformer: roformer.document(roformer.TINY),
    bridge: audiolbm.tiny_config(48_000),
    demucs: {"args": [["drums", "bass"]], "kwargs": {"channels": 8, "t_layers": 2, "depth": 4, "segment": 1.5}},
    mert: {"hidden_size": 32, "num_attention_heads": 4, "num_conv_pos_embedding_groups": 4, "conv_dim": [16] * 7},
    text_encoder: {"model_type": "t5", "d_model": 768, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2,
                   "vocab_size": 40},
}  # fmt: skip


@pytest.mark.parametrize("load", GOOD, ids=lambda load: load.__name__)
@given(places=st.lists(st.tuples(st.floats(0, 1), st.one_of(VALUES, st.just("gone"))), max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_change_is_loaded_or_refused(
    load: Callable[..., None], places: list[tuple[float, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "stranger_marker_home")
    config = mutated(GOOD[load], places)
    try:
        load(config, tmp_path)
    except AppError as error:
        assert error.code is Code.INVALID_INPUT and "stranger_marker" not in json.dumps(error.body())
        assert len(str(error)) < 1500


@pytest.mark.parametrize("load", [load for load in GOOD if load is not codec], ids=lambda load: load.__name__)
def test_the_good_ones_are_loaded(load: Callable[..., None], tmp_path: Path) -> None:
    load(GOOD[load], tmp_path)
