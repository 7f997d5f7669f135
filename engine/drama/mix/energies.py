"""How loud a sound is from one tenth of a second to the next."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from engine.audio.block import Audio
from engine.audio.loudness_curve import HOP_S, LoudnessCurve, gated, lufs, running_mean


def energies(blocks: Iterable[Audio], rate_hz: int, channels: int) -> NDArray[np.float32]:
    """Rows for each tenth of a second, the last one filled up with silence; columns of `LoudnessCurve.steps`: the
    K-weighted energy first, the plain ones of the channels from the third on."""
    curve = LoudnessCurve(rate_hz, channels, peaks=False)
    for block in blocks:
        curve.add(block)
    hop = max(1, round(HOP_S * rate_hz))
    curve.add(np.zeros((channels, -curve.samples % hop), np.float32))
    return curve.steps().astype(np.float32)


def loudness_lufs(weighted: NDArray[np.floating]) -> float | None:
    """Gated loudness (BS.1770-4) from K-weighted energies; None under 0.4 s and for silence."""
    return gated(lufs(running_mean(np.asarray(weighted, np.float64), 4))) if len(weighted) >= 4 else None
