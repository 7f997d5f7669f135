"""Which labels and scenes come nearest to a text that names none."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.tag.search.labels import Term
from engine.tag.search.likeness import best
from engine.tag.sentences import SentenceEncoder

HOMONYMS = frozenset(["house", "rock", "metal", "soul", "trap", "country", "dry", "organ", "swing", "jungle", "club"])
"""What is also called so is no music: a text about a house does not mean house."""
FILLERS = ("music", "музык", "音乐")
"""`rock music` is like all that is called music."""
FROM, FULL = 0.3, 0.55
"""Likeness of a text to its nearest term: below the first it means none, from the second on it counts like a name."""
WITHIN = 0.12
"""How much less alike a term may be than the nearest one."""
SHARPNESS = 20.0
MOST = 6
"""Terms that one text can mean."""


class Meanings:
    """The words of terms as vectors, their mean taken off: what all of them share says nothing."""

    def __init__(self, terms: Sequence[Term], encoder: SentenceEncoder) -> None:
        self._encoder, self._terms = encoder, terms
        texts = [(at, word) for at, term in enumerate(self._terms) for word in term.words if _tells(word)]
        self._of = np.array([at for at, _ in texts], int)
        vectors = encoder.encode([word for _, word in texts])
        self._mean = vectors.mean(axis=0) if texts else np.float32(0)
        self._vectors = _at_length_1(vectors - self._mean)

    def alike(self, text: str) -> NDArray[np.float32]:
        """float32 [terms]: the cosine of `text` to the nearest word of each, -1 where a term wants nothing."""
        query = _at_length_1(self._encoder.encode([text]) - self._mean)[0]
        found = np.full(len(self._terms), -1, np.float32)
        np.maximum.at(found, self._of, self._vectors @ query)
        found[[not term.wants for term in self._terms]] = -1
        return found

    def shares(self, text: str) -> dict[str, float]:
        """Label -> how much of it `text` means, all of them together at most 1."""
        alike = self.alike(text)
        nearest = best(alike, MOST)
        if not len(nearest) or (top := float(alike[nearest[0]])) <= FROM:
            return {}
        close = [at for at in nearest if alike[at] > max(FROM, top - WITHIN)]
        parts = np.exp(SHARPNESS * (alike[close] - top))
        parts *= min(1.0, (top - FROM) / (FULL - FROM)) / parts.sum()
        shares: dict[str, float] = defaultdict(float)
        for at, part in zip(close, parts.tolist(), strict=True):
            for label, amount in self._terms[at].wants.items():
                shares[label] += part * amount
        return dict(shares)


def _tells(word: str) -> bool:
    return word not in HOMONYMS and not any(filler in word for filler in FILLERS)


def _at_length_1(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit
