"""Free memory by the driver's library, without torch."""

import ctypes
from typing import Any

import psutil
import pytest

from engine.models import gpu_memory
from engine.models.gpu_memory import GIB, device_free_gb


class Nvml:
    """Two GPUs, of which the second also goes by a name; what is free on them, GiB."""

    free_gb = (2.0, 0.5)
    names = (b"GPU-a", b"GPU-b")

    def nvmlDeviceGetHandleByIndex_v2(self, index: Any, handle: Any) -> int:  # noqa: N802
        return self._found(index.value, handle)

    def nvmlDeviceGetHandleByUUID(self, name: bytes, handle: Any) -> int:  # noqa: N802
        return self._found(self.names.index(name) if name in self.names else 9, handle)

    def _found(self, index: int, handle: Any) -> int:
        if index >= len(self.free_gb):
            return 6  # NVML_ERROR_NOT_FOUND
        handle._obj.value = index + 1
        return 0

    def nvmlDeviceGetMemoryInfo(self, handle: ctypes.c_void_p, memory: Any) -> int:  # noqa: N802
        memory._obj.free = int(self.free_gb[(handle.value or 0) - 1] * GIB)
        return 0


@pytest.mark.parametrize(
    ("device", "shown", "free_gb"),
    [
        ("auto", None, 2.0), ("cuda", None, 2.0), ("cuda:1", None, 0.5), ("cuda:0", "1,0", 0.5), ("cuda", "GPU-b", 0.5),
        ("cpu", None, 4.0), ("mps", None, 4.0), ("cuda:7", None, 4.0), ("auto", "", 4.0), ("auto", "GPU-x", 4.0),
    ],
)  # fmt: skip
def test_the_device_behind_a_setting_is_measured(
    monkeypatch: pytest.MonkeyPatch, device: str, shown: str | None, free_gb: float
) -> None:
    monkeypatch.setattr(gpu_memory, "_nvml", Nvml)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 4 * GIB}))
    if shown is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
    assert device_free_gb(device) == free_gb


def test_without_a_driver_it_is_main_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_memory, "_nvml", lambda: None)
    assert 0 < device_free_gb("auto") <= psutil.virtual_memory().total / GIB
