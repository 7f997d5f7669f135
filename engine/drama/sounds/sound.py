"""What a sound is. Light: the server lists them."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Sound:
    """A sound that can stand on the timeline.

    `id`: `made:rain` for a synthesiser of ours, `ambience:nature/forest` for a file of a package, `own:NAME.wav` for
    one of the user's folder. `tags`: canonical English words of what it is (`rain`, `door`). `parameters`: name ->
    (lowest, usual, highest) of a synthesiser.
    """

    id: str
    kind: Literal["ambience", "effect"]
    tags: tuple[str, ...]
    loops: bool
    duration_s: float | None = None
    """None: as long as is wanted."""
    credit: str = ""
    licence: str = ""
    model: str | None = None
    """Row of the model catalogue that holds its file."""
    parameters: dict[str, tuple[float, float, float]] = field(default_factory=dict)
