"""Migrations lead to the tables that the code uses, on SQLite and, where one is named, on PostgreSQL."""

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from engine.app import Application
from engine.database import Database, metadata
from engine.database.connect import HEAD, MIGRATIONS
from engine.settings import PROJECT
from tests.conftest import Running, make_settings


def test_migrations_lead_to_the_tables_of_the_code(database: Database) -> None:
    database.migrate()
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_one_that_is_compared() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_sqlite_writes_ahead(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'library.db'}")
    with database.read() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
    database.close()


def test_an_up_to_date_database_needs_no_alembic(url: str) -> None:
    Database(url).migrate()
    code = f"import sys; from engine.database import Database; Database({url!r}).migrate()"
    code += "; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_house_works_on_it(url: str, tmp_path: Path) -> None:
    application = Application.open(make_settings(tmp_path, database_url=url))
    try:
        life = Running(application)
        job = life.done(life.debug(seed=1))
        assert job.status == "COMPLETED" and application.library.count() == 1
    finally:
        application.close()
