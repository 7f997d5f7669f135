"""A database copied into another, whichever of SQLite and PostgreSQL each is: all of it, or nothing."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select
from sqlalchemy.exc import DBAPIError

from engine.database import audit
from engine.database.connect import Database
from engine.database.tables import audit_logs, metadata, users
from engine.errors import invalid
from engine.text import label

AT_ONCE = 1000
"""Rows in one go."""

_REFUSED = re.compile("[\0\ud800-\udfff]")
"""What no text of PostgreSQL can hold. U+FFFD, which means just that, stands there instead."""

Row = dict[str, Any]
Tell = Callable[[str, int, int], object]


@dataclass(frozen=True)
class Copied:
    """A table that arrived. `digest`: the sum of the SHA-256 of its rows, modulo 2^256, the same on both sides;
    `changed`: how many values hold characters that stand for others."""

    table: str
    rows: int
    digest: str
    changed: int


def filled(connection: Connection) -> dict[str, int]:
    """How many rows each table has; without empty tables."""
    counts = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in _tables()}
    return {name: rows for name, rows in counts.items() if rows}


def users_of(connection: Connection) -> set[str]:
    return set(connection.scalars(select(users.c.id)))


def copy(source: Database, target: Database, *, replace: bool, lose_users: bool, tell: Tell) -> list[Copied]:
    """Both have today's tables. `tell(table, done, rows)` is called as it goes on.

    All is one transaction, which ends once what arrived was read again and is the same: until then, and when anything
    goes wrong, the target is as it was. The source is only read. Raises INVALID_INPUT when the target has rows and
    they shall not be replaced, when that loses users that the source does not have, when a row does not fit; DISK_FULL.
    """
    with source.read() as reader, target.write() as writer:
        _snapshot(reader)
        there = filled(writer)
        if there and not replace:
            raise invalid("database_copy_filled", rows=sum(there.values()))
        lost = users_of(writer) - users_of(reader)
        if lost and not lose_users:
            raise invalid("database_users_lost", count=len(lost))
        if audit_logs.name in there:
            with audit.deletable(writer):
                writer.execute(delete(audit_logs))
        for table in _tables():
            if table.name in there and table is not audit_logs:
                writer.execute(delete(table))
        return [_copied(table, reader, writer, tell) for table in _tables()]


def _tables() -> list[Table]:
    return list(metadata.sorted_tables)


def _snapshot(reader: Connection) -> None:
    """What is read is what was there at this moment."""
    if reader.dialect.name == "sqlite":
        reader.exec_driver_sql("BEGIN")
    else:
        reader.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _copied(table: Table, reader: Connection, writer: Connection, tell: Tell) -> Copied:
    rows = reader.scalar(select(func.count()).select_from(table)) or 0
    fitting = _Fitting(writer.dialect.name)
    sent, done = _Digest(), 0
    tell(table.name, 0, rows)
    try:
        for batch in _batches(reader, table):
            fitted = [{name: fitting(value) for name, value in row.items()} for row in batch]
            writer.execute(insert(table), fitted)
            sent.add(fitted)
            done += len(fitted)
            tell(table.name, done, rows)
        arrived = _Digest()
        for batch in _batches(writer, table):
            arrived.add(batch)
    except DBAPIError as error:  # a text that is too long, a number that is too large
        raise invalid("database_copy_failed", table=table.name, reason=label(str(error.orig))) from error
    if (arrived.rows, arrived.value) != (sent.rows, sent.value) or sent.rows != rows:
        raise invalid("database_copy_differs", table=table.name)
    return Copied(table.name, rows, f"{sent.value:064x}", fitting.changed)


def _batches(connection: Connection, table: Table) -> Iterator[list[Row]]:
    found = connection.execute(select(table).execution_options(yield_per=AT_ONCE))
    for batch in found.mappings().partitions():
        yield [{column.key: row[column] for column in table.c} for row in batch]


class _Fitting:
    """Makes values such that the target can hold them, and counts those that it had to change."""

    def __init__(self, dialect: str) -> None:
        self._postgresql = dialect == "postgresql"
        self.changed = 0

    def __call__(self, value: Any) -> Any:
        if not self._postgresql:
            return value
        fitted = value if isinstance(value, float) else _fitted(value)
        self.changed += fitted != value
        return fitted


def _fitted(value: Any) -> Any:
    if isinstance(value, str):
        return _REFUSED.sub("\ufffd", value)
    if isinstance(value, float) and not math.isfinite(value):  # no JSON, though Python writes it
        return None
    if isinstance(value, list):
        return [_fitted(one) for one in value]
    if isinstance(value, dict):
        return {_fitted(name): _fitted(one) for name, one in value.items()}
    return value


class _Digest:
    """Of rows in whatever order: databases sort texts each in their own way."""

    def __init__(self) -> None:
        self.rows, self.value = 0, 0

    def add(self, rows: list[Row]) -> None:
        for row in rows:
            said = json.dumps({name: _plain(value) for name, value in row.items()}, sort_keys=True).encode()
            self.value = (self.value + int.from_bytes(hashlib.sha256(said).digest())) % 2**256
            self.rows += 1


def _plain(value: Any) -> Any:
    """Numbers as both have them: JSONB knows no -0.0 and writes 1e20 as a whole number."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value
