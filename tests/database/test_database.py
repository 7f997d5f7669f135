"""Migrations lead to the tables that the code uses, on SQLite and, where one is named, on PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from engine.database import Database, metadata
from engine.database.connect import HEAD, MIGRATIONS
from engine.settings import PROJECT


def urls(tmp_path: Path) -> list[str]:
    """A new SQLite file, and the PostgreSQL that TEST_POSTGRESQL_URL names, emptied."""
    found = [f"sqlite:///{tmp_path / 'library.db'}"]
    if server := os.environ.get("TEST_POSTGRESQL_URL"):
        found.append(server)
        database = Database(server)
        with database.write() as tx:
            tx.execute(text("DROP TABLE IF EXISTS jobs, tracks, alembic_version"))
        database.close()
    return found


def test_migrations_lead_to_the_tables_of_the_code(tmp_path: Path) -> None:
    for url in urls(tmp_path):
        database = Database(url)
        database.migrate()
        database.migrate()
        with database.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        database.close()


def test_the_newest_migration_is_the_one_that_is_compared() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_sqlite_writes_ahead(tmp_path: Path) -> None:
    database = Database(urls(tmp_path)[0])
    with database.read() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
    database.close()


def test_an_up_to_date_database_needs_no_alembic(tmp_path: Path) -> None:
    url = urls(tmp_path)[0]
    Database(url).migrate()
    code = f"import sys; from engine.database import Database; Database({url!r}).migrate()"
    code += "; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason="TEST_POSTGRESQL_URL names no server")
def test_the_queue_works_on_postgresql(tmp_path: Path) -> None:
    from engine.app import House
    from tests.conftest import Running, make_settings

    house = House.open(make_settings(tmp_path, database_url=urls(tmp_path)[1]))
    try:
        life = Running(house)
        job = life.done(life.debug(seed=1))
        assert job.status == "COMPLETED" and house.library.count() == 1
    finally:
        house.close()
