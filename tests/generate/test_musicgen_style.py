"""MusicGen-Style: a clip's style through MERT, transformer and quantiser into the language model."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch.nn.functional import gelu, layer_norm

from engine.errors import AppError, Code
from engine.generate.musicgen.checkpoint import read_checkpoint
from engine.generate.musicgen.conditions import Conditioner
from engine.generate.musicgen.configuration import Style
from engine.generate.musicgen.decoder import guidance, positions
from engine.generate.musicgen.style import MERT, StyleEncoder, StyleListener, excerpt
from engine.generate.params import GenerateParams
from engine.generate.run import run
from engine.library.inputs import Input
from engine.upstream.mert import RATE_HZ, read_mert
from tests.fake_job import FakeJob
from tests.generate.checkpoints import (
    DIM,
    MERT_WIDTH,
    build_mert,
    language_model_config,
    style_state,
    write_checkpoint,
    write_mert,
    write_text_encoder,
)

CLIP = "upload:" + "b" * 32
OPTIONS = language_model_config("style")["conditioners"]["self_wav"]["style"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("style") / "models"
    write_checkpoint(folder / "musicgen-style", "style")
    write_text_encoder(folder / "t5-base")
    write_mert(folder / MERT)
    return folder


@pytest.fixture
def job(models: Path, tmp_path: Path) -> FakeJob:
    made = FakeJob(tmp_path)
    made.models_dir = models
    noise = 0.2 * np.random.default_rng(0).normal(size=(6 * 32_000, 2)).astype(np.float32)
    soundfile.write(tmp_path / "clip.wav", noise, 32_000)
    made.inputs[CLIP] = Input(tmp_path / "clip.wav")
    return made


def made(job: FakeJob, **values: Any) -> dict[str, Any]:
    wish = {"prompt": "slow rock", "model": "style", "seed": 3, "duration": 1.0, "audio_prompt": CLIP, **values}
    run(GenerateParams(**wish), job)
    return job.tracks[-1]


def test_mert_is_read_from_its_own_files(models: Path) -> None:
    wave = torch.randn(1, RATE_HZ)
    with torch.no_grad():
        found = read_mert(models / MERT)(wave).last_hidden_state
        expected = build_mert()(wave).last_hidden_state
    assert found.shape == (1, 74, MERT_WIDTH)
    torch.testing.assert_close(found, expected)


def test_a_mert_with_its_spectral_branch_is_refused(models: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(models / MERT, tmp_path / "mert"))
    told = json.loads((folder / "config.json").read_text()) | {"feature_extractor_cqt": True}
    (folder / "config.json").write_text(json.dumps(told))
    with pytest.raises(AppError) as error:
        read_mert(folder)
    assert error.value.code is Code.INVALID_INPUT
    assert error.value.key == "checkpoint_unreadable" and "feature_extractor_cqt" in str(error.value)


@pytest.mark.parametrize("codebooks", [1, 3, 6])
def test_the_encoder_is_the_formula(codebooks: int) -> None:
    """Written out: pre-norm transformer over all frames, batch norm, nearest codewords one after the other."""
    state = style_state(OPTIONS)
    features = np.random.default_rng(1).normal(size=(40, MERT_WIDTH)).astype(np.float32)
    found = StyleEncoder(Style.model_validate(OPTIONS), state, "", "style")(features, codebooks)[0]

    x = torch.from_numpy(features) @ state["embed.weight"].T + state["embed.bias"]
    x = x + torch.from_numpy(positions(40, 256))
    for index in range(4):
        part = {
            key.split(f"layers.{index}.")[1]: w for key, w in state.items() if f"transformer.layers.{index}." in key
        }
        y = layer_norm(x, (256,), part["norm1.weight"], part["norm1.bias"])
        q, k, v = (y @ part["self_attn.in_proj_weight"].T).view(40, 3, 8, 32).permute(1, 2, 0, 3)
        heard = torch.softmax(q @ k.transpose(1, 2) / 32**0.5, dim=-1) @ v
        x = x + heard.transpose(0, 1).reshape(40, 256) @ part["self_attn.out_proj.weight"].T
        y = layer_norm(x, (256,), part["norm2.weight"], part["norm2.bias"])
        x = x + gelu(y @ part["linear1.weight"].T) @ part["linear2.weight"].T
    x = (x - state["batch_norm.running_mean"]) / (state["batch_norm.running_var"] + 1e-5) ** 0.5
    left, coarse = x, torch.zeros_like(x)
    for book in range(codebooks):
        words = state[f"rvq.vq.layers.{book}._codebook.embed"]
        word = words[torch.cdist(left, words).argmin(-1)]
        left, coarse = left - word, coarse + word
    expected = coarse[::15] @ state["output_proj.weight"].T + state["output_proj.bias"]
    assert found.shape == (3, DIM)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_the_three_groups_are_both_the_style_alone_and_nothing(models: Path) -> None:
    checkpoint = read_checkpoint(models / "musicgen-style", "style")
    conditioner = Conditioner(checkpoint, models / "t5-base")
    features = np.random.default_rng(2).normal(size=(75, MERT_WIDTH)).astype(np.float32)
    style, text = conditioner.style(features, 3), conditioner.text(["rock"])
    weights = guidance(3.0, style_beta=5.0)
    found = conditioner.condition("rock", 1, weights, style)
    assert found.weights == weights and found.cross is None and found.prefix is not None
    frames = style.shape[1]
    both, alone, null = found.prefix
    np.testing.assert_allclose(both, np.concatenate([style[0], text[0]]), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(alone[:frames], style[0])
    assert not alone[frames:].any() and not null.any(), "no words, and nothing at all"
    passes = conditioner.parts("rock", 1, weights, style).parts
    assert [part.prefix_frames for part in passes] == [frames + text.shape[1], frames + 1, 2]
    silent = conditioner.condition("rock", 1, guidance(3.0)).prefix
    assert silent is not None and silent.shape[1] == 1 + text.shape[1] and not silent[:, 0].any()


def test_the_excerpt_is_drawn_by_the_seed_and_a_short_clip_goes_round() -> None:
    clip = np.arange(10 * RATE_HZ, dtype=np.float32)[None]
    piece, start_s = excerpt(clip, 3.0, 7)
    assert piece.shape == (1, 3 * RATE_HZ) and piece[0, 0] == pytest.approx(start_s * RATE_HZ)
    assert excerpt(clip, 3.0, 7)[1] == start_s != excerpt(clip, 3.0, 8)[1]
    short, start_s = excerpt(clip[:, :RATE_HZ], 1.5, 7)
    assert start_s == 0 and short.shape == (1, 1.5 * RATE_HZ) and short[0, RATE_HZ] == short[0, 0] == 0


def test_style_words_and_their_weights_all_tell(job: FakeJob) -> None:
    whole = made(job)
    told = whole["parameters"]
    assert 0 <= told["style_start_s"] <= 3 and told["style_beta"] == 5.0
    assert whole["audio"].shape == (2, 32_000) and np.isfinite(whole["audio"]).all()
    assert made(job)["audio"].tobytes() == whole["audio"].tobytes()
    others = [
        made(job, style_beta=1),
        made(job, style_codebooks=1),
        made(job, style_s=1.5),
        made(job, two_step_cfg=True),
        made(job, unconditional=True),
        made(job, audio_prompt=None),
    ]
    assert len({whole["audio"].tobytes(), *(track["audio"].tobytes() for track in others)}) == 7
    assert "style_start_s" not in others[-1]["parameters"]


def test_without_mert_the_style_model_says_what_to_do_and_still_plays_from_words(
    job: FakeJob, models: Path, tmp_path: Path
) -> None:
    job.models_dir = tmp_path / "own"
    shutil.copytree(models, job.models_dir, ignore=lambda folder, names: {MERT} & set(names))
    shutil.copytree(job.models_dir / "musicgen-style", job.models_dir / "mine")
    with pytest.raises(AppError) as error:
        made(job, model="own", own_model="mine")
    assert error.value.code is Code.MODEL_MISSING and f"/fetch {MERT}" in str(error.value)
    assert made(job, audio_prompt=None)["audio"].any()


def test_the_listener_keeps_the_contract_of_engines(job: FakeJob) -> None:
    listener = StyleListener(job.models_dir / MERT)
    sound = np.zeros((1, RATE_HZ), np.float32)
    with pytest.raises(RuntimeError):
        listener.features(sound)
    listener.load(job)
    assert listener.features(sound).shape == (74, MERT_WIDTH)
    listener.dispose()
    listener.dispose()
    with pytest.raises(RuntimeError):
        listener.features(sound)
    with pytest.raises(RuntimeError):
        listener.load(job)
