"""From floats to whole numbers of 16 or 24 bits."""

import numpy as np
from numpy.typing import NDArray

from engine.audio.block import Audio

_SEED = 0


class Quantiser:
    """Rounds ±1 to signed integers of `bits`, scaled by 2^(bits-1), so what came from such a file returns bit by bit.

    At 16 bits, triangular (TPDF) dither of ±1 step makes the rounding error sound like faint steady noise instead of
    distortion. A block that lies on the 16-bit grid already (silence, a 16-bit source) is left as it is. The noise is
    drawn from a fixed seed: the same blocks give the same numbers.
    """

    def __init__(self, bits: int) -> None:
        self._scale = float(1 << (bits - 1))
        self._noise = np.random.default_rng(_SEED) if bits == 16 else None

    def __call__(self, audio: Audio) -> NDArray[np.int32]:
        """float32 [channels, samples] within ±1 -> int32 of the same shape."""
        steps = audio.astype(np.float64) * self._scale
        if self._noise is not None and not np.array_equal(steps, np.rint(steps)):
            steps += self._noise.random(steps.shape) - self._noise.random(steps.shape)
        return np.clip(np.rint(steps), -self._scale, self._scale - 1).astype(np.int32)

    def value(self, steps: NDArray[np.int32]) -> Audio:
        """What such numbers stand for, exactly: float32 of the same shape, within ±1."""
        return steps.astype(np.float32) / np.float32(self._scale)
