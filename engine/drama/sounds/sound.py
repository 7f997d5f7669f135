"""What a sound is. Light: the server lists them."""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["ambience", "effect"]


@dataclass(frozen=True)
class Sound:
    """A sound that can stand on the timeline.

    `id`: `made:rain` for a synthesiser of ours, `ambience:nature/forest` for a file of a package, `own:NAME.wav` for
    one of the user's folder. `tags`: canonical English words of what it is (`rain`, `door-slam`), the first one first.
    `loops`: it goes on for as long as is wanted. `parameters`: name -> (lowest, usual, highest) of a synthesiser.
    `quality`: which of several sounds of one tag comes first, 0 to 1.
    """

    id: str
    kind: Kind
    tags: tuple[str, ...]
    loops: bool
    duration_s: float | None = None
    """None: as long as is wanted, or not known before it was decoded."""
    credit: str = ""
    licence: str = ""
    model: str | None = None
    """Row of the model catalogue that holds its file."""
    parameters: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    quality: float = 1.0
    title: str = ""
    """Name of the user's own file; others are called by their tag."""
