"""What is on disk is told apart: whole, half there, the user's own, missing."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import AppError, Code
from engine.models import MODELS, FileState, Model, ModelFile, ModelStore
from engine.models import store as store_module
from engine.models.ensure import located

from .conftest import CONTENT, states

AddModel = Callable[..., Model]
SOURCE = "npm:tiny@1.0.0/tiny.bin"


def put(store: ModelStore, content: bytes, name: str = "tiny.bin") -> Path:
    path = store.models_dir / "tiny" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_missing_model_says_how_to_get_it(store: ModelStore, add_model: AddModel) -> None:
    add_model(SOURCE)
    with pytest.raises(AppError) as caught:
        store.files(MODELS["tiny"])
    assert caught.value.code is Code.MODEL_MISSING
    error = caught.value
    assert (error.code, error.key, error.recoverable) == (Code.MODEL_MISSING, "model_missing", False)
    for part in ("Tiny", "2.1 MB", "MIT", "/fetch tiny", "tiny.bin", str(store.models_dir / "tiny")):
        assert part in str(error)
    assert "{" not in str(error)
    assert error.detail["model"] == "tiny"
    assert not located("tiny", store.models_dir)


def test_a_model_without_a_source_does_not_offer_a_download(store: ModelStore, add_model: AddModel) -> None:
    add_model()
    with pytest.raises(AppError) as caught:
        store.files(MODELS["tiny"])
    assert caught.value.code is Code.MODEL_MISSING
    assert caught.value.key == "model_missing_own"
    assert "/fetch" not in str(caught.value)


def test_the_right_file_is_verified(store: ModelStore, add_model: AddModel) -> None:
    add_model(SOURCE)
    path = put(store, CONTENT)
    assert store.files(MODELS["tiny"]) == [path]
    assert states(store, "tiny") == [FileState.VERIFIED]


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT[:-1] + b"\0"], ids=["empty", "short", "other"])
def test_half_a_file_is_refused(store: ModelStore, add_model: AddModel, content: bytes) -> None:
    add_model(SOURCE)
    put(store, content)
    with pytest.raises(AppError) as caught:
        store.files(MODELS["tiny"])
    assert (caught.value.code, caught.value.key) == (Code.MODEL_MISSING, "model_damaged")
    assert states(store, "tiny") == [FileState.DAMAGED]


def test_the_users_own_larger_file_is_found_unverified(store: ModelStore, add_model: AddModel) -> None:
    add_model(SOURCE)
    path = put(store, CONTENT + b"more")
    assert store.files(MODELS["tiny"]) == [path]
    assert states(store, "tiny") == [FileState.UNVERIFIED]


def test_without_a_known_checksum_any_file_is_found_unverified(store: ModelStore, add_model: AddModel) -> None:
    add_model(SOURCE, sha256=None)
    path = put(store, b"anything")
    assert store.files(MODELS["tiny"]) == [path]
    assert states(store, "tiny") == [FileState.UNVERIFIED]


def test_a_checksum_is_computed_once_until_the_file_changes(
    store: ModelStore, add_model: AddModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_model(SOURCE)
    path = put(store, CONTENT)
    read: list[Path] = []
    real = store_module.checksum
    monkeypatch.setattr(store_module, "checksum", lambda path: read.append(path) or real(path))
    store.files(MODELS["tiny"])
    store.files(MODELS["tiny"])
    ModelStore(store.models_dir).files(MODELS["tiny"])
    assert len(read) == 1
    put(store, CONTENT[:-1] + b"\0")
    os.utime(path, ns=(1, 1))
    with pytest.raises(AppError) as error:
        store.files(MODELS["tiny"])
    assert (error.value.code, error.value.key) == (Code.MODEL_MISSING, "model_damaged") and len(read) == 2


@pytest.mark.parametrize("text", ["", "[]", "{", '{"tiny.bin": 5}', "[" * 100_000], ids=lambda text: text[:9])
def test_a_broken_memory_only_costs_time(store: ModelStore, add_model: AddModel, text: str) -> None:
    add_model(SOURCE)
    path = put(store, CONTENT)
    path.with_name(".checked.json").write_text(text)
    assert store.files(MODELS["tiny"]) == [path]


def test_a_model_of_several_files_is_a_folder(store: ModelStore, add_model: AddModel) -> None:
    sha256 = hashlib.sha256(b"x").hexdigest()
    add_model(files=tuple(ModelFile(name=name, size=1, sha256=sha256, sources=(SOURCE,)) for name in ("a", "sub/b")))
    put(store, b"x", "a")
    with pytest.raises(AppError) as error:
        store.files(MODELS["tiny"])
    assert error.value.code is Code.MODEL_MISSING and error.value.key.startswith("model_missing")
    put(store, b"x", "sub/b")
    assert store.files(MODELS["tiny"]) == [store.models_dir / "tiny" / name for name in ("a", "sub/b")]


def test_a_folder_that_cannot_be_written_still_serves(
    store: ModelStore, add_model: AddModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, *args: object, **options: object) -> int:
        raise PermissionError(self)

    add_model(SOURCE)
    path = put(store, CONTENT)
    monkeypatch.setattr(Path, "write_text", refuse)
    assert store.files(MODELS["tiny"]) == [path]
    assert not path.with_name(".checked.json").exists()
