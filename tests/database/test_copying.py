"""A database copied into another: all of it arrives, or nothing changes."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import JSON, Boolean, Float, Table, delete, insert, select, update
from sqlalchemy.types import Integer

from engine.database import Database, holds, jobs, metadata, tracks
from engine.database.connect import HEAD
from engine.database.copying import Copied, copy
from engine.database.tables import users
from engine.errors import AppError, Code
from engine.folder import lock_folder
from engine.jobs.sql_queue import SqlQueue
from engine.settings import Settings
from engine.terminal.database import run_database
from tests.conftest import make_settings
from tests.database.test_queue import claimed, entered

ODD = {
    "text": "a\0b 🍎 \ud83d", "list": [0.1, 1e20, -0.0, 5e-324, 2**70, True, None, {"\0": float("inf")}], "empty": {},
}  # fmt: skip
"""What Python's JSON holds and PostgreSQL's does not, or only otherwise."""
FITTING = {
    "text": "a�b 🍎 �", "list": [0.1, 1e20, 0.0, 5e-324, 2**70, True, None, {"�": None}], "empty": {},
}  # fmt: skip


@contextlib.contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    database.migrate()
    try:
        yield database
    finally:
        database.close()


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Database]:
    """On SQLite, with rows in every table."""
    with opened(f"sqlite:///{tmp_path / 'source.db'}") as database:
        with database.write() as tx:
            for table in metadata.sorted_tables:
                tx.execute(insert(table), [values_of(table, number) for number in range(3)])
        yield database


def values_of(table: Table, number: int) -> dict[str, Any]:
    """A row, the first without what may be missing."""
    return {column.key: None if column.nullable and not number else _value(column, number) for column in table.c}


def _value(column: Any, number: int) -> Any:
    if isinstance(column.type, JSON):
        return ODD | {"number": number}
    if isinstance(column.type, Boolean):
        return number == 1
    if isinstance(column.type, Float):
        return 1e9 + number / 7
    if isinstance(column.type, Integer):
        return 1000 + number
    if column.type.length:
        return f"{number:0{min(column.type.length, 32)}x}"
    return f"a\0b «{number}» 🍎"


def rows_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.read() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table)).all()), key=repr)
            for table in metadata.sorted_tables
        }


def copied(source: Database, target: Database, *, replace: bool = False, lose_users: bool = False) -> list[Copied]:
    told: list[tuple[str, int, int]] = []
    found = copy(source, target, replace=replace, lose_users=lose_users, tell=lambda *said: told.append(said))
    assert {(table.table, table.rows, table.rows) for table in found} <= set(told)
    return found


def refused(source: Database, target: Database, **flags: bool) -> str:
    """Why nothing was copied; the target is as it was."""
    before = rows_of(target)
    with pytest.raises(AppError) as error:
        copied(source, target, **flags)
    assert error.value.code is Code.INVALID_INPUT and rows_of(target) == before
    return error.value.key


def test_all_of_it_arrives_and_comes_back(source: Database, database: Database, tmp_path: Path) -> None:
    before, postgresql = rows_of(source), database.url.get_backend_name() == "postgresql"
    there = copied(source, database)
    assert {table.table for table in there} == set(metadata.tables) and {table.rows for table in there} == {3}
    assert rows_of(source) == before
    jsons = [value for rows in rows_of(database).values() for row in rows for value in row if isinstance(value, dict)]
    assert len(jsons) > 20
    for value in jsons:
        assert {name: value[name] for name in ODD} == (FITTING if postgresql else ODD)
    assert (sum(table.changed for table in there) > 0) == postgresql
    with opened(f"sqlite:///{tmp_path / 'back.db'}") as back:
        again = copied(database, back)
        assert rows_of(back) == (rows_of(database) if postgresql else before)
    assert [(one.table, one.digest) for one in again] == [(one.table, one.digest) for one in there]
    assert sum(table.changed for table in again) == 0


def test_what_is_there_goes_only_when_asked(source: Database, database: Database) -> None:
    with database.write() as tx:
        tx.execute(insert(holds).values(user="", scope="all", created_at=1.0))
    assert refused(source, database) == "database_copy_filled"
    copied(source, database, replace=True)
    again = copied(source, database, replace=True)
    assert {table.rows for table in again} == {3}, "the audit log is replaced as well, and append-only again"
    with database.write() as tx:
        tx.execute(insert(users).values(id="other", email="o@b.c", role="user", plan="free", created_at=1.0))
    assert refused(source, database, replace=True) == "database_users_lost"
    copied(source, database, replace=True, lose_users=True)
    with database.read() as connection:
        assert "other" not in connection.scalars(select(users.c.id)).all()


def test_a_copy_that_fails_midway_changes_nothing(source: Database, database: Database) -> None:
    copied(source, database)
    with source.write() as tx:
        tx.execute(update(tracks).values(format="far too long for its column"))
    if database.url.get_backend_name() == "postgresql":
        assert refused(source, database, replace=True) == "database_copy_failed"
    with mock.patch("engine.database.copying._Digest.add"):
        assert refused(source, database, replace=True) == "database_copy_differs"


def test_many_rows_go_in_batches(source: Database, database: Database) -> None:
    with source.write() as tx:
        tx.execute(delete(tracks))
        tx.execute(insert(tracks), [values_of(tracks, number) for number in range(1, 2502)])
    told: list[tuple[str, int, int]] = []
    copy(source, database, replace=False, lose_users=False, tell=lambda *said: told.append(said))
    assert [done for table, done, _ in told if table == "tracks"] == [0, 1000, 2000, 2501]


def test_the_terminal_copies_checks_and_takes_back(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = make_settings(tmp_path)
    said = _ran(settings, capsys, "check", code=2)
    assert "no database yet" in said and not (settings.state_dir / "library.db").exists()
    with opened(settings.index_url) as database, database.write() as tx:
        tx.execute(insert(users).values(id="local", email="a@b.c", role="admin", plan="free", created_at=1.0))
    url = url if url.startswith("postgresql") else f"{url}.copy"
    said = _ran(settings, capsys, "copy", url)
    assert "--database-url" in said and ":test@" not in said, "no password is printed"
    assert "--replace" in _ran(settings, capsys, "copy", url, code=2)
    assert _ran(settings, capsys, "copy", settings.index_url, code=2)
    other = make_settings(tmp_path, database_url=url)
    assert HEAD in (said := _ran(other, capsys, "check")) and " 1" in said
    assert "--lose-users" in _ran(other, capsys, "downgrade", "0009", code=2)
    assert "0009" in _ran(other, capsys, "downgrade", "0009", "--lose-users")
    assert "database upgrade" in _ran(other, capsys, "check", code=1)
    assert "database upgrade" in _ran(other, capsys, "copy", settings.index_url, code=2)
    _ran(other, capsys, "upgrade")
    assert "MiB" in _ran(other, capsys, "check")
    said = _ran(settings, capsys, "copy", "mysql+nothing://root:secret@localhost/x", code=2)
    assert "secret" not in said


def test_nothing_is_copied_while_the_program_uses_the_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, url = make_settings(tmp_path), f"sqlite:///{tmp_path / 'other.db'}"
    with opened(settings.index_url) as database:
        lock = lock_folder(settings, wait_s=0)
        try:
            assert "--output" in _ran(settings, capsys, "copy", url, code=2)
        finally:
            lock.release()
        entered(database, 1)
        assert claimed(SqlQueue(database))
        assert "Stop the program" in _ran(settings, capsys, "copy", url, code=2), "from another folder, say"
        with database.write() as tx:
            tx.execute(update(jobs).values(heartbeat_at=1.0))
    assert not (tmp_path / "other.db").exists()
    assert "--database-url" in _ran(settings, capsys, "copy", url), "what was left running by a crash is copied"


def _ran(settings: Settings, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run_database(settings, arguments) == code
    return "".join(capsys.readouterr())
