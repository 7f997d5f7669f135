"""State in the database, for all servers of a cluster."""

import re
import time
import uuid
from pathlib import PurePath

from sqlalchemy import ColumnElement, Connection, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.database import Database
from engine.database.tables import states
from engine.state.store import Change, DamagedError, StateItem, StateStore

_REFUSED = re.compile("[\0\ud800-\udfff]")


class StateRows:
    """Implements `StateStore`. `before`: what counts until the table says something, the files of a server from before
    the cluster; a row never goes, so that counts once."""

    def __init__(self, database: Database, before: StateStore) -> None:
        self._database, self._before = database, before
        self._insert = postgresql.insert if database.url.get_backend_name() == "postgresql" else sqlite.insert
        self._known: dict[tuple[str, str], tuple[float, str | None]] = {}

    def read(self, user: str, item: StateItem, *, age_s: float = 0.0) -> str | None:
        known, now = self._known.get((user, item.name)), time.monotonic()
        if known is not None and now - known[0] < age_s:
            return known[1]
        with self._database.read() as connection:
            row = connection.execute(select(states.c.text).where(_one(user, item))).one_or_none()
        text = row.text if row is not None else self._adopted(user, item)
        if age_s > 0:
            self._known[user, item.name] = now, text
        return text

    def change(self, user: str, item: StateItem, change: Change) -> str:
        with self._database.write() as tx:
            before = self._held(tx, user, item)
            try:
                after = change(before)
            except DamagedError:
                self._put_aside(tx, user, item, before)
                before, after = None, change(None)
            if after != before:
                tx.execute(update(states).where(_one(user, item)).values(text=after, changed_at=time.time()))
        self._known.pop((user, item.name), None)
        return after

    def holders(self, item: StateItem) -> set[str]:
        with self._database.read() as connection:
            known = select(states.c.user).where(states.c.name == item.name)
            return set(connection.scalars(known)) | self._before.holders(item)

    def _adopted(self, user: str, item: StateItem) -> str | None:
        """What there was before, which is the table's from now on."""
        if self._earlier(user, item) is None:
            return None
        with self._database.write() as tx:
            return self._held(tx, user, item)

    def _earlier(self, user: str, item: StateItem) -> str | None:
        """What no table can hold is left where it lies."""
        text = self._before.read(user, item)
        return None if text is None or _REFUSED.search(text) else text

    def _held(self, tx: Connection, user: str, item: StateItem) -> str | None:
        """The text, which nobody else changes before the transaction ends: who writes first, writes the row."""
        row = {"user": user, "name": item.name, "text": self._earlier(user, item), "changed_at": time.time()}
        tx.execute(self._insert(states).values(row).on_conflict_do_nothing())
        text: str | None = tx.scalar(select(states.c.text).where(_one(user, item)).with_for_update())
        return text

    def _put_aside(self, tx: Connection, user: str, item: StateItem, text: str | None) -> None:
        path = PurePath(item.name)
        name = f"{path.stem}.damaged-{time.time():.0f}-{uuid.uuid4().hex[:8]}{path.suffix}"
        tx.execute(states.insert().values(user=user, name=name, text=text, changed_at=time.time()))


def _one(user: str, item: StateItem) -> ColumnElement[bool]:
    return and_(states.c.user == user, states.c.name == item.name)
