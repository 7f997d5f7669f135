"""The device that models run on: which it is, what is free on it, and in what numbers it computes.

Importing this stays light: the server asks the driver, by NVML, and never imports torch. Without a driver everything
is the processor's.
"""

import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pynvml

if TYPE_CHECKING:
    import torch

MIB = 2**20
PRECISIONS = ("fp32", "bf16", "fp16")


def expected_device(device: str) -> str:
    """What `resolve_device` will most likely say, asked of the driver: for a process that must not import torch."""
    if device != "auto":
        return device
    return "cuda" if _gpu("cuda") is not None and _torch_has_cuda() else "cpu"


def resolve_device(device: str) -> str:
    """`auto` becomes cuda where there is one that torch can use, else cpu; anything else is taken at its word.

    An Apple GPU (mps) is used only when asked for: no model here has been run on one yet. torch, which takes a second
    and 150 MB, is imported only where there may be a GPU.
    """
    found = expected_device(device)
    if device != "auto" or found == "cpu":
        return found
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def free_mb(device: str) -> int:
    """Memory that is free on a device now, MiB: `auto`, `cpu`, `mps`, `cuda` or `cuda:N`.

    Main memory, unless it is an Nvidia GPU that the driver knows.
    """
    device = expected_device(device)
    if device.startswith("cuda"):
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_initialized():  # it has the order of the GPUs from CUDA itself
            return int(torch.cuda.mem_get_info(device)[0] // MIB)
        with contextlib.suppress(pynvml.NVMLError):
            if (gpu := _gpu(device)) is not None:
                return int(pynvml.nvmlDeviceGetMemoryInfo(gpu).free // MIB)
    return int(psutil.virtual_memory().available // MIB)


def empty_cache() -> None:
    """Give memory that torch keeps for later back to the device, where torch is in use."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def usable_precision(wanted: str, device: str) -> str:
    """One of PRECISIONS: what `wanted`, or auto, comes to on a device, as `resolve_device` names it.

    A processor multiplies float16 many times slower than float32, so there fp16 means the 16 bits that it knows. The
    choice looks at what the device is, never at a clock: the same input gives the same bytes. Raises ValueError for
    another name.
    """
    import torch

    if wanted not in (*PRECISIONS, "auto"):
        raise ValueError(f"no precision is called {wanted}")
    if device == "cpu":
        fast = "bf16" if _processor_has_bf16() else "fp32"
        return fast if wanted in ("auto", "fp16") else wanted
    if device.startswith("cuda") and wanted in ("auto", "bf16"):
        native = torch.cuda.get_device_capability(device) >= (8, 0)
        return "bf16" if native else "fp16"
    return "fp32" if wanted == "auto" else wanted


def torch_dtype(precision: str) -> "torch.dtype":
    """The numbers of one of PRECISIONS."""
    import torch

    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]


@contextlib.contextmanager
def threads_of_torch(count: int) -> Iterator[None]:
    """Let each call of torch use so many threads of the processor; afterwards as many as before."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _processor_has_bf16() -> bool:
    """Instructions that multiply bfloat16; without them it is emulated, slower than float32."""
    import torch

    checks = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(check is not None and check() for check in checks)


@cache
def _driver_answers() -> bool:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return False
    return True


def _gpu(device: str) -> Any:
    """The driver's handle of what CUDA calls `cuda` or `cuda:N`, by CUDA_VISIBLE_DEVICES; None where there is none."""
    if not _driver_answers():
        return None
    number = int(device.partition(":")[2] or 0)
    shown = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = [str(number)] if shown is None else [name.strip() for name in shown.split(",")][number : number + 1]
    with contextlib.suppress(pynvml.NVMLError):
        for name in names:
            by_index = name.isdecimal()
            return pynvml.nvmlDeviceGetHandleByIndex(int(name)) if by_index else pynvml.nvmlDeviceGetHandleByUUID(name)
    return None


@cache
def _torch_has_cuda() -> bool:
    """Seen without importing it: its builds for processors lack the library."""
    spec = importlib.util.find_spec("torch")
    return spec is not None and any((Path(spec.origin or "").parent / "lib").glob("*torch_cuda*"))
