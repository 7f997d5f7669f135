"""What there is to say about a database, without a change to it."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, inspect, select, text

from engine.database.connect import HEAD, Database
from engine.database.tables import metadata


@dataclass(frozen=True)
class Facts:
    """`version`: the migration that its tables are at, None where there are none; `rows` and `bytes` by table, those of
    PostgreSQL only; `damage`: what SQLite finds wrong with its file."""

    version: str | None
    rows: dict[str, int]
    bytes: dict[str, int]
    total_bytes: int
    damage: list[str]

    @property
    def is_current(self) -> bool:
        return self.version == HEAD


def check(database: Database) -> Facts:
    version = database.version()
    with database.read() as connection:
        there = set(inspect(connection).get_table_names())
        tables = [table for table in metadata.sorted_tables if table.name in there]
        rows = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
        if connection.dialect.name == "sqlite":
            return Facts(version, rows, {}, _file_bytes(connection), _damage(connection))
        each = {name: connection.scalar(_SIZE, {"name": name}) or 0 for name in rows}
        total = connection.scalar(text("SELECT pg_database_size(current_database())")) or 0
    return Facts(version, rows, each, total, [])


_SIZE = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")


def _file_bytes(connection: Connection) -> int:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
    return int(pages * (connection.exec_driver_sql("PRAGMA page_size").scalar() or 0))


def _damage(connection: Connection) -> list[str]:
    said = [str(line) for line in connection.exec_driver_sql("PRAGMA quick_check(20)").scalars()]
    return [] if said == ["ok"] else said
