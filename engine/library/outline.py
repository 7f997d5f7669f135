"""A waveform small enough for a row of a list."""

from collections.abc import Sequence
from itertools import pairwise

POINTS = 60
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def outline(peaks: Sequence[Sequence[float]]) -> str:
    """The loudest sample of each of POINTS stretches, of `peaks` [maxima, minima] within ±1: a digit of base 36 each.

    The highest becomes `z`, so that soft tracks have a shape too; silence is all `0`, no samples are no digits.
    """
    levels = [max(high, -low, 0.0) for high, low in zip(*peaks, strict=True)]
    if not levels:
        return ""
    starts = [len(levels) * point // POINTS for point in range(POINTS + 1)]
    heights = [max(levels[first : max(last, first + 1)]) for first, last in pairwise(starts)]
    scale = (len(_DIGITS) - 1) / (max(heights) or 1.0)
    return "".join(_DIGITS[round(scale * height)] for height in heights)
