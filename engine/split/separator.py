"""What every separation engine offers to the runner."""

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.context import Engine

if TYPE_CHECKING:
    from collections.abc import Callable

Mixes = NDArray[np.float32]
"""float32 [batch, 2, samples]."""
Estimates = NDArray[np.float32]
"""float32 [batch, stems, 2, samples]."""


class Separator(Engine, Protocol):
    """A loaded model. `sources`, `rate_hz` and `window` hold after `load`."""

    sources: tuple[str, ...]
    rate_hz: int
    window: int
    """Samples of one window."""
    facts: dict[str, str]
    """What the record tells: `runtime`, `precision`, `device`."""

    def separate(self, mix: Mixes, tick: "Callable[[], None]" = ...) -> Estimates:
        """The stems of windows, each at most `window` long, in the order of `sources`.

        `tick` is called now and then and may raise to stop. Raises RuntimeError after `dispose`.
        """
