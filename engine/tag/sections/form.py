"""Where the sections of a piece begin, and which of them are the same music."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.tag.harmony.texture import Texture
from engine.tag.sections.bars import bars_of
from engine.tag.sections.similarity import Matrix, cosine, nearness, repetition_changes

FEWEST_BARS = 8
"""A sound of fewer bars has no form."""
_SPECTRUM = 0.8
"""What the spectrum counts beside the harmony."""
_NEAR_BARS = 7
"""Within a section bars so far from each other are compared."""
_LONGEST_BARS = 36
_UNUSUAL, _UNEVEN, _ODD = 0.08, 0.4, 0.8
"""What it costs when a section's bars are a multiple of 4 but not of 8, of 2 only, or odd."""
_CHANGE, _USUAL_CHANGE = 0.22, 0.8
"""What a change of what is repeated is worth beside how much the bars of a section are alike, and how much of the usual
change is not worth a section."""
_SAME_HARMONY, _SAME_SOUND = 0.35, 0.0


@dataclass(frozen=True)
class HeardSection:
    """From second `start_s` to `end_s`. Sections with one letter in their `label` are the same music; A' sounds unlike
    A, A'' unlike both."""

    start_s: float
    end_s: float
    label: str


def sections_in(texture: Texture, downbeats_s: Sequence[float] = ()) -> tuple[HeardSection, ...]:
    """The sections, one after the other from 0 to the end; empty for a sound of less than FEWEST_BARS bars.

    They begin with bars where `downbeats_s` has them, else at multiples of two seconds.
    """
    if not len(texture.chroma):
        return ()
    bars = bars_of(texture, downbeats_s)
    if len(bars.starts_s) < FEWEST_BARS:
        return ()
    harmony = cosine(bars.chroma)
    alike = (1 - _SPECTRUM) * nearness(bars.chroma) + _SPECTRUM * nearness(bars.bands)
    firsts = boundaries(alike, repetition_changes(harmony))
    labels = labelled([*firsts, len(alike)], harmony, cosine(bars.bands))
    edges = [*(round(float(bars.starts_s[first]), 2) for first in firsts), round(texture.duration_s, 2)]
    return tuple(HeardSection(start, end, label) for (start, end), label in zip(pairwise(edges), labels, strict=True))


def boundaries(alike: Matrix, changes: NDArray[np.float64]) -> list[int]:
    """The first bar of each section: those that together make sections that are alike within, begin where what is
    repeated changes, and are as long as sections usually are.

    The search is that of A. Marmoret, J. Cohen, F. Bimbot, "Barwise music structure analysis with the correlation block
    matching segmentation algorithm" (2023).
    """
    count = len(alike)
    apart = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    near = np.where((apart > 0) & (apart <= _NEAR_BARS), alike, 0).astype(np.float64)
    sums = np.zeros((count + 1, count + 1))
    sums[1:, 1:] = near.cumsum(axis=0).cumsum(axis=1)
    worth = _CHANGE * (changes - _USUAL_CHANGE * changes.mean())
    worth[0] = 0.0
    best, before = np.zeros(count + 1), np.zeros(count + 1, int)
    for end in range(1, count + 1):
        starts = np.arange(max(0, end - _LONGEST_BARS), end)
        lengths = end - starts
        within = sums[end, end] - sums[starts, end] - sums[end, starts] + sums[starts, starts]
        value = best[starts] + within / lengths - _cost(lengths) + worth[starts]
        chosen = int(value.argmax())
        best[end], before[end] = value[chosen], starts[chosen]
    firsts, end = list[int](), count
    while end > 0:
        end = int(before[end])
        firsts.append(end)
    return firsts[::-1]


def _cost(lengths: NDArray[np.int_]) -> NDArray[np.float64]:
    return np.select([lengths % 8 == 0, lengths % 4 == 0, lengths % 2 == 0], [0.0, _UNUSUAL, _UNEVEN], default=_ODD)


def labelled(edges: Sequence[int], harmony: Matrix, sound: Matrix) -> list[str]:
    """Labels of the sections between `edges`: a letter for the harmony, primes where the sound of it is another."""
    spans = list(pairwise(edges))
    letters, primes = list[int](), list[int]()
    for here, span in enumerate(spans):
        found = [_recurrence(harmony, other, span) for other in spans[:here]]
        letter = _best(found, letters, _SAME_HARMONY)
        same = [at for at in range(here) if letters[at] == letter]
        letters.append(letter)
        close = [_mean(sound, spans[at], span) for at in same]
        primes.append(_best(close, [primes[at] for at in same], _SAME_SOUND))
    return [_letter(letter) + "'" * prime for letter, prime in zip(letters, primes, strict=True)]


def _best(found: Sequence[float], labels: Sequence[int], least: float) -> int:
    """The label whose sections resemble this one most, or the next new one."""
    means = {
        label: float(np.mean([value for value, other in zip(found, labels, strict=True) if other == label]))
        for label in set(labels)
    }
    label = max(means, key=lambda one: means[one], default=0)
    return label if means and means[label] >= least else len(means)


def _recurrence(alike: Matrix, one: tuple[int, int], other: tuple[int, int]) -> float:
    """How alike two sections are bar by bar, the shorter one moved along the longer one to where it fits best."""
    block = alike[one[0] : one[1], other[0] : other[1]]
    if block.shape[0] > block.shape[1]:
        block = block.T
    short, long = block.shape
    return max(float(np.mean(block[np.arange(short), np.arange(short) + lag])) for lag in range(long - short + 1))


def _mean(alike: Matrix, one: tuple[int, int], other: tuple[int, int]) -> float:
    return float(alike[one[0] : one[1], other[0] : other[1]].mean())


def _letter(number: int) -> str:
    """A to Z, then AA, AB and so on."""
    return chr(ord("A") + number) if number < 26 else _letter(number // 26 - 1) + _letter(number % 26)
