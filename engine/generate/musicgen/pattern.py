"""The delay pattern: codebook q of frame t stands at sequence step t + 1 + delay[q]; step 0 is all special."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
"""[batch, codebooks, frames]"""


@dataclass(frozen=True)
class DelayPattern:
    """For `frames` frames; what stands outside of them is the token `special`."""

    delays: tuple[int, ...]
    frames: int
    special: int

    @property
    def steps(self) -> int:
        return self.frames + max(self.delays) + 1

    def valid(self, step: int) -> NDArray[np.bool_]:
        """[codebooks]: which of them carry a code at `step`."""
        frame = step - 1 - np.asarray(self.delays)
        return (frame >= 0) & (frame < self.frames)

    def column(self, codes: Codes, step: int) -> NDArray[np.int64]:
        """The tokens at `step`, [batch, codebooks]."""
        tokens = np.full(codes.shape[:2], self.special, np.int64)
        for book, delay in enumerate(self.delays):
            frame = step - 1 - delay
            if 0 <= frame < self.frames:
                tokens[:, book] = codes[:, book, frame]
        return tokens

    def complete(self, step: int) -> int:
        """How many frames have all of their codes once `step` is written."""
        return max(0, min(self.frames, step - max(self.delays)))
