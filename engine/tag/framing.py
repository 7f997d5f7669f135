"""A sound that comes in blocks as overlapping frames, centred on every hop."""

import numpy as np
from numpy.typing import NDArray

from engine.tag.listener import Mono

Frames = NDArray[np.float32]
"""[frames, size], a view."""


class Framer:
    """Frame i reaches from `size` // 2 samples before sample i · `hop` on; silence lies before and behind the sound.

    Frames come in groups of `at_once`, whatever the blocks, so that what is computed of a group is the same to the last
    bit however the sound is cut.
    """

    def __init__(self, size: int, hop: int, at_once: int) -> None:
        self.size, self.hop, self.at_once = size, hop, at_once
        self.samples = 0
        """How many were added."""
        self._given = 0
        self._blocks = [np.zeros(size // 2, np.float32)]
        self._waiting = size // 2
        """Samples in `_blocks`; below 0, so many of the next lie before the next frame."""

    def add(self, samples: Mono) -> list[Frames]:
        """The next samples; returns the groups that are complete with them."""
        self.samples += len(samples)
        self._keep(samples)
        complete = (self._waiting - self.size) // self.hop + 1
        return self._take(complete // self.at_once * self.at_once)

    def finish(self, frames: int | None = None) -> list[Frames]:
        """The rest, so that there were `frames` in all: by default one for every hop that was begun."""
        missing = (-(-self.samples // self.hop) if frames is None else frames) - self._given
        self._keep(np.zeros(max(0, (missing - 1) * self.hop + self.size - self._waiting), np.float32))
        return self._take(missing)

    def _keep(self, samples: Mono) -> None:
        self._blocks.append(samples[max(0, -self._waiting) :])
        self._waiting += len(samples)

    def _take(self, count: int) -> list[Frames]:
        if count <= 0:
            return []
        sound = np.concatenate(self._blocks)
        frames = np.lib.stride_tricks.sliding_window_view(sound, self.size)[:: self.hop][:count]
        self._blocks = [sound[count * self.hop :].copy()]
        self._waiting -= count * self.hop
        self._given += count
        return [frames[first : first + self.at_once] for first in range(0, count, self.at_once)]
