"""What is known of how tracks sound, in the database: entered with the tracks, gone through page by page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select

from engine.database import Database, heard, tracks
from engine.library.heard import heard as heard_of
from engine.library.record import Record
from engine.parameters import is_identity

AT_ONCE = 500
"""Rows that are read in one go: others have their turn in between."""


@dataclass
class IndexChanges:
    """How often this process has changed the index, and how often what is heard, neither perhaps committed yet; and how
    often other processes said that they have."""

    tracks: int = 0
    heard: int = 0
    elsewhere: int = 0


class HeardIndex:
    """Of the tracks of one `user`, or of all; `changes` are those of all."""

    def __init__(self, database: Database, changes: IndexChanges, user: str | None = None) -> None:
        self._database, self._changes = database, changes
        self._own: list[ColumnElement[bool]] = [] if user is None else [tracks.c.user == user]
        self._where = [heard.c.track_id.in_(select(tracks.c.id).where(*self._own))] if self._own else []

    def enter(self, record: Record, connection: Connection) -> None:
        """What the record says of its sound, in place of what it said before."""
        known = heard_of(record) if is_identity(record.id) else None
        own = heard.c.track_id == record.id
        before = connection.execute(select(heard.c.digest, heard.c.fingerprint).where(own)).first()
        if (before and tuple(before)) == (known and (known.digest, known.fingerprint)):
            return
        self._changes.heard += 1
        connection.execute(delete(heard).where(own))
        if known:
            connection.execute(insert(heard).values(track_id=record.id, **asdict(known)))

    def remove(self, track_ids: Iterable[str], connection: Connection) -> None:
        for track_id in track_ids:
            self._changes.heard += connection.execute(delete(heard).where(heard.c.track_id == track_id)).rowcount

    def digests(self) -> Iterator[Sequence[tuple[str, str]]]:
        """Every track and the digest of its facts, some at a time."""
        last = ""
        while True:
            query = select(heard.c.track_id, heard.c.digest).where(heard.c.track_id > last, *self._where)
            with self._database.read() as connection:
                found = connection.execute(query.order_by(heard.c.track_id).limit(AT_ONCE)).all()
            if not found:
                return
            yield [(track_id, digest) for track_id, digest in found]
            last = found[-1][0]

    def facts(self, track_ids: Sequence[str]) -> Iterator[Sequence[tuple[str, str, str]]]:
        """Id, digest and facts of these tracks, as far as they are there, some at a time."""
        for start in range(0, len(track_ids), AT_ONCE):
            wanted = track_ids[start : start + AT_ONCE]
            among = (heard.c.track_id.in_(wanted), *self._where)
            query = select(heard.c.track_id, heard.c.digest, heard.c.facts).where(*among)
            with self._database.read() as connection:
                found = connection.execute(query).all()
            yield [(track_id, digest, facts) for track_id, digest, facts in found]

    def fingerprints(self) -> Iterator[tuple[str, str]]:
        """Ids and fingerprints of the tracks that have one, the oldest track first."""
        there = heard.c.fingerprint.is_not(None)
        listed = select(heard.c.track_id).join(tracks, tracks.c.id == heard.c.track_id).where(there, *self._own)
        with self._database.read() as connection:
            ids = connection.scalars(listed.order_by(tracks.c.created_at, tracks.c.id)).all()
        for start in range(0, len(ids), AT_ONCE):
            wanted = ids[start : start + AT_ONCE]
            query = select(heard.c.track_id, heard.c.fingerprint).where(heard.c.track_id.in_(wanted), there)
            with self._database.read() as connection:
                found = {row.track_id: row.fingerprint for row in connection.execute(query)}
            yield from ((track_id, found[track_id]) for track_id in wanted if track_id in found)

    def unheard(self, where: Sequence[ColumnElement[bool]]) -> int:
        """How many of the tracks that a search goes through nobody has listened to."""
        known = exists().where(heard.c.track_id == tracks.c.id)
        counts = (select(func.count()).select_from(table) for table in (tracks, heard))
        with self._database.read() as connection:
            if len({connection.scalar(count) for count in counts}) == 1:  # the usual answer, without a look at each
                return 0
            return connection.scalar(select(func.count()).select_from(tracks).where(*where, *self._own, ~known)) or 0
