"""What is known of the places that answer to voices (`rooms.toml`). Light."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Room:
    """See `rooms.toml`."""

    rt60_s: float
    low: float
    high: float
    first_ms: float
    dense_ms: float
    reflections: int
    early_db: float
    wet_db: float


@cache
def rooms() -> dict[str, Room]:
    """By the names of `project.Reverb`, and two that voice effects have."""
    table = tomllib.loads(Path(__file__).with_name("rooms.toml").read_text(encoding="utf-8"))
    return {name: Room(**row) for name, row in table.items()}


def tail_s(name: str) -> float:
    """How long a place goes on answering after a voice has ended: until it is 60 dB down, at any pitch."""
    room = rooms().get(name)
    return 0.0 if room is None else room.first_ms / 1000 + room.rt60_s * max(1.0, room.low, room.high)
