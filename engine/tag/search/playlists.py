"""Smart playlists: searches that are kept under a title, and go through the user's library as it is then."""

import json
import logging
import threading
import time
import uuid
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import AppError, Code, invalid
from engine.library.atomic import write_json
from engine.library.titles import MAX_TITLE, clean
from engine.parameters import is_identity
from engine.tag.search.params import SearchParams

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
    """Those of one user in one file, oldest first: it is written anew at each change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._foreign: list[Any] = []

    def at(self, path: Path) -> "Playlists":
        """Those in another file. All that come from the same `Playlists` are changed one after the other."""
        other = Playlists(path)
        other._lock = self._lock
        return other

    def all(self) -> list[Playlist]:
        with self._lock:
            return self._read()

    def find(self, playlist_id: str) -> Playlist:
        """Raises NOT_FOUND."""
        with self._lock:
            return self._found(self._read(), playlist_id)

    def add(self, body: object) -> Playlist:
        """Of `{title, search}`. Raises INVALID_INPUT."""
        title, search = _checked(body, whole=True)
        with self._lock:
            kept = self._read()
            if len(kept) >= MOST:
                raise invalid("playlists_full", limit=MOST)
            made = Playlist(uuid.uuid4().hex, str(title), search or {})
            self._write([*kept, made])
            return made

    def change(self, playlist_id: str, body: object) -> Playlist:
        """By `{title?, search?}`. Raises NOT_FOUND, INVALID_INPUT."""
        title, search = _checked(body, whole=False)
        with self._lock:
            kept = self._read()
            before = self._found(kept, playlist_id)
            now = replace(before, title=title or before.title, search=before.search if search is None else search)
            self._write([now if one is before else one for one in kept])
            return now

    def remove(self, playlist_id: str) -> None:
        """Raises NOT_FOUND."""
        with self._lock:
            kept = self._read()
            gone = self._found(kept, playlist_id)
            self._write([one for one in kept if one is not gone])

    @staticmethod
    def _found(kept: list[Playlist], playlist_id: str) -> Playlist:
        for one in kept:
            if one.id == playlist_id:
                return one
        raise AppError(Code.NOT_FOUND, "playlist_not_found")

    def _read(self) -> list[Playlist]:
        """What cannot be read stays in the file, and a file that cannot be is put aside: nothing is written over."""
        self._foreign = []
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8"))
            if not isinstance(rows, list):
                raise ValueError("it holds no list")
        except FileNotFoundError:
            return []
        except (ValueError, RecursionError) as error:
            log.error("the playlists cannot be read and are put aside", exc_info=error)
            self._path.replace(
                self._path.with_name(f"{self._path.stem}.damaged-{time.time():.0f}-{uuid.uuid4().hex[:8]}.json")
            )
            return []
        found = []
        for row in rows:
            try:
                found.append(_restored(row))
            except (TypeError, KeyError, ValueError, AppError):  # of a later version, or changed by hand
                self._foreign.append(row)
        return found

    def _write(self, playlists: list[Playlist]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_json(self._path, [*map(asdict, playlists), *self._foreign])


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
