"""Where a model runs, and in what numbers it computes there."""

import ctypes
import sys

PRECISIONS = ("fp32", "bf16", "fp16")


def chosen(device: str) -> str:
    """`auto` becomes cuda where there is one, else cpu; anything else is taken at its word.

    An Apple GPU (mps) is used only when asked for: no model here has been run on one yet.
    """
    if device != "auto":
        return device
    if not _has_cuda_driver():
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _has_cuda_driver() -> bool:
    """Asked first, because importing torch takes a second and 150 MB."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def usable_precision(wanted: str, device: str) -> str:
    """One of PRECISIONS: what `wanted`, or auto, comes to on a device, as `chosen` names it.

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


def _processor_has_bf16() -> bool:
    """Instructions that multiply bfloat16; without them it is emulated, slower than float32."""
    import torch

    checks = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(check is not None and check() for check in checks)
