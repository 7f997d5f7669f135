"""Which descriptors stand out: a sound's vector against those of the sentences."""

from dataclasses import dataclass
from itertools import groupby
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.tag.descriptors.bank import DescriptorBank

TOP = 5
LEAST = 0.8
"""The very sentence of a descriptor, under as much noise, reaches 0.82 or more in its own category."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Match:
    """A descriptor of the bank, by `category` and `name`, its id. `score` 0 to 1 says how far it stands out in its own
    category, 0.5 at its mean; it is no probability that the word is right. `above_mean`: its cosine less the category's
    mean cosine."""

    name: str
    category: str
    score: float
    above_mean: float
    source: Literal["clamp3"] = "clamp3"


def ranked(
    audio: Vectors, texts: Vectors, bank: DescriptorBank, *, top: int = TOP, least: float = LEAST
) -> tuple[Match, ...]:
    """At most `top` descriptors of each category with a `score` of `least` or more, the clearest first.

    audio: [width]; texts: [descriptors, width], in the bank's order; neither need be normalised. Cosines between music
    and sentences lie close together and high, so what counts is how many standard deviations one lies above the mean of
    its category, as the normal distribution sees it: unlike a softmax that does not depend on how many descriptors a
    category has, nor on a temperature that would have to be learnt.
    """
    cosines = _normal(texts) @ _normal(audio[None])[0]
    found: list[Match] = []
    at = 0
    for category, group in groupby(bank.descriptors, lambda one: one.category):
        descriptors = list(group)
        own = cosines[at : at + len(descriptors)]
        at += len(descriptors)
        lifts = own - own.mean()
        deviation = max(float(lifts.std()), 1e-9)
        matches = [
            Match(one.id, category, NormalDist().cdf(float(lift) / deviation), float(lift))
            for one, lift in zip(descriptors, lifts, strict=True)
        ]
        matches.sort(key=lambda match: -match.above_mean)
        found += [match for match in matches[:top] if match.score >= least]
    return tuple(found)


def _normal(rows: Vectors) -> NDArray[np.float64]:
    """Each of length 1, or 0 where it was."""
    wide = rows.astype(np.float64)
    normal: NDArray[np.float64] = wide / np.maximum(np.linalg.norm(wide, axis=-1, keepdims=True), 1e-12)
    return normal
