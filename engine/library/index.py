"""The index of tracks in the database: quick to list and to search, made anew from the records when it is lost."""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import asdict
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, insert, or_, select

from engine.database import Database, tracks
from engine.errors import AppError, Code
from engine.library.annotations import texts
from engine.library.heard import filterable
from engine.library.heard_index import HeardIndex, IndexChanges
from engine.library.record import Record
from engine.library.search import Search, words
from engine.parameters import is_identity

ANY = Search()
MOST_TAGS = 1000
"""So many different tags are counted out at most, the most frequent ones."""
AT_ONCE = 2000

_FROM_RECORD = (
    "id", "title", "name", "file", "job_id", "command", "model", "prompt", "artist", "duration_s", "created_at",
    "favourite", "locked", "public", "user",
)  # fmt: skip
COUNTED_USERS = 64
"""Of so many users the counted tags are kept."""

_TagCounts = OrderedDict[str | None, tuple[int, dict[str, int]]]


class TrackIndex:
    """Of the tracks of one `user`, or of all: those of others are as if they were not there.

    `mtime_ns` of a record tells whether it has changed since it was entered.
    """

    def __init__(self, database: Database) -> None:
        self.user: str | None = None
        self._database, self._changes = database, IndexChanges()
        self._where: list[ColumnElement[bool]] = []
        self._tag_counts: _TagCounts = OrderedDict()
        self.heard = HeardIndex(database, self._changes)

    def of(self, user: str) -> "TrackIndex":
        """The same index as this user knows it."""
        own = copy(self)
        own.user, own._where = user, [tracks.c.user == user]
        own.heard = HeardIndex(self._database, self._changes, user)
        return own

    def is_whole(self) -> bool:
        """Whether no track of another user's is there."""
        if self.user is None:
            return True
        others = or_(tracks.c.user < self.user, tracks.c.user > self.user)
        with self._database.read() as connection:
            return connection.scalar(select(tracks.c.id).where(others).limit(1)) is None

    def revision(self) -> tuple[int, int]:
        """Two numbers that grow: the first whenever the index changes, the second where what is heard does, whosever
        it is. All that they count is committed. A change by another process, of which nobody knows which it is, may
        be either."""
        with self._database.write():
            changes = self._changes
            return changes.tracks + changes.elsewhere, changes.heard + changes.elsewhere

    def changed_elsewhere(self) -> None:
        """Another process has changed it; for one thread, which hears of that."""
        self._changes.elsewhere += 1

    def where(self, search: Search) -> list[ColumnElement[bool]]:
        """What is true of the tracks that are found."""
        return [*self._where, *search.where()]

    def rows(self, search: Search = ANY, *, limit: int = 200, offset: int = 0) -> list[dict[str, Any]]:
        """Tracks as the page lists them, from `offset` on."""
        query = select(tracks).where(*self.where(search)).order_by(*search.order()).limit(limit).offset(offset)
        with self._database.read() as connection:
            return [_public(row) for row in connection.execute(query).mappings()]

    def ids(self, search: Search, limit: int | None = None) -> Sequence[str]:
        """Of all tracks that are found, or of the first ones."""
        query = select(tracks.c.id).where(*self.where(search))
        if limit is not None:
            query = query.order_by(*search.order()).limit(limit)
        with self._database.read() as connection:
            return connection.scalars(query).all()

    def rows_of(self, track_ids: Sequence[str]) -> list[dict[str, Any]]:
        """These tracks as the page lists them, in this order; without those that are gone."""
        rows: dict[str, dict[str, Any]] = {}
        for start in range(0, len(track_ids), AT_ONCE):
            query = select(tracks).where(tracks.c.id.in_(track_ids[start : start + AT_ONCE]), *self._where)
            with self._database.read() as connection:
                rows |= {row["id"]: _public(row) for row in connection.execute(query).mappings()}
        return [rows[track_id] for track_id in track_ids if track_id in rows]

    def there(self, track_ids: Sequence[str]) -> set[str]:
        """Those that are in the library."""
        query = select(tracks.c.id).where(tracks.c.id.in_(track_ids), *self._where)
        with self._database.read() as connection:
            return set(connection.scalars(query))

    def count(self, search: Search = ANY) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).select_from(tracks).where(*self.where(search))) or 0

    def counts(self, column: Literal["command", "model"]) -> dict[str, int]:
        """How many tracks each command, or each model, has made; the most frequent first."""
        by = tracks.c[column]
        query = select(by, func.count()).where(*self._where).group_by(by).order_by(func.count().desc(), by)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def tag_counts(self) -> dict[str, int]:
        """How many tracks have each tag, as CATEGORY/NAME, the most frequent first; counted anew after a change."""
        now, _ = self.revision()
        known = self._tag_counts.get(self.user)
        if known is None or known[0] != now:
            counted = Counter[str]()
            query = select(tracks.c.tags).where(tracks.c.tags != "", *self._where)
            with self._database.read() as connection:
                for tags in connection.scalars(query.execution_options(yield_per=AT_ONCE)):
                    counted.update(tags.strip("\n").split("\n"))
            known = now, dict(sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:MOST_TAGS])
            self._tag_counts[self.user] = known
            while len(self._tag_counts) > COUNTED_USERS:
                self._tag_counts.popitem(last=False)
        return known[1]

    def tagged(self, version: int) -> int:
        """How many tracks this version of `/tag` has heard."""
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(tracks.c.tag_version == version, *self._where)) or 0

    def untagged(self, version: int, *, limit: int) -> Sequence[str]:
        """Ids of tracks that it has not heard, the newest first."""
        other = tracks.c.tag_version.is_distinct_from(version)
        query = select(tracks.c.id).where(other, *self._where)
        query = query.order_by(tracks.c.created_at.desc(), tracks.c.id).limit(limit)
        with self._database.read() as connection:
            return connection.scalars(query).all()

    def tag_version(self, track_id: str) -> int | None:
        """Of the `/tag` that heard it, None for none. Raises NOT_FOUND."""
        found: int | None = self.find(track_id)["tag_version"]
        return found

    def row(self, track_id: str) -> dict[str, Any]:
        """A track as the page lists it. Raises NOT_FOUND."""
        return _public(self.find(track_id))

    def find(self, track_id: str) -> RowMapping:
        """Raises NOT_FOUND."""
        if not is_identity(track_id):
            raise AppError(Code.NOT_FOUND, "track_not_found")
        query = select(tracks).where(tracks.c.id == track_id, *self._where)
        with self._database.read() as connection:
            found = connection.execute(query).mappings().first()
        if found is None:
            raise AppError(Code.NOT_FOUND, "track_not_found")
        return found

    def known(self) -> dict[str, RowMapping]:
        """Identity, file, time and user of every track, by name."""
        columns = (tracks.c.id, tracks.c.name, tracks.c.file, tracks.c.record_mtime_ns, tracks.c.user)
        query = select(*columns).where(*self._where)
        with self._database.read() as connection:
            return {row["name"]: row for row in connection.execute(query).mappings()}

    def unlocked(self) -> Sequence[str]:
        """Ids of the tracks that may be deleted."""
        with self._database.read() as connection:
            return connection.scalars(select(tracks.c.id).where(~tracks.c.locked, *self._where)).all()

    def enter(self, record: Record, mtime_ns: int, connection: Connection | None = None) -> None:
        """Add a track, or what is new of it; within the caller's transaction if one is given."""
        if connection is None:
            with self._database.write() as transaction:
                self.enter(record, mtime_ns, transaction)
            return
        said = (record.title, record.prompt, record.name, record.artist, record.model)
        values = {
            **{column: getattr(record, column) for column in _FROM_RECORD},
            "format": str(record.parameters.format),
            "search": words(*said, *texts(record.facts)),
            "record_mtime_ns": mtime_ns,
            **asdict(filterable(record)),
        }
        same = (tracks.c.id == record.id) | (tracks.c.name == record.name)
        others = connection.scalars(select(tracks.c.id).where(same, tracks.c.id != record.id)).all()
        connection.execute(delete(tracks).where(same))
        connection.execute(insert(tracks).values(**values))
        self.heard.remove(others, connection)
        self.heard.enter(record, connection)
        self._changes.tracks += 1

    def remove(self, gone: Iterable[tuple[str, str]]) -> list[str]:
        """Take tracks out, by identity and name, all at once; the ids of those that were there under that name."""
        with self._database.write() as connection:
            removed = []
            for track_id, name in gone:
                same = (tracks.c.id == track_id, tracks.c.name == name, *self._where)
                if connection.execute(delete(tracks).where(*same)).rowcount:
                    removed.append(track_id)
            self.heard.remove(removed, connection)
            self._changes.tracks += len(removed)
            return removed


_OWN = ("file", "record_mtime_ns", "search", "tags", "tag_version", "user_id")


def _public(row: RowMapping) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in _OWN} | {"user": row[tracks.c.user]}
