"""How long the windows are that a network works on, by the memory that is free."""

from dataclasses import dataclass


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
