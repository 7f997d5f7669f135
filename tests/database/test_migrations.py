"""Libraries of earlier versions stay what they were, on the way up and, as far as can be, on the way back."""

import contextlib
import os
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import func, insert, inspect, select

from engine.database import Database
from engine.database.connect import HEAD, REVISIONS
from engine.database.tables import audit_logs, jobs, presets, users
from engine.errors import AppError, Code
from engine.jobs.queue import ALL
from engine.jobs.sql_queue import SqlQueue
from engine.library.index import TrackIndex
from tests.database.conftest import _drop_all
from tests.database.earlier import Rows, as_of_0009, rows_of, to
from tests.wants import wants

ADDED = {"jobs": {"user_id": "local", "correlation_id": None, "traceparent": None}, "tracks": {"user_id": "local"},
         "holds": {"user_id": "local"}}  # fmt: skip


def clean(value: Any, *, postgresql: bool) -> Any:
    """As 0010 leaves it: JSONB has no place for U+0000."""
    if isinstance(value, dict):
        return {name: clean(one, postgresql=postgresql) for name, one in value.items()}
    return value.replace("\0", "�") if postgresql and isinstance(value, str) else value


def test_what_was_there_belongs_to_the_local_user_and_is_else_as_it_was(database: Database, url: str) -> None:
    to(database, "base")
    as_of_0009(database)
    before = rows_of(database)
    database.migrate()
    after = rows_of(database)
    postgresql = url.startswith("postgresql")
    assert {name: len(rows) for name, rows in before.items()} == {"heard": 1, "holds": 2, "jobs": 3, "tracks": 2}
    assert {name for name, rows in after.items() if rows} == set(before)
    for table, rows in before.items():
        kept = list(after[table].values())
        assert len(kept) == len(rows)
        for key, row in rows.items():
            expected = {name: clean(value, postgresql=postgresql) for name, value in row.items() if name != "user"}
            expected |= ADDED.get(table, {})
            key = f"local/{key}" if table == "holds" else key
            assert {name: after[table][key][name] for name in expected} == expected
    job = SqlQueue(database).get("1" * 32)
    assert (job.user, job.error, job.params["cfg_coef"]) == ("local", None, 3.0)
    assert job.params["prompt"] == ("a�b 🍎" if postgresql else "a\0b 🍎")
    with database.read() as connection:
        assert connection.scalar(select(func.count()).where(jobs.c.error.is_(None))) == 2, "NULL, not the JSON null"
    assert SqlQueue(database).of("local").holds() == {ALL, "b" * 32}
    assert {row["id"] for row in TrackIndex(database).rows()} == {"4" * 32, "5" * 32}


def test_going_back_and_up_again_keeps_what_can_be_kept(database: Database) -> None:
    """Step by step: what a version knows of jobs and tracks is never another, and what it does not know is gone."""
    to(database, "base")
    as_of_0009(database)
    first = rows_of(database)
    database.migrate()
    with database.write() as tx:
        tx.execute(insert(users).values(id="local", email="a@b.c", role="admin", plan="free", created_at=1.0))
        more = {"user_id": "local", "command": "match", "params": {}, "created_at": 1.0, "updated_at": 1.0}
        tx.execute(insert(presets).values(id="1", name="p", **more))
        tx.execute(insert(audit_logs).values(id="1", action="a", target="", payload={}, created_at=1.0))
    for revision in reversed(REVISIONS[:-1]):
        database.downgrade(revision)
        assert database.version() == revision
        _unchanged(first, rows_of(database))
    assert set(rows_of(database)) == {"jobs", "tracks"}
    with database.read() as connection:
        assert inspect(connection).get_view_names() == []
    database.migrate()
    assert database.version() == HEAD
    again = rows_of(database)
    made_anew = {"record_mtime_ns", "search", "title", "bpm", "key", "tags", "tag_version"}  # from records on disk
    lost = {"about", "batch_id", "background", "failures", "heartbeat_at", "interruptions", "language", "owner"}
    _unchanged(first, again, but=made_anew | lost)
    assert all(not rows for name, rows in again.items() if name not in ("jobs", "tracks"))
    assert all(row["user_id"] == "local" for table in ("jobs", "tracks") for row in again[table].values())
    assert SqlQueue(database).get("1" * 32).params["seed"] == 7


def _unchanged(first: Rows, now: Rows, but: frozenset[str] | set[str] = frozenset()) -> None:
    for table in ("jobs", "tracks"):
        assert set(now[table]) == set(first[table])
        for key, row in now[table].items():
            shared = (set(row) & set(first[table][key])) - but - {"params"}
            assert {name: row[name] for name in shared} == {name: first[table][key][name] for name in shared}


def test_a_newer_database_is_refused_and_left_alone(database: Database) -> None:
    with database.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(AppError) as refused:
        database.migrate()
    assert refused.value.code is Code.INVALID_INPUT and refused.value.key == "database_newer"
    assert database.version() == "9999"


@pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))
def test_several_processes_that_start_at_once_bring_the_tables_up_to_date_once() -> None:
    server = os.environ["TEST_POSTGRESQL_URL"]
    _drop_all(server)
    code = (
        f"from engine.database import Database; database = Database({server!r}); database.migrate(); database.close()"
    )
    begun = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(4)]
    assert [(process.communicate()[1], process.returncode) for process in begun] == [(b"", 0)] * 4
    with contextlib.closing(Database(server)) as database:
        assert database.version() == HEAD
