"""Free memory of a device without torch, for the server process: it must never import that."""

import ctypes
import os
import sys
from functools import cache
from typing import Any

import psutil

GIB = 2**30


def device_free_gb(device: str) -> float:
    """Memory that jobs on a device could use now, GiB; `device` is the setting: auto, cpu, mps, cuda or cuda:N.

    With an Nvidia GPU it is the less of the GPU's and the main memory, through which every weight goes.
    """
    main = psutil.virtual_memory().available / GIB
    gpu = _gpu_free_gb(int(device.partition(":")[2] or 0)) if device == "auto" or device.startswith("cuda") else None
    return main if gpu is None else min(main, gpu)


class _Memory(ctypes.Structure):
    """nvmlMemory_t, bytes."""

    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


@cache
def _nvml() -> Any:
    """Nvidia's management library, which comes with the driver; None without one."""
    try:
        library = ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
        return library if library.nvmlInit_v2() == 0 else None
    except (OSError, AttributeError):
        return None


def _gpu_free_gb(number: int) -> float | None:
    """Of the GPU that CUDA calls `number`; None where the driver cannot say."""
    nvml = _nvml()
    if nvml is None:
        return None
    shown = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = [str(number)] if shown is None else [name.strip() for name in shown.split(",")][number : number + 1]
    handle, memory = ctypes.c_void_p(), _Memory()
    for name in names:
        if name.isdecimal():
            found = nvml.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(int(name)), ctypes.byref(handle))
        else:
            found = nvml.nvmlDeviceGetHandleByUUID(name.encode(), ctypes.byref(handle))
        if found == 0 and nvml.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)) == 0:
            return int(memory.free) / GIB
    return None
