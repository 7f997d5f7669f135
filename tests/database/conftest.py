"""An empty database of each kind: SQLite, and PostgreSQL where TEST_POSTGRESQL_URL names a server."""

import contextlib
import inspect
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import inspect as look_into
from sqlalchemy import text

from engine.database import Database
from engine.database.connect import HEAD
from tests.wants import wants

POSTGRESQL = pytest.param(
    "postgresql",
    marks=pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL")),
)


@pytest.fixture(params=["sqlite", POSTGRESQL])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database without any table; for a test that asks for `database` only, PostgreSQL's are made once, then
    emptied."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'library.db'}"
    server = os.environ["TEST_POSTGRESQL_URL"]
    _dropped_once(server)
    if "url" in inspect.signature(request.function).parameters or not _emptied(server):
        _drop_all(server)
    return server


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with contextlib.closing(Database(url)) as database:
        database.migrate()
        yield database


@cache
def _dropped_once(server: str) -> None:
    """Whatever an earlier run left there, with an earlier form of the newest migration, is not of this run."""
    _drop_all(server)


def _drop_all(server: str) -> None:
    with contextlib.closing(Database(server)) as database, database.write() as tx:
        tx.execute(text("DROP SCHEMA public CASCADE"))
        tx.execute(text("CREATE SCHEMA public"))


def _emptied(server: str) -> bool:
    """Take every row out, whatever triggers say; False where the tables are not as the code has them."""
    with contextlib.closing(Database(server)) as database, database.write() as tx:
        tables = set(look_into(tx).get_table_names())
        if "alembic_version" not in tables or tx.scalar(text("SELECT version_num FROM alembic_version")) != HEAD:
            return False
        names = sorted(f'"{name}"' for name in tables - {"alembic_version"})
        for switch in ("DISABLE", "ENABLE"):
            for name in names:
                tx.execute(text(f"ALTER TABLE {name} {switch} TRIGGER USER"))
            if switch == "DISABLE":
                tx.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY"))
    return True
