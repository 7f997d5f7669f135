"""What a text wants of the labels of a library: what it names, and what the rest of it means."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from engine.tag.search.labels import terms
from engine.tag.search.meaning import Meanings
from engine.tag.search.query import Query, Vocabulary
from engine.tag.sentences import SentenceEncoder

BESIDE, REFUSED = 0.5, 0.5
"""How much the meaning of a text counts beside words that were known, and of one that is refused."""


class Words:
    """What a worker keeps between searches of one library: the words for the labels that its tracks have, by their ids,
    and once an `encoder` is there their meanings."""

    def __init__(self, had: Sequence[str], encoder: SentenceEncoder | None = None) -> None:
        named, scenes = terms(had)
        self._vocabulary = Vocabulary(named, scenes)
        self._terms, self._encoder = (*named, *scenes), encoder

    @property
    def has_encoder(self) -> bool:
        return self._encoder is not None

    @cached_property
    def _meanings(self) -> Meanings | None:
        """For the first text that needs it."""
        return Meanings(self._terms, self._encoder) if self._encoder else None

    def read(self, text: str) -> Query:
        """What `text` asks for; what only labels mean that are not had stays in its rest."""
        return self._vocabulary.read(text)

    def weights(self, query: Query) -> Mapping[str, float]:
        """Label -> how much of it is wanted, below 0 where it is not."""
        found: dict[str, float] = defaultdict(float, query.said)
        for text, factor in ((query.rest, BESIDE if query.said else 1.0), (query.refused, -REFUSED)):
            if text and self._meanings is not None:
                for label, share in self._meanings.shares(text).items():
                    found[label] += factor * share
        return dict(found)
