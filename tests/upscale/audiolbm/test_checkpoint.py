import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import AppError, Code
from engine.models.catalogue import find
from engine.upscale.audiolbm.checkpoint import CONFIG, DIT, NAMES, VAE, read
from tests.upscale.audiolbm.tiny import tiny_config, write_tiny


def _refused(models_dir: Path, code: Code = Code.INVALID_INPUT) -> AppError:
    with pytest.raises(AppError) as caught:
        read(48_000, models_dir)
    assert caught.value.code is code
    return caught.value


def test_what_was_saved_is_read(tmp_path: Path) -> None:
    write_tiny(tmp_path, 48_000)
    stage = read(48_000, tmp_path)
    saved = load_file(tmp_path / "audiolbm-48k" / DIT)
    assert saved.keys() == stage.dit.state_dict().keys()
    assert all(torch.equal(saved[name], tensor) for name, tensor in stage.dit.state_dict().items())
    assert stage.config.window == 24 and not any(p.is_meta or p.requires_grad for p in stage.vae.parameters())


def test_weights_in_sixteen_bits_are_read(tmp_path: Path) -> None:
    write_tiny(tmp_path, 48_000)
    path = tmp_path / "audiolbm-48k" / VAE
    save_file({name: tensor.half() for name, tensor in load_file(path).items()}, path)
    assert {p.dtype for p in read(48_000, tmp_path).vae.parameters()} == {torch.float32}


@pytest.mark.parametrize("gone", [CONFIG, VAE, DIT])
@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_a_missing_file_is_told_with_the_reason_and_the_place(tmp_path: Path, gone: str, language: str) -> None:
    write_tiny(tmp_path, 48_000)
    (tmp_path / "audiolbm-48k" / gone).unlink()
    error = _refused(tmp_path, Code.MODEL_MISSING)
    message = error.body(language)["message"]
    assert error.code is Code.MODEL_MISSING and error.detail["fetchable"] is False
    assert "2509.17609" in message and str(tmp_path / "audiolbm-48k") in message and "{" not in message
    assert all(file in message for file in (CONFIG, VAE, DIT))
    if language == "en":
        assert "were never published" in message


@pytest.mark.parametrize("name", NAMES.values())
def test_the_catalogue_offers_nothing_to_download(name: str) -> None:
    model = find(name)
    assert not model.fetchable and not model.commercial_use and "never published" in model.licence


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("format", {"format": "audiolbm-2"}),
        ("rate_hz", {"rate_hz": 96_000}),
        ("rate_hz", {"rate_hz": 44_100}),
        ("latent_scale", {"latent_scale": 0}),
        ("latent_scale", {"latent_scale": float("nan")}),
        ("surplus", {"surplus": 1}),
        ("dit.hidden", {"dit": {"layers": 2, "heads": 3, "hidden": 16}}),
        ("dit.heads", {"dit": {"layers": 2, "heads": 0, "hidden": 16}}),
        ("dit.layers", {"dit": {"layers": 10**6, "heads": 2, "hidden": 16}}),
        ("dit.layers", {"dit": {"layers": "DIGITS", "heads": 2, "hidden": 16}}),
        ("vae.strides", {"vae": {"channels": 4, "multipliers": [1, 1, 2, 2], "strides": [2, 4, 4, 8]}}),
        ("vae.channels", {"vae": {"channels": 10**9}}),
        ("blocks.2", {"dit": {"layers": 3, "heads": 2, "hidden": 16}}),
        ("blocks.1", {"dit": {"layers": 1, "heads": 2, "hidden": 16}}),
        ("[16", {"dit": {"layers": 2, "heads": 2, "hidden": 24}}),
    ],
    ids=str,
)
def test_a_configuration_that_does_not_fit_is_refused(tmp_path: Path, field: str, change: dict[str, Any]) -> None:
    write_tiny(tmp_path, 48_000)
    path = tmp_path / "audiolbm-48k" / CONFIG
    text = json.dumps({**tiny_config(48_000), **change}).replace('"DIGITS"', "9" * 20_000)
    path.write_text(text, encoding="utf-8")
    error = _refused(tmp_path)
    assert error.code is Code.INVALID_INPUT and field in str(error) and len(str(error)) < 500


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    write_tiny(tmp_path, 48_000)
    path = tmp_path / "audiolbm-48k" / DIT
    whole = path.read_bytes()
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}  # not the file that is mapped
    path.write_bytes(whole[: len(whole) // 2])
    assert _refused(tmp_path).key == "checkpoint_damaged"
    path.write_bytes(b"")
    assert _refused(tmp_path).key == "checkpoint_damaged"
    save_file({**tensors, "outlet.bias": torch.full_like(tensors["outlet.bias"], float("nan"))}, path)
    assert "outlet.bias: not finite" in str(_refused(tmp_path))
    path.write_bytes(whole)
    (tmp_path / "audiolbm-48k" / CONFIG).write_text("{", encoding="utf-8")
    error = _refused(tmp_path)
    assert error.code is Code.INVALID_INPUT and error.key == "config_refused"
