"""The device lease: one after the other unless there are slots and measured memory for both."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.jobs.handover import needs
from engine.jobs.lease import HEADROOM_MB, DeviceLease
from engine.models import MODELS


def test_the_first_is_let_in_whatever_it_needs() -> None:
    assert DeviceLease(free_mb=lambda: 0).acquire("a", "musicgen", 10_000) is None


def test_with_one_slot_the_second_waits_for_the_family_that_holds_it() -> None:
    lease = DeviceLease(free_mb=lambda: 10**6)
    lease.acquire("a", "musicgen", 1)
    assert lease.acquire("b", "demucs", 1) == "musicgen"
    lease.release("a")
    assert lease.acquire("b", "demucs", 1) is None and lease.acquire("a", "musicgen", 1) == "demucs"


def test_with_two_slots_measured_memory_decides() -> None:
    free = 3000 + HEADROOM_MB
    lease = DeviceLease(free_mb=lambda: free)
    lease.acquire("a", "musicgen", 2000, slots=2)
    assert lease.acquire("b", "demucs", 1001, slots=2) == "musicgen"
    assert lease.acquire("b", "demucs", 1000, slots=2) is None


def test_both_must_suffer_company() -> None:
    lease = DeviceLease(free_mb=lambda: 10**6)
    lease.acquire("a", "musicgen", 1, slots=1)
    assert lease.acquire("b", "demucs", 1, slots=2) == "musicgen"
    lease.release("a")
    assert lease.acquire("b", "demucs", 1, slots=2) is None
    assert lease.acquire("c", "musicgen", 1, slots=1) == "demucs"


def test_releasing_what_is_not_held_does_nothing() -> None:
    lease = DeviceLease(free_mb=lambda: 10**6)
    lease.acquire("a", "musicgen", 1)
    lease.release("nobody")
    assert lease.acquire("b", "demucs", 1) == "musicgen"


def test_asking_again_for_what_one_holds_is_granted() -> None:
    lease = DeviceLease(free_mb=lambda: 0)
    assert lease.acquire("a", "musicgen", 1) is None and lease.acquire("a", "musicgen", 1) is None


@pytest.mark.parametrize(
    ("command", "params"),
    [("split", {"model": "htdemucs"}), ("upscale", {"model": "audiosr-basic"}), ("generate", {"model": "large"})],
)
def test_a_job_is_counted_by_the_device_in_use_and_its_precision(command: str, params: dict[str, str]) -> None:
    def need(device: str, precision: str) -> int:
        asked = {"source": "upload:" + "0" * 32} if command != "generate" else {"prompt": "x"}
        job: Any = SimpleNamespace(
            command=command, params={**asked, **params, "precision": precision}, interruptions=0, memory_mb=-1
        )
        return needs(job, device, 4.0, Path("models"))[1]

    assert need("cuda", "fp32") > need("cuda", "fp16") == need("cuda", "auto") > 0
    if command != "generate":
        figures = MODELS[params["model"]].memory_mb
        assert need("cpu", "fp32") == figures["cpu"]["fp32"] and need("cuda:1", "fp32") == figures["cuda"]["fp32"]


def test_a_model_that_listens_where_it_is_there_is_counted_only_then(tmp_path: Path) -> None:
    def need(**params: str) -> int:
        asked = {"source": "upload:" + "0" * 32, **params}
        job: Any = SimpleNamespace(command="tag", params=asked, interruptions=0, memory_mb=-1)
        return needs(job, "cpu", 4.0, tmp_path)[1]

    assert need() == need(model="musicnn") < need(model="clamp3")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.tag.clamp3.files.located", lambda model, models_dir: [models_dir / model])
        assert need() == need(model="clamp3")


def test_a_job_that_cannot_be_read_runs_alone_with_the_figure_of_its_row() -> None:
    job: Any = SimpleNamespace(command="gone", params={}, interruptions=0, memory_mb=77)
    assert needs(job, "cuda", 40.0, Path("models")) == (1, 77)
