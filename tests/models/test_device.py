"""The device service: what the driver knows of GPUs, asked without torch; the processor's where there is none."""

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import psutil
import pynvml
import pytest

from engine.models import device as device_service
from engine.models.device import MIB, expected_device, free_mb, resolve_device

NAMES = {"GPU-a": 0, "GPU-b": 1}
FREE_MB = (2000, 500)


def by_index(index: int) -> int:
    if index >= len(FREE_MB):
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
    return index


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver with two GPUs, of which each also goes by a name, and 4000 MiB of main memory."""
    told: dict[str, Any] = {
        "nvmlDeviceGetHandleByIndex": by_index,
        "nvmlDeviceGetHandleByUUID": lambda name: by_index(NAMES.get(name, 9)),
        "nvmlDeviceGetMemoryInfo": lambda gpu: SimpleNamespace(free=FREE_MB[gpu] * MIB),
    }
    for name, function in told.items():
        monkeypatch.setattr(pynvml, name, function)
    monkeypatch.setattr(device_service, "_driver_answers", lambda: True)
    monkeypatch.setattr(device_service, "_torch_has_cuda", lambda: True)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=4000 * MIB))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.mark.parametrize(
    ("device", "shown", "free"),
    [
        ("auto", None, 2000), ("cuda", None, 2000), ("cuda:1", None, 500), ("cuda:0", "1,0", 500),
        ("cuda", "GPU-b", 500), ("cuda:1", "GPU-b, GPU-a", 2000), ("cpu", None, 4000), ("mps", None, 4000),
        ("cuda:7", None, 4000), ("auto", "", 4000), ("auto", "GPU-x", 4000), ("cuda:1", "0", 4000),
    ],
)  # fmt: skip
def test_the_device_behind_a_setting_is_measured(
    monkeypatch: pytest.MonkeyPatch, two_gpus: None, device: str, shown: str | None, free: int
) -> None:
    if shown is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
    assert free_mb(device) == free


@pytest.mark.parametrize(
    ("shown", "torch_has_cuda", "found"),
    [(None, True, "cuda"), ("", True, "cpu"), ("GPU-b", True, "cuda"), ("9", True, "cpu"), (None, False, "cpu")],
)
def test_auto_is_a_gpu_where_the_driver_shows_one_and_torch_can_use_it(
    monkeypatch: pytest.MonkeyPatch, two_gpus: None, shown: str | None, torch_has_cuda: bool, found: str
) -> None:
    monkeypatch.setattr(device_service, "_torch_has_cuda", lambda: torch_has_cuda)
    if shown is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
    assert expected_device("auto") == found
    assert expected_device("cuda:1") == "cuda:1" and expected_device("cpu") == "cpu"


def test_without_a_driver_it_is_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_service, "_driver_answers", lambda: False)
    assert expected_device("auto") == resolve_device("auto") == "cpu"
    assert 0 < free_mb("auto") <= psutil.virtual_memory().total // MIB


def test_asking_does_not_import_torch() -> None:
    code = (
        "import sys; from engine.models.device import expected_device, free_mb;"
        " expected_device('auto'), free_mb('auto'); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
