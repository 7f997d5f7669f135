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
        frame = self._frame(step)
        return (frame >= 0) & (frame < self.frames)

    def column(self, codes: Codes, step: int) -> NDArray[np.int64]:
        """The tokens at `step`, [batch, codebooks]."""
        tokens = np.full(codes.shape[:2], self.special, np.int64)
        books = np.flatnonzero(self.valid(step))
        tokens[:, books] = codes[:, books, self._frame(step)[books]]
        return tokens

    def put(self, tokens: NDArray[np.int64], step: int, codes: Codes, given: int) -> None:
        """Write the tokens of `step`, [batch, codebooks], to their frames; those of the first `given` stay."""
        frame = self._frame(step)
        books = np.flatnonzero(self.valid(step) & (frame >= given))
        codes[:, books, frame[books]] = tokens[:, books]

    def _frame(self, step: int) -> NDArray[np.int64]:
        frame: NDArray[np.int64] = step - 1 - np.asarray(self.delays)
        return frame

    def complete(self, step: int) -> int:
        """How many frames have all of their codes once `step` is written."""
        return max(0, min(self.frames, step - max(self.delays)))
