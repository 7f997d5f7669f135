"""Which tracks of the library, in which order."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, func

from engine.database import tracks

Sort = Literal["newest", "oldest", "title", "longest", "shortest"]
SORTS: tuple[Sort, ...] = get_args(Sort)

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
    """Every word of `q` must occur in title, prompt, name, artist, model or a fact; the rest must be equal if given."""

    q: str = ""
    command: str | None = None
    model: str | None = None
    favourite: bool | None = None
    locked: bool | None = None
    sort: Sort = "newest"

    def where(self) -> list[ColumnElement[bool]]:
        found = [tracks.c.search.contains(word, autoescape=True) for word in self.q.casefold().split()]
        for name in ("command", "model", "favourite", "locked"):
            wanted = getattr(self, name)
            if wanted is not None:
                found.append(tracks.c[name] == wanted)
        return found

    def order(self) -> tuple[Any, Any]:
        """Ties go by identity, so that pages never repeat or skip a track."""
        return _BY[self.sort], tracks.c.id
