"""How loud a sound is, tenth by tenth of a second, to be compared with another."""

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.audio.block import Regrouper
from engine.tag.listener import Mono

_RATE_HZ = 16_000
_FRAME = _RATE_HZ // 10
_SILENT = 10 ** (-70 / 10)
ACTIVE = 10 ** (-30 / 10)
"""A stem is heard where its power is more than this share of the mean of what sounds of the whole."""


@dataclass(frozen=True)
class LevelCurve:
    """`power`: the mean square of each tenth of a second, [frames]."""

    power: NDArray[np.float32]

    def against_db(self, whole: "LevelCurve") -> float | None:
        """Its level less that of the whole, dB; None for silence."""
        own, all_of_it = float(self.power.sum()), float(whole.power.sum())
        return float(10 * np.log10(own / all_of_it)) if own > _SILENT * len(self.power) and all_of_it else None

    def active_share(self, whole: "LevelCurve") -> float:
        """Share of what sounds of the whole in which this is heard, 0 to 1."""
        sounding = whole.power > _SILENT
        if not sounding.any():
            return 0.0
        least = max(_SILENT, ACTIVE * float(whole.power[sounding].mean()))
        return min(1.0, float(np.count_nonzero(self.power > least)) / float(np.count_nonzero(sounding)))


class LevelListener:
    """Implements `Listener[LevelCurve]`: keeps one figure of each tenth of a second."""

    rate_hz = _RATE_HZ

    def __init__(self) -> None:
        self._blocks = Regrouper(_FRAME)
        self._power = array("f")

    def add(self, samples: Mono) -> None:
        for block in self._blocks.add(samples[None]):
            self._power.append(float(np.square(block, dtype=np.float64).mean()))

    def result(self) -> LevelCurve:
        for rest in self._blocks.finish():
            self._power.append(float(np.square(rest, dtype=np.float64).mean()))
        return LevelCurve(np.array(self._power, np.float32))
