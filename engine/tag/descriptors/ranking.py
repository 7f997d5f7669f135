"""Which descriptors stand out: a sound's vector against those of the sentences."""

from dataclasses import dataclass
from itertools import groupby
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.tag.descriptors.bank import DescriptorBank

LEAST = 0.8
"""The very sentence of a descriptor, under as much noise, reaches 0.82 or more in its own category."""
BY_CHANCE = 3.5
"""Standard deviations of what a direction by chance lies above the mean: once in 27 sounds one of 160 passes this."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Match:
    """A descriptor of the bank, by `category` and `name`, its id. `score` 0 to 1 says how far it stands out in its own
    category, 0.5 at its mean; it is no probability that the word is right."""

    name: str
    category: str
    score: float
    source: Literal["clamp3"] = "clamp3"


def cosines(audio: Vectors, texts: Vectors) -> Vectors:
    """float32 [descriptors]: of audio [width] to each of texts [descriptors, width]; neither need be normalised."""
    return np.asarray(_normal(texts) @ _normal(audio[None])[0], np.float32)


def ranked(audio: Vectors, texts: Vectors, bank: DescriptorBank, *, least: float = LEAST) -> tuple[Match, ...]:
    """The descriptors of each category with a `score` of `least` or more, the clearest first.

    audio: [width]; texts: [descriptors, width], in the bank's order; neither need be normalised. Cosines between music
    and sentences lie close together and high, so what counts is how many standard deviations one lies above the mean of
    its category, as the normal distribution sees it: unlike a softmax that does not depend on how many descriptors a
    category has, nor on a temperature that would have to be learnt. Some lie above the mean in whatever direction one
    looks, with untrained networks too, so none counts that is not BY_CHANCE times as far above it as it would be for a
    direction drawn at random.
    """
    sentences = _normal(texts)
    found: list[Match] = []
    at = 0
    for category, group in groupby(bank.descriptors, lambda one: one.category):
        descriptors = list(group)
        own = sentences[at : at + len(descriptors)]
        at += len(descriptors)
        apart = own - own.mean(axis=0)
        lifts = apart @ _normal(audio[None])[0]
        deviation = max(float(lifts.std()), 1e-9)
        by_chance = np.linalg.norm(apart, axis=1) / np.sqrt(audio.size)
        for place in np.argsort(-lifts, kind="stable"):
            score = NormalDist().cdf(float(lifts[place]) / deviation)
            if score >= least and lifts[place] >= BY_CHANCE * by_chance[place]:
                found.append(Match(descriptors[place].id, category, score))
    return tuple(found)


def _normal(rows: Vectors) -> NDArray[np.float64]:
    """Each of length 1, or 0 where it was."""
    wide = rows.astype(np.float64)
    normal: NDArray[np.float64] = wide / np.maximum(np.linalg.norm(wide, axis=-1, keepdims=True), 1e-12)
    return normal
