"""How long the windows are that a network works on, by the memory that is free."""

from dataclasses import dataclass

GIB = 2**30


@dataclass(frozen=True)
class Tier:
    """`window_s`: length of an outer window; `jobs`: how many may work at once; `offload`: parts wait in main memory;
    `precision`: what auto is taken as, where the tier decides."""

    window_s: float
    jobs: int
    offload: bool = False
    precision: str | None = None


def tier(free_gb: float) -> Tier:
    """The tier of so much free memory, GiB: over 8 is roomy, under 4 is tight; between them 15 to 20 s, by memory."""
    if free_gb > 8:
        return Tier(30.0, 2)
    if free_gb >= 4:
        return Tier(15.0 + 5.0 * (free_gb - 4) / 4, 1)
    return Tier(5.0, 1, offload=True, precision="fp16")


def free_gb(device: str, simulated_gb: float | None = None) -> float:
    """Memory that the device has free, GiB, measured; `simulated_gb` in its place where it is given."""
    if simulated_gb is not None:
        return simulated_gb
    if device.startswith("cuda"):
        import torch

        return float(torch.cuda.mem_get_info(device)[0]) / GIB
    import psutil

    return float(psutil.virtual_memory().available) / GIB
