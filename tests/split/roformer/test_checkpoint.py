"""Checkpoints are found, read strictly in each form, and refused with a sentence when they are something else."""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import AppError, Code
from engine.models import MODELS, ModelStore
from engine.models.ensure import located
from engine.split.roformer import checkpoint as checkpoint_module
from engine.split.roformer import layout
from engine.split.roformer.checkpoint import read
from engine.split.roformer.locate import Found, locate, with_config
from tests.split.roformer.tiny import TINY, document, install, random_peer, write_yaml

VIPERX = "bs-roformer-viperx"
PUBLISHED = "model_bs_roformer_ep_317_sdr_12.9755.ckpt"

State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    return {name: tensor.clone() for name, tensor in random_peer(TINY).state_dict().items()}


def _legacy(weights: State, path: Path) -> None:
    torch.save(weights, path, _use_new_zipfile_serialization=False)


FORMS: dict[str, tuple[str, Callable[[State, Path], Any]]] = {
    "bare": ("ckpt", torch.save),
    "under state": ("ckpt", lambda weights, path: torch.save({"state": weights, "epoch": 3}, path)),
    "under state_dict": ("ckpt", lambda weights, path: torch.save({"state_dict": weights, "best": 9.6}, path)),
    "the older format": ("ckpt", _legacy),
    "safetensors": ("safetensors", save_file),
    "in half": ("ckpt", lambda weights, path: torch.save({n: t.half() for n, t in weights.items()}, path)),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_read(form: str, state: State, tmp_path: Path) -> None:
    suffix, save = FORMS[form]
    path = tmp_path / f"weights.{suffix}"
    save(state, path)
    config, tensors = read(Found(path, write_yaml(tmp_path / "c.yaml", document(TINY))), "mine")
    assert config == TINY and tensors.keys() == state.keys()
    tolerance = 1e-3 if form == "in half" else 0
    assert all(torch.allclose(tensors[name].float(), state[name], atol=tolerance, rtol=tolerance) for name in state)


def refusal(path: Path, *, config: bool = True) -> AppError:
    beside = write_yaml(path.parent / "c.yaml", document(TINY)) if config else None
    with pytest.raises(AppError) as caught:
        read(Found(path, beside), "mine")
    assert caught.value.code is Code.INVALID_INPUT and path.name in str(caught.value)
    return caught.value


def test_what_does_not_fit_is_named(state: State, tmp_path: Path) -> None:
    wrong = {**state, "to_qkv.bias": torch.zeros(3), "final_norm.gamma": torch.zeros(7)}
    del wrong["layers.0.0.layers.0.0.to_gates.bias"]
    torch.save(wrong, tmp_path / "w.ckpt")
    error = refusal(tmp_path / "w.ckpt")
    assert error.values["missing"] == "layers.0.0.layers.0.0.to_gates.bias"
    assert error.values["unexpected"] == "to_qkv.bias" and error.values["reshaped"] == "final_norm.gamma"
    assert "to_qkv.bias" in str(error) and "final_norm.gamma" in str(error)


def test_a_long_list_of_differences_stays_a_sentence(state: State, tmp_path: Path) -> None:
    torch.save({f"x{n}" * 100: torch.zeros(1) for n in range(900)}, tmp_path / "w.ckpt")
    assert "(900)" in (message := str(refusal(tmp_path / "w.ckpt"))) and len(message) < 1200


@pytest.mark.parametrize("suffix", ["ckpt", "safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_a_cut_file_is_refused(suffix: str, share: float, state: State, tmp_path: Path) -> None:
    path = tmp_path / f"w.{suffix}"
    torch.save(state, path) if suffix == "ckpt" else save_file(state, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refusal(path).key == "roformer_checkpoint_unreadable"


class _Attack:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("OWNED",)


@pytest.mark.parametrize(
    "content",
    [
        {"state": {"a": _Attack()}},
        _Attack(),
        [torch.zeros(2)],
        {},
        {"a": 1},
        {1: torch.zeros(2)},
        {"a": torch.zeros(2, dtype=torch.int64)},
        {"a": torch.eye(2).to_sparse()},
    ],
    ids=["attack inside", "attack", "list", "empty", "number", "no name", "integers", "sparse"],
)
@pytest.mark.parametrize("archive", [True, False])
def test_what_is_no_state_dict_is_refused_and_never_run(
    content: Any, archive: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(content, tmp_path / "w.ckpt", _use_new_zipfile_serialization=archive)
    assert refusal(tmp_path / "w.ckpt").key == "roformer_checkpoint_unreadable"
    assert not (tmp_path / "OWNED").exists()


@pytest.mark.parametrize("suffix", ["ckpt", "safetensors"])
@pytest.mark.parametrize("head", [b"", b"PK\x03\x04", b"\x80\x02"])
def test_random_bytes_are_refused(suffix: str, head: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"w.{suffix}"
    path.write_bytes(head + random.Random(5).randbytes(5000))
    assert refusal(path).key == "roformer_checkpoint_unreadable"


def test_without_a_yaml_known_tensors_are_recognised_and_others_ask_for_it(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(state, tmp_path / "w.ckpt")
    assert refusal(tmp_path / "w.ckpt", config=False).key == "roformer_yaml_needed"
    monkeypatch.setattr(layout, "KNOWN", {"tiny": TINY})
    assert read(Found(tmp_path / "w.ckpt", None), "mine")[0] == TINY


def test_a_catalogued_name_on_other_tensors_says_what_differs(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save({**state, "one.more": torch.zeros(1)}, tmp_path / "w.ckpt")
    monkeypatch.setattr(checkpoint_module, "KNOWN", {VIPERX: TINY})
    with pytest.raises(AppError) as caught:
        read(Found(tmp_path / "w.ckpt", None), VIPERX)
    assert caught.value.code is Code.INVALID_INPUT
    assert caught.value.values["unexpected"] == "one.more"


@pytest.mark.parametrize("model_id", [id_ for id_, model in MODELS.items() if model.model_family == "bs-roformer"])
def test_a_model_that_is_not_there_says_where_it_belongs(model_id: str, tmp_path: Path) -> None:
    with pytest.raises(AppError) as caught:
        ModelStore(tmp_path).files(MODELS[model_id])
    assert caught.value.code is Code.MODEL_MISSING
    assert str(tmp_path / model_id) in str(caught.value) and MODELS[model_id].files[0].name in str(caught.value)


def test_an_own_model_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(AppError) as caught:
        locate("dream", tmp_path / "none")
    assert caught.value.code is Code.MODEL_MISSING and "dream" in str(caught.value)


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


@pytest.mark.parametrize("name", [f"{VIPERX}/renamed.ckpt", f"{VIPERX}/renamed.safetensors", PUBLISHED])
def test_a_catalogued_checkpoint_is_found_where_a_person_would_put_it(name: str, tmp_path: Path) -> None:
    path = touch(tmp_path / name)
    assert located(VIPERX, tmp_path) == [path] and with_config(path, tmp_path) == Found(path, None)
    config = write_yaml(path.with_suffix(".yaml"), {})
    assert with_config(path, tmp_path) == Found(path, config)


def test_a_catalogued_checkpoint_that_is_too_short_is_damaged(tmp_path: Path) -> None:
    touch(tmp_path / VIPERX / PUBLISHED)
    with pytest.raises(AppError) as caught:
        ModelStore(tmp_path).files(MODELS[VIPERX])
    assert caught.value.code is Code.MODEL_MISSING and caught.value.key == "model_damaged"


def test_own_checkpoints_are_those_with_a_yaml_of_this_kind(tmp_path: Path) -> None:
    good = document(TINY)
    mine = install(tmp_path, "mine")
    for stem in ("a", "b"):
        touch(tmp_path / "two" / f"{stem}.ckpt")
        write_yaml(tmp_path / "two" / f"{stem}.yml", good)
    touch(tmp_path / "two" / "without.ckpt")
    touch(tmp_path / "bare" / "w.ckpt")
    touch(tmp_path / "demucs" / "w.safetensors")
    write_yaml(tmp_path / "demucs" / "w.yaml", {"models": ["w"]})
    touch(tmp_path / "mel" / "w.ckpt")
    write_yaml(tmp_path / "mel" / "w.yaml", {**good, "model": {**good["model"], "num_bands": 60}})
    install(tmp_path, VIPERX)
    install(tmp_path, ".hidden")
    write_yaml(tmp_path / "no-weights" / "w.yaml", good)
    assert locate("mine", tmp_path) == Found(mine / "model.ckpt", mine / "config.yaml")
    for stem in ("a", "b"):
        assert locate(f"two/{stem}", tmp_path) == Found(tmp_path / f"two/{stem}.ckpt", tmp_path / f"two/{stem}.yml")
    for name in ("two", "two/without", "bare", "demucs", "mel", ".hidden", "no-weights"):
        with pytest.raises(AppError) as caught:
            locate(name, tmp_path)
        assert caught.value.code in (Code.MODEL_MISSING, Code.INVALID_INPUT), name


@pytest.mark.parametrize("name", ["../mine", "/etc", "mine/..", ""])
def test_a_name_cannot_leave_the_models_folder(name: str, tmp_path: Path) -> None:
    install(tmp_path, "mine")
    with pytest.raises(AppError) as caught:
        locate(name, tmp_path / "models")
    assert caught.value.code is Code.MODEL_MISSING and caught.value.key == "roformer_own_missing"
