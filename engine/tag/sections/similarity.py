"""How much the bars of a piece resemble each other."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Matrix = NDArray[np.float32]
"""[bars, bars], symmetric."""

_DIAGONAL = 5
"""Bars in a row that must come again to count as a repetition."""
_NEIGHBOURS = 8
"""One in so many bars is taken for a repetition of a bar."""
_BLUR_BARS, _BLUR_LAGS = 2.0, 0.5


def cosine(features: NDArray[np.float64]) -> Matrix:
    """Of the features [bars, n] as they differ from their mean."""
    apart = features - features.mean(axis=0)
    apart /= np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9)
    return np.asarray(apart @ apart.T, np.float32)


def nearness(features: NDArray[np.float64]) -> Matrix:
    """1 where bars are the same, 1/e where they lie as far apart as two bars usually do."""
    squares = np.square(features).sum(axis=1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * features @ features.T, 0))
    usual = float(np.median(apart[np.triu_indices(len(features), 1)])) if len(features) > 1 else 1.0
    return np.asarray(np.exp(-apart / max(usual, 1e-9)), np.float32)


def repetition_changes(alike: Matrix) -> NDArray[np.float64]:
    """[bars]: how much what comes again, and how far away, changes with a bar, in standard deviations from 0.

    The structure features of J. Serra, M. Muller, P. Grosche, J. Ll. Arcos, "Unsupervised music structure annotation by
    time series structure features and segment similarity" (2014).
    """
    count = len(alike)
    rows = sum(np.roll(alike, (shift, shift), axis=(0, 1)) for shift in range(-(_DIAGONAL // 2), _DIAGONAL // 2 + 1))
    nearest = np.sort(rows, axis=1)[:, -max(2, count // _NEIGHBOURS)]
    again = rows >= np.maximum(nearest[:, None], nearest)
    lags = np.zeros((count, 2 * count), np.float32)
    here, there = np.nonzero(again)
    lags[here, (there - here) % (2 * count)] = 1
    blurred = gaussian_filter(lags, (_BLUR_BARS, _BLUR_LAGS), mode=("nearest", "wrap"))
    change = np.concatenate([[0.0], np.sqrt(np.square(np.diff(blurred, axis=0)).sum(axis=1))])
    return np.asarray(change / (change.std() + 1e-9))
