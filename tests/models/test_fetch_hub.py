"""Files of a hub: resumed after a cut, begun anew after a change, ended at once on cancel."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import AppError, Canceled, Code
from engine.models import MODELS, FileState, Model, ModelStore
from engine.models.fetch import fetch
from tests.fake_job import FakeJob

from .conftest import CONTENT, Hub, leftovers, states

AddModel = Callable[..., Model]
SOURCE = "hf:owner/repo/tiny.bin@main"
HALF = len(CONTENT) // 2


def test_a_file_is_fetched_and_verified(store: ModelStore, job: Any, add_model: AddModel, hub: Hub) -> None:
    add_model(SOURCE)
    fetch("tiny", store, job)
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT
    assert states(store, "tiny") == [FileState.VERIFIED]
    assert leftovers(store) == ["tiny/tiny.bin"]


def test_a_cut_connection_is_taken_up_where_it_broke(
    store: ModelStore, job: Any, add_model: AddModel, hub: Hub
) -> None:
    add_model(SOURCE)
    hub.cut_after = [HALF]
    fetch("tiny", store, job)
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT
    assert hub.ranges[0] is None
    assert 0 < int(str(hub.ranges[1]).removeprefix("bytes=").rstrip("-")) <= HALF


def test_a_later_job_takes_up_what_an_earlier_one_left(
    store: ModelStore, job: Any, add_model: AddModel, hub: Hub
) -> None:
    add_model(SOURCE)
    hub.cut_after = [HALF, 0]
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.MODEL_MISSING
    assert (caught.value.key, caught.value.recoverable) == ("model_cut", True)
    assert leftovers(store) == ["tiny/tiny.bin.part", "tiny/tiny.bin.part.json"]
    with pytest.raises(AppError, match="not on this computer") as refused:
        store.files(MODELS["tiny"])
    assert refused.value.code is Code.MODEL_MISSING
    kept = (store.models_dir / "tiny" / "tiny.bin.part").stat().st_size
    assert 0 < kept <= HALF
    again = FakeJob(store.models_dir.parent)
    fetch("tiny", store, again)
    assert hub.ranges[-1] == f"bytes={kept}-"
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT
    assert leftovers(store) == ["tiny/tiny.bin"]


def test_a_file_that_changed_meanwhile_is_begun_anew(
    store: ModelStore, job: Any, add_model: AddModel, hub: Hub
) -> None:
    add_model(SOURCE)
    part = store.models_dir / "tiny" / "tiny.bin.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"of an older revision" * 1000)
    part.with_name("tiny.bin.part.json").write_text(json.dumps({"etag": "old", "size": len(CONTENT)}))
    fetch("tiny", store, job)
    assert hub.ranges == [None]
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT


def test_the_checksum_that_the_hub_states_is_checked_where_the_catalogue_has_none(
    store: ModelStore, job: Any, add_model: AddModel, hub: Hub
) -> None:
    add_model(SOURCE, sha256=None)
    fetch("tiny", store, job)
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT
    store.files(MODELS["tiny"])[0].unlink()
    hub.etag = "0" * 64
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.MODEL_MISSING
    assert caught.value.key == "model_arrived_damaged"
    assert leftovers(store) == []


def test_a_wrong_checksum_leaves_nothing(store: ModelStore, job: Any, add_model: AddModel, hub: Hub) -> None:
    add_model(SOURCE, sha256="0" * 64)
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.MODEL_MISSING
    assert (caught.value.key, caught.value.recoverable) == ("model_arrived_damaged", False)
    assert leftovers(store) == []


@pytest.mark.parametrize(
    ("status", "key", "recoverable"),
    [(404, "model_gone", False), (401, "model_refused", False), (403, "model_refused", False), (503, "model_cut", 1)],
)
def test_what_the_hub_answers_becomes_advice(
    store: ModelStore, job: Any, add_model: AddModel, hub: Hub, status: int, key: str, recoverable: bool
) -> None:
    add_model(SOURCE)
    hub.status = status
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert (caught.value.code, caught.value.key, caught.value.recoverable) == (Code.MODEL_MISSING, key, recoverable)
    assert "{" not in str(caught.value)
    assert leftovers(store) == []


@pytest.mark.parametrize("how", ["closed port", "told so"])
def test_without_a_network_the_user_hears_what_to_do(
    store: ModelStore, job: Any, add_model: AddModel, hub: Hub, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    add_model(SOURCE)
    monkeypatch.setenv(*(("HF_ENDPOINT", "http://127.0.0.1:9") if how == "closed port" else ("HF_HUB_OFFLINE", "1")))
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.MODEL_MISSING
    assert caught.value.key == "model_offline"
    for part in ("tiny.bin", "2.1 MB", "MIT", str(store.models_dir / "tiny")):
        assert part in str(caught.value)


def test_a_file_of_the_hubs_own_cache_needs_no_network(
    store: ModelStore, job: Any, add_model: AddModel, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_model(SOURCE)
    repo = tmp_path / "hf" / "hub" / "models--owner--repo"
    for name, content in ((f"snapshots/{'a' * 40}/tiny.bin", CONTENT), ("refs/main", b"a" * 40)):
        (repo / name).parent.mkdir(parents=True)
        (repo / name).write_bytes(content)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    fetch("tiny", store, job)
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT
    assert hub.ranges == []


def test_cancel_ends_a_stalled_download_and_keeps_what_came(
    store: ModelStore, job: Any, add_model: AddModel, hub: Hub
) -> None:
    add_model(SOURCE)
    hub.stall_after = HALF
    part = store.models_dir / "tiny" / "tiny.bin.part"
    since: list[float] = []

    def half_is_here() -> bool:
        here = part.exists() and part.stat().st_size > HALF // 2
        if here and not since:
            since.append(time.monotonic())
        return here

    job.cancel_when = half_is_here
    with pytest.raises(Canceled):
        fetch("tiny", store, job)
    assert time.monotonic() - since[0] < 3
    assert part.stat().st_size > 0
    hub.stall_after = None
    hub.release.set()
    fetch("tiny", store, FakeJob(store.models_dir.parent))
    assert str(hub.ranges[-1]).startswith("bytes=")
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT
