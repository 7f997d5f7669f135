"""An empty database of each kind: SQLite, and PostgreSQL where TEST_POSTGRESQL_URL names a server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.database import Database
from tests.wants import wants

POSTGRESQL = pytest.param(
    "postgresql",
    marks=pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL")),
)


@pytest.fixture(params=["sqlite", POSTGRESQL])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'library.db'}"
    server = os.environ["TEST_POSTGRESQL_URL"]
    database = Database(server)
    with database.write() as tx:
        tx.execute(text("DROP SCHEMA public CASCADE"))
        tx.execute(text("CREATE SCHEMA public"))
    database.close()
    return server


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    database.migrate()
    try:
        yield database
    finally:
        database.close()
