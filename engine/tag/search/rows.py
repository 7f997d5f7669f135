"""The rows of a library, mapped: what a worker keeps between searches."""

import logging
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import AppError
from engine.models.ensure import located
from engine.tag.clamp3.files import ClampFiles, there
from engine.tag.search import filters
from engine.tag.search.index import MARKS
from engine.tag.search.likeness import Mask, best, products, similar
from engine.tag.search.packed import Packed
from engine.tag.search.query import Query
from engine.tag.search.ranking import RankedTrack, fused, ranked
from engine.tag.search.words import Words
from engine.tag.sentences import MODEL, SentenceEncoder
from engine.tag.tasks import Ranking

if TYPE_CHECKING:
    from engine.tag.clamp3.queries import QueryEncoder

log = logging.getLogger(__name__)


class Rows:
    """As `engine.tag.search.index` makes them. Raises ValueError where they are not of the same tracks."""

    def __init__(self, models: Path, lifts: Packed, vectors: Packed, described: Packed, marks: Packed) -> None:
        if not all(np.array_equal(lifts.ids, other.ids) for other in (vectors, described, marks)):
            raise ValueError("the rows are of different tracks")
        self._lifts, self._vectors, self._texts, self._models = lifts, vectors, described, models
        self._bpm, self._keys, embedded, described_too = (
            np.asarray(marks.rows[:, at], np.float32) for at in range(len(MARKS))
        )
        self._embedded: Mask = embedded == 1
        self._described: Mask = described_too == 1
        self._words = Words(lifts.columns)

    def rank(
        self,
        text: str,
        like: Sequence[str],
        unlike: Sequence[str],
        plain: Sequence[str],
        among: NDArray[np.bytes_] | None,
        most: int,
    ) -> Ranking:
        """As the task says."""
        mask = None if among is None else filters.among(self._lifts.ids, among)
        query = self._words.read(text)
        if query.tempo_bpm is not None:
            mask = _both(mask, filters.near_tempo(self._bpm, query.tempo_bpm))
        if query.keys:
            mask = _both(mask, filters.by_key(self._keys, query.keys))
        why, meant = self._meant(query, mask, most)
        sounding = self._sounding(text, query, mask, most)
        has = {track for track in (*like, *unlike) if self._has_vector(track)}
        liked = [track for track in like if track in has]
        alike = dict(
            similar(
                self._vectors, liked, most, [track for track in unlike if track in has], _both(mask, self._embedded)
            )
            if liked
            else ()
        )
        tracks = fused(*(ranking for ranking in (plain, meant, sounding, list(alike)) if ranking))[:most]
        return Ranking(
            tracks,
            [why.get(track, {}) for track in tracks],
            [alike.get(track) for track in tracks],
            [track for track in like if track not in has],
        )

    def _meant(self, query: Query, mask: Mask | None, most: int) -> tuple[dict[str, dict[str, float]], list[str]]:
        """Track -> label -> its share of why; and the tracks, the best first."""
        if (query.rest or query.refused) and not self._words.has_encoder and (encoder := _encoder(self._models)):
            self._words = Words(self._lifts.columns, encoder)
        if weights := self._words.weights(query):
            found = ranked(self._lifts, weights, most, mask)
            return {one.track: _shares(one) for one in found}, [one.track for one in found]
        if query.rest or query.refused or mask is None or (query.tempo_bpm is None and not query.keys):
            return {}, []
        far = np.zeros(len(mask), np.float32) if query.tempo_bpm is None else np.abs(self._bpm - query.tempo_bpm)
        rows = best(np.where(mask, -far, -np.inf).astype(np.float32), min(most, int(mask.sum())))
        return {}, [self._lifts.track(row) for row in rows]

    def _sounding(self, text: str, query: Query, mask: Mask | None, most: int) -> list[str]:
        """The tracks that CLaMP 3 finds more like the text than the library is on average, the most alike first. It
        does not understand what is refused, nor numbers."""
        wanted = query.rest or any(share > 0 for share in query.said.values())
        refused = query.refused or any(share < 0 for share in query.said.values())
        if not wanted or refused or not self._described.any() or not (encoder := _query_encoder(self._models)):
            return []
        vector = encoder.vector(text)
        if len(vector) != self._texts.rows.shape[1]:  # of another checkpoint
            return []
        cosines = products(self._texts.rows, vector)
        apart = cosines - cosines[self._described].mean()
        apart[~_both(mask, self._described)] = -np.inf
        return [self._texts.track(row) for row in best(apart, most) if apart[row] > 0]

    def _has_vector(self, track: str) -> bool:
        try:
            return bool(self._embedded[self._vectors.row_of(track)])
        except KeyError:
            return False


def _shares(found: RankedTrack) -> dict[str, float]:
    """Label -> its share of what speaks for a track, at most 1 for all of them: others may speak against it."""
    whole = max(found.score, sum(found.why.values()))
    return {label: given / whole for label, given in found.why.items()}


def _both(one: Mask | None, other: Mask) -> Mask:
    return other if one is None else one & other


@lru_cache(maxsize=1)
def _loaded_queries(files: ClampFiles) -> "QueryEncoder":
    from engine.tag.clamp3.queries import QueryEncoder  # with it comes torch, which takes seconds

    return QueryEncoder(files)


def _query_encoder(models: Path) -> "QueryEncoder | None":
    """None where not all of CLaMP 3 is there, or a file of it is damaged."""
    try:
        files = there(models)
        return _loaded_queries(files) if files else None
    except AppError as error:
        log.warning("CLaMP 3 cannot be used", exc_info=error)
        return None


@lru_cache(maxsize=1)
def _loaded(files: tuple[Path, ...]) -> SentenceEncoder:
    return SentenceEncoder(*files)


def _encoder(models: Path) -> SentenceEncoder | None:
    """None where it has not been fetched, or is damaged: known words and their synonyms are understood without it."""
    try:
        files = located(MODEL, models)
        return _loaded(tuple(files)) if files else None
    except AppError as error:
        log.warning("the sentence encoder cannot be used", exc_info=error)
        return None
