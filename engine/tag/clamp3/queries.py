"""Any text as a vector beside those of sounds, in a worker that has little memory for it."""

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import invalid
from engine.models.device import threads_of_torch
from engine.tag.clamp3.files import ClampFiles
from engine.tag.clamp3.text import ClampTokenizer
from engine.tag.clamp3.tower import WORDS, read_state, tower_of

KEPT = 256
"""Vectors of texts that were asked for last."""


class QueryEncoder:
    """The text tower without its word pieces, 344 MB: of the 768 MB that these take on disk, only those are read that a
    text has. Raises INVALID_INPUT `checkpoint_unreadable`."""

    def __init__(self, files: ClampFiles) -> None:
        self._tokenizer = ClampTokenizer(files.tokenizer)
        state = read_state(files.weights, "text")
        words = state.get(WORDS)
        if words is None or words.dim() != 2 or len(words) != self._tokenizer.size:
            raise invalid("checkpoint_unreadable", file=files.weights.name, reason=f"-{WORDS}")
        self._words = words
        self._tower = tower_of({**state, WORDS: words[:2].clone()}, "text", files.weights)
        self.vector = lru_cache(KEPT)(self._vector)

    def _vector(self, text: str) -> NDArray[np.float32]:
        """float32 [width], length 1."""
        rows = self._words[torch.tensor(self._tokenizer.ids(text))]
        with threads_of_torch(1):  # a few words are not worth waiting for others
            found: NDArray[np.float32] = self._tower(rows).numpy()
        return found / np.float32(max(float(np.linalg.norm(found)), 1e-12))
