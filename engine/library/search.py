"""Which tracks of the library, in which order."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, func

from engine.database import tracks
from engine.speech.keys import Tonality

Sort = Literal["newest", "oldest", "title", "longest", "shortest"]

_BY: dict[Sort, Any] = {
    "newest": tracks.c.created_at.desc(),
    "oldest": tracks.c.created_at,
    "title": func.lower(tracks.c.title),
    "longest": tracks.c.duration_s.desc(),
    "shortest": tracks.c.duration_s,
}


def words(*texts: str | None) -> str:
    """What a search looks through, in one case for every script."""
    return "\n".join(filter(None, texts)).casefold()


@dataclass(frozen=True)
class Search:
    """Every word of `q` must occur in title, prompt, name, artist, model or a fact; the rest must be equal if given.

    `low_bpm`, `high_bpm`: the tempo is known and within. `keys`: it is known and among them. `tags`: the track has all
    of them, each as CATEGORY/NAME. `after`: in an order by time, what comes behind the track that was made then and has
    that id.
    """

    q: str = ""
    command: str | None = None
    model: str | None = None
    favourite: bool | None = None
    locked: bool | None = None
    low_bpm: float | None = None
    high_bpm: float | None = None
    keys: tuple[Tonality, ...] = ()
    tags: tuple[str, ...] = ()
    sort: Sort = "newest"
    after: tuple[float, str] | None = None

    def where(self) -> list[ColumnElement[bool]]:
        found = [tracks.c.search.contains(word, autoescape=True) for word in self.q.casefold().split()]
        for name in ("command", "model", "favourite", "locked"):
            wanted = getattr(self, name)
            if wanted is not None:
                found.append(tracks.c[name] == wanted)
        if self.low_bpm is not None:
            found.append(tracks.c.bpm >= self.low_bpm)
        if self.high_bpm is not None:
            found.append(tracks.c.bpm <= self.high_bpm)
        if self.keys:
            found.append(tracks.c.key.in_([key.name for key in self.keys]))
        found += [tracks.c.tags.contains(f"\n{tag.casefold()}\n", autoescape=True) for tag in self.tags]
        if self.after is not None:
            found.append(self._behind(*self.after))
        return found

    def _behind(self, created_at: float, track_id: str) -> ColumnElement[bool]:
        at = tracks.c.created_at
        further = at < created_at if self.sort == "newest" else at > created_at
        return further | ((at == created_at) & (tracks.c.id > track_id))

    def order(self) -> tuple[Any, Any]:
        """Ties go by identity, so that pages never repeat or skip a track."""
        return _BY[self.sort], tracks.c.id
