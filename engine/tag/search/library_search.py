"""The server's side of a search by meaning and likeness: what a page of its answer holds."""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.errors import AppError, Code, invalid
from engine.faults import disk_errors
from engine.library.index import TrackIndex
from engine.library.search import Search
from engine.tag.search.params import SearchParams
from engine.tag.search.row_files import RowFiles
from engine.tag.tasks import Ranking, TagTasks

MOST = 1000
"""Tracks that a ranking tells apart: who has not found it among them asks otherwise."""
KEPT = 16
"""Rankings that are kept, for those who go on to the next page."""
KEPT_S = 60.0
"""Whoever goes on so soon goes on in the ranking that was begun, though the library has changed."""
_TRIES = 3


@dataclass(frozen=True)
class _Kept:
    revision: tuple[int, int]
    rows: Path
    at: float
    ranking: Ranking
    untagged: int


class LibrarySearch:
    """`folder`: where the rows lie, those of all users; `models`: where the sentence encoder would."""

    def __init__(self, index: TrackIndex, tasks: TagTasks, folder: Path, models: Path) -> None:
        self._index, self._tasks, self._models = index, tasks, models
        self._files = RowFiles(index, tasks, folder)
        self._kept: OrderedDict[tuple[str | None, str], _Kept] = OrderedDict()
        self._keeping = threading.Lock()

    def of(self, user: str) -> "LibrarySearch":
        """The search among the tracks of this user alone."""
        own = copy(self)
        own._index = self._index.of(user)
        return own

    def page(self, asked: SearchParams, *, limit: int, offset: int = 0) -> dict[str, Any]:
        """`{tracks, total, offset}`, the best first where it is ranked; then also `untagged`, how many tracks it cannot
        see, and for each row `why` it is there and its `likeness`. Raises NOT_FOUND, INVALID_INPUT."""
        if not asked.is_ranked:
            search = asked.search()
            rows = self._index.rows(search, limit=limit, offset=offset)
            return {"tracks": rows, "total": self._index.count(search), "offset": offset}
        kept = self._found(asked, goes_on=offset > 0)
        found = kept.ranking
        told = dict(zip(found.tracks, zip(found.why, found.likeness, strict=True), strict=True))
        rows = self._index.rows_of(found.tracks[offset : offset + limit])
        for row in rows:
            why, likeness = told[row["id"]]
            row["why"] = [{"label": label, "share": round(share, 3)} for label, share in why.items()]
            if asked.like:
                row["likeness"] = None if likeness is None else round(likeness, 4)
        return {"tracks": rows, "total": len(found.tracks), "offset": offset, "untagged": kept.untagged}

    def _found(self, asked: SearchParams, *, goes_on: bool) -> _Kept:
        key = self._index.user, json.dumps(asked.model_dump(), sort_keys=True)
        revision, now = self._index.revision(), time.monotonic()
        if (kept := self._kept.get(key)) and goes_on and now - kept.at < KEPT_S:
            if kept.revision != revision:
                kept = replace(kept, ranking=self._there(kept.ranking), revision=revision)
        else:
            rows = self._files.current()
            if kept is None or (kept.revision, kept.rows) != (revision, rows):
                kept = self._ranked(asked, revision, rows, now)
        with self._keeping:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return kept

    def _ranked(self, asked: SearchParams, revision: tuple[int, int], rows: Path, now: float) -> _Kept:
        search = asked.search()
        filters = replace(search, q="") if asked.meaning else search
        text = asked.q if asked.meaning else ""
        plain = self._index.ids(search, MOST) if text else ()
        own = self._index.there([*asked.like, *asked.unlike])
        like, unlike = ([track for track in some if track in own] for some in (asked.like, asked.unlike))
        ranking, rows = self._ranking(text, like, unlike, plain, filters, rows)
        if asked.like and len(ranking.lacking) == len(like):
            raise invalid("like_unheard", name=self._index.row(asked.like[0])["title"])
        return _Kept(revision, rows, now, self._there(ranking), self._index.heard.unheard(filters.where()))

    def _ranking(
        self, text: str, like: list[str], unlike: list[str], plain: Sequence[str], filters: Search, rows: Path
    ) -> tuple[Ranking, Path]:
        """The ranking, and the rows that it is of: they may have been replaced, or found damaged and made anew."""
        with disk_errors(), TemporaryDirectory(dir=rows.parent, prefix=".") as folder:
            among = Path(folder) / "among" if filters.where() or not self._index.is_whole() else None
            if among:
                among.write_text("".join(self._index.ids(filters)), encoding="ascii")
            for _ in range(_TRIES):
                ranking = self._tasks.rank(rows, self._models, text, like, unlike, list(plain), among, MOST)
                if ranking.whole:
                    return ranking, rows
                if (newer := self._files.current()) == rows:
                    self._files.discard(rows)
                    newer = self._files.current()
                rows = newer
        raise AppError(Code.INTERNAL, "search_unreadable")

    def _there(self, ranking: Ranking) -> Ranking:
        """Without the tracks that are gone."""
        there = self._index.there(ranking.tracks)
        places = [place for place, track in enumerate(ranking.tracks) if track in there]
        return replace(
            ranking,
            tracks=[ranking.tracks[place] for place in places],
            why=[ranking.why[place] for place in places],
            likeness=[ranking.likeness[place] for place in places],
        )
