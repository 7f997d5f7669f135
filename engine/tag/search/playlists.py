"""Smart playlists: searches that are kept under a title, and go through the user's library as it is then."""

import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from engine.errors import AppError, Code, invalid
from engine.library.atomic import json_text
from engine.library.titles import MAX_TITLE, clean
from engine.parameters import is_identity
from engine.state import DamagedError, StateItem, StateStore
from engine.tag.search.params import SearchParams

ITEM = StateItem("playlists.json")
MOST = 200
"""Playlists that are kept."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Playlist:
    """`search`: parameters as `SearchParams` has them, those that were given."""

    id: str
    title: str
    search: dict[str, Any]


class Playlists:
    """Those of one user, oldest first. What cannot be read is put aside or stays beside them, never written over."""

    def __init__(self, state: StateStore, user: str) -> None:
        self._state, self._user = state, user

    def of(self, user: str) -> "Playlists":
        """Those of another user."""
        return Playlists(self._state, user)

    def all(self) -> list[Playlist]:
        text = self._state.read(self._user, ITEM)
        try:
            return _Kept.read(text).playlists
        except DamagedError:
            return self._change(lambda kept: kept)

    def find(self, playlist_id: str) -> Playlist:
        """Raises NOT_FOUND."""
        return _found(self.all(), playlist_id)

    def add(self, body: object) -> Playlist:
        """Of `{title, search}`. Raises INVALID_INPUT."""
        title, search = _checked(body, whole=True)
        made = Playlist(uuid.uuid4().hex, str(title), search or {})

        def added(kept: list[Playlist]) -> list[Playlist]:
            if len(kept) >= MOST:
                raise invalid("playlists_full", limit=MOST)
            return [*kept, made]

        self._change(added)
        return made

    def change(self, playlist_id: str, body: object) -> Playlist:
        """By `{title?, search?}`. Raises NOT_FOUND, INVALID_INPUT."""
        title, search = _checked(body, whole=False)

        def changed(kept: list[Playlist]) -> list[Playlist]:
            before = _found(kept, playlist_id)
            now = replace(before, title=title or before.title, search=before.search if search is None else search)
            return [now if one is before else one for one in kept]

        return _found(self._change(changed), playlist_id)

    def remove(self, playlist_id: str) -> None:
        """Raises NOT_FOUND."""

        def removed(kept: list[Playlist]) -> list[Playlist]:
            gone = _found(kept, playlist_id)
            return [one for one in kept if one is not gone]

        self._change(removed)

    def _change(self, change: Callable[[list[Playlist]], list[Playlist]]) -> list[Playlist]:
        def changed(text: str | None) -> str:
            kept = _Kept.read(text)
            return json_text([*map(asdict, change(kept.playlists)), *kept.foreign])

        return _Kept.read(self._state.change(self._user, ITEM, changed)).playlists


def _found(kept: list[Playlist], playlist_id: str) -> Playlist:
    for one in kept:
        if one.id == playlist_id:
            return one
    raise AppError(Code.NOT_FOUND, "playlist_not_found")


@dataclass(frozen=True)
class _Kept:
    """What a text holds. `foreign`: of a later version, or changed by hand."""

    playlists: list[Playlist]
    foreign: list[Any]

    @classmethod
    def read(cls, text: str | None) -> "_Kept":
        """Raises DamagedError."""
        found = cls([], [])
        for row in _rows(text) if text is not None else ():
            try:
                found.playlists.append(_restored(row))
            except (TypeError, KeyError, ValueError, AppError):
                found.foreign.append(row)
        return found


def _rows(text: str) -> list[Any]:
    try:
        text.encode()
        rows = json.loads(text)
        if not isinstance(rows, list):
            raise ValueError("it holds no list")
    except (ValueError, RecursionError) as error:
        log.error("the playlists cannot be read and are put aside", exc_info=error)
        raise DamagedError from error
    return rows


def _restored(row: Any) -> Playlist:
    """Raises TypeError, KeyError, ValueError, INVALID_INPUT for another thing."""
    title = clean(row["title"])
    if not is_identity(row["id"]) or not title:
        raise ValueError("neither id nor title")
    search = searched(row["search"])
    json.dumps(search, ensure_ascii=False).encode()  # it can be told
    return Playlist(row["id"], title, search)


def _checked(body: object, *, whole: bool) -> tuple[str | None, dict[str, Any] | None]:
    """Title and search of a request, each None where it is not given."""
    names = set(body) if isinstance(body, dict) else set()
    if not isinstance(body, dict) or not names or names - {"title", "search"} or (whole and len(names) < 2):
        raise invalid("playlist_form")
    title = body.get("title", "" if whole else None)
    if "title" in names:
        title = clean(title) if isinstance(title, str) and len(title) <= MAX_TITLE else ""
        if not title:
            raise invalid("playlist_title", limit=MAX_TITLE)
    return title, searched(body["search"]) if "search" in names else None


def searched(search: object) -> dict[str, Any]:
    """The parameters of a search as they are kept. Raises INVALID_INPUT."""
    return SearchParams.checked(search).model_dump(mode="json", exclude_unset=True)
