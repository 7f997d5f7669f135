"""What a job is given of the library."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Stem:
    """A stem of an input: its file, and its length in samples as the track's record says it."""

    path: Path
    samples: int


@dataclass(frozen=True)
class Input:
    """What stands behind an AudioInput key: its file, what people call it, and its stems by name.

    Its channel layout is not among it: every opened file tells it from its header.
    """

    path: Path
    title: str = ""
    stems: dict[str, Stem] = field(default_factory=dict)
