"""What every upscaling engine offers to the runner."""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from engine.context import Engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.context import Audio


class Upscaler(Engine, Protocol):
    """A loaded model. `rate_hz`, `window` and `facts` hold after `load`."""

    rate_hz: int
    """Rate of its result."""
    grid: int
    """Samples at `rate_hz`: pieces of a longer sound must start at multiples of it."""
    facts: dict[str, Any]
    """What the record tells: device, precision, sampler, steps."""

    def restore(
        self,
        sound: "Audio",
        *,
        cutoff_hz: float,
        peak: float,
        seed: int,
        start: int | None,
        tick: "Callable[[float], None]",
    ) -> "Audio":
        """The model's full-band estimate of `sound`: the same shape, the same level, aligned to the sample.

        `sound`: float32 [channels, samples], already at `rate_hz`, with nothing above `cutoff_hz`. `peak`: of the whole
        file, so that all its windows have one gain. `start`: the sample of a longer sound at which this one begins, a
        multiple of `grid`; None where it is the whole. The same moment has the same noise, so that windows agree as far
        as they can where they overlap. `tick` is told the share that is done, after each step; what it raises ends the
        work. Raises RuntimeError after `dispose`.
        """


def twins(sound: "Audio") -> list[int]:
    """For each channel the first one that is the same, sample for sample: so each need be computed only once."""
    return [next(place for place, row in enumerate(sound) if np.array_equal(row, channel)) for channel in sound]
