"""Presets: parameters of a command under a name. They belong to a user; a public one may be used by everybody."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.database import Database
from engine.database.tables import presets
from engine.errors import AppError, Code, invalid
from engine.parameters import is_identity

MOST_EACH = 500
"""So many may a user keep."""


@dataclass(frozen=True)
class KeptPreset:
    """`params`: some of the command's parameters; who uses it gives the rest. Times are Unix seconds."""

    id: str
    user_id: str
    name: str
    command: str
    params: dict[str, Any]
    public: bool
    created_at: float
    updated_at: float


class Presets:
    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, user: str, *, limit: int, after: tuple[float, str] | None = None, command: str | None = None,
        public: bool = False,
    ) -> list[KeptPreset]:  # fmt: skip
        """The user's own, or those that are `public`, whoever's, the newest first: of them the first ones `after` the
        preset that was made then and has that id."""
        where: list[ColumnElement[bool]] = [presets.c.public if public else presets.c.user_id == user]
        if command is not None:
            where.append(presets.c.command == command)
        if after is not None:
            at, preset_id = after
            made = presets.c.created_at
            where.append((made < at) | ((made == at) & (presets.c.id < preset_id)))
        order = presets.c.created_at.desc(), presets.c.id.desc()
        with self._database.read() as connection:
            found = connection.execute(select(presets).where(*where).order_by(*order).limit(limit))
            return [_preset(row) for row in found.mappings()]

    def find(self, preset_id: str, user: str) -> KeptPreset:
        """The user's own, or a public one. Raises NOT_FOUND."""
        usable = presets.c.public | (presets.c.user_id == user)
        with self._database.read() as connection:
            return _found(connection, preset_id, usable)

    def add(self, user: str, name: str, command: str, params: dict[str, Any], *, public: bool) -> KeptPreset:
        """Raises CONFLICT for a name that the user has already, INVALID_INPUT for one too many."""
        now = time.time()
        preset = KeptPreset(uuid.uuid4().hex, user, name, command, params, public, now, now)

        def enter(tx: Connection) -> KeptPreset:
            if len(tx.scalars(select(presets.c.id).where(presets.c.user_id == user)).all()) >= MOST_EACH:
                raise invalid("too_many_presets", limit=MOST_EACH)
            tx.execute(insert(presets).values(**vars(preset)))
            return preset

        return self._named(name, enter)

    def change(self, preset_id: str, user: str, **values: Any) -> KeptPreset:
        """Give the user's own other values. Raises NOT_FOUND, CONFLICT as `add` does."""

        def changed(tx: Connection) -> KeptPreset:
            own = presets.c.user_id == user
            _found(tx, preset_id, own)
            same = presets.c.id == preset_id
            tx.execute(update(presets).where(same, own).values(**values, updated_at=time.time()))
            return _found(tx, preset_id, own)

        return self._named(str(values.get("name", "")), changed)

    def delete(self, preset_id: str, user: str) -> None:
        """Raises NOT_FOUND, also for another's public one."""
        with self._database.write() as tx:
            _found(tx, preset_id, presets.c.user_id == user)
            tx.execute(delete(presets).where(presets.c.id == preset_id))

    def _named(self, name: str, change: Callable[[Connection], KeptPreset]) -> KeptPreset:
        try:
            with self._database.write() as tx:
                return change(tx)
        except IntegrityError:
            raise AppError(Code.CONFLICT, "preset_name_taken", preset=name) from None


def _found(connection: Connection, preset_id: str, whose: ColumnElement[bool]) -> KeptPreset:
    query = select(presets).where(presets.c.id == preset_id, whose)
    row = connection.execute(query).mappings().first() if is_identity(preset_id) else None
    if row is None:
        raise AppError(Code.NOT_FOUND, "preset_not_found")
    return _preset(row)


def _preset(row: RowMapping) -> KeptPreset:
    return KeptPreset(**row)
