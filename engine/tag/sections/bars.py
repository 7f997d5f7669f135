"""What each bar of a sound is like: its harmony in quarters of a bar, its spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.tag.harmony.chroma import CHROMA_PER_S
from engine.tag.harmony.texture import Texture

BAR_S = 2.0
"""A bar where no downbeats are known."""
MOST = 1500
"""More bars than that are taken together, two by two and so on: six hours need no more memory than ten minutes."""
_PARTS = 4
_RANGE_DB = 70.0
_FEWEST_DOWNBEATS = 8


@dataclass(frozen=True)
class Bars:
    """`starts_s` [bars], from 0; `chroma` [bars, 4 * 24]; `bands` [bars, bands], dB. `together`: how many bars of the
    music one of them is."""

    starts_s: NDArray[np.float64]
    chroma: NDArray[np.float64]
    bands: NDArray[np.float64]
    together: int


def bars_of(texture: Texture, downbeats_s: Sequence[float]) -> Bars:
    """The bars from the beginning to the end, those before the first downbeat and behind the last at their distance."""
    duration_s = texture.duration_s
    starts = _starts(np.asarray(downbeats_s, float), duration_s)
    together = -(-len(starts) // MOST)
    starts = starts[::together]
    edges = np.append(starts, max(duration_s, starts[-1] + 1e-3))
    quarters = np.concatenate([np.linspace(edges[:-1], edges[1:], _PARTS, endpoint=False).T.ravel(), edges[-1:]])
    bands = np.maximum(texture.bands_db, texture.bands_db.max(initial=-np.inf) - _RANGE_DB)
    chroma = _means(texture.chroma, quarters).reshape(len(starts), -1)
    return Bars(starts, chroma, _means(bands, edges), together)


def _starts(downbeats_s: NDArray[np.float64], duration_s: float) -> NDArray[np.float64]:
    if len(downbeats_s) < _FEWEST_DOWNBEATS:
        return np.arange(0.0, max(duration_s, BAR_S), BAR_S)
    bar_s = float(np.median(np.diff(downbeats_s)))
    first, last = float(downbeats_s[0]), float(downbeats_s[-1])
    before = first - bar_s * np.arange(int(first // bar_s), 0, -1)
    behind = last + bar_s * np.arange(1, int((duration_s - last) // bar_s) + 1)
    starts = np.concatenate([before, downbeats_s, behind])
    if starts[0] > 0.3 * bar_s:
        return np.insert(starts, 0, 0.0)
    starts[0] = 0.0
    return starts


def _means(frames: NDArray[np.float32], edges_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Frames, CHROMA_PER_S each second, averaged between one edge and the next; of each at least one."""
    sums = np.concatenate([np.zeros((1, frames.shape[1])), np.cumsum(frames, axis=0, dtype=np.float64)])
    at = np.clip(np.rint(edges_s * CHROMA_PER_S).astype(int), 0, len(frames))
    first = np.minimum(at[:-1], len(frames) - 1)
    end = np.maximum(at[1:], first + 1)
    means: NDArray[np.float64] = (sums[end] - sums[first]) / (end - first)[:, None]
    return means
