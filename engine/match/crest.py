"""The ceiling at which a sound has a wanted crest factor, from what it is in front of its limiter.

A limiter whose loss of loudness is made up for changes a sound's mean power hardly, and cuts its peaks off at one
level: so the ceiling is known before anything is limited.
"""

import numpy as np

from engine.audio.block import Audio
from engine.match.style import MAX_LOWERED_DB, LimiterSettings

_LOWEST_DBTP = -20.0


class CrestMeter:
    """Peak and mean power of each channel of a stream."""

    def __init__(self, channels: int) -> None:
        self._peaks, self._sums, self._samples = np.zeros(channels), np.zeros(channels), 0

    def add(self, block: Audio) -> None:
        """The next block, float32 [channels, any]."""
        if block.shape[1]:
            self._peaks = np.maximum(self._peaks, np.maximum(block.max(axis=1), -block.min(axis=1)))
            self._sums += np.einsum("cn,cn->c", block, block, dtype=np.float64)
            self._samples += block.shape[1]

    def ceiling_db(self, crest_db: float, gain_db: float, highest_db: float) -> float:
        """The peak, at most `highest_db`, at which what is louder by `gain_db` has this crest factor.

        Crest factors are means over the channels, as in `Dynamics.crest_db`; silent channels have none.
        """
        sounding = (self._sums > 0) & (self._peaks > 0)
        if not sounding.any():
            return highest_db
        peaks_db = 20 * np.log10(self._peaks[sounding]) + gain_db
        rms_db = 10 * np.log10(self._sums[sounding] / self._samples) + gain_db
        missing = crest_db + float(rms_db.mean())  # what the channels' peaks, each at most the ceiling, have for a mean
        order = np.sort(peaks_db)
        below = np.concatenate([[0.0], np.cumsum(order)])
        for under in range(len(order)):  # channels whose peaks lie under the ceiling anyway
            ceiling = (len(order) * missing - float(below[under])) / (len(order) - under)
            if ceiling <= order[under]:
                break
        else:
            return highest_db  # even uncut peaks are too low
        lowest = min(highest_db, float(order[-1])) - MAX_LOWERED_DB
        return min(highest_db, max(ceiling, lowest, _LOWEST_DBTP))


def under_crest(limiter: LimiterSettings | None, levels: CrestMeter, gain_db: float) -> LimiterSettings | None:
    """`limiter` with the ceiling that its crest factor asks for, and without one."""
    if limiter is None or limiter.crest_db is None:
        return limiter
    ceiling_db = levels.ceiling_db(limiter.crest_db, gain_db, limiter.tp_db)
    return limiter.model_copy(update={"tp_db": ceiling_db, "crest_db": None})
