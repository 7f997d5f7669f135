"""Migrations lead to the tables that the code uses, on SQLite and, where one is named, on PostgreSQL."""

import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Index, Table, func, insert, select, text

from engine.app import Application
from engine.database import Database, metadata
from engine.database.connect import HEAD, MIGRATIONS
from engine.database.tables import answers
from engine.jobs.settlement import Settlement
from engine.settings import PROJECT
from tests.conftest import Running, make_settings
from tests.database.plans import asked
from tests.waiting import until


def test_migrations_lead_to_the_tables_of_the_code(database: Database) -> None:
    database.migrate()
    sqlite = database.url.get_backend_name() == "sqlite"

    def is_there(thing: Any, *_: object) -> bool:
        """Alembic does not ask whether an index is meant for this database."""
        return not (sqlite and isinstance(thing, Index) and thing.dialect_options["postgresql"]["using"] == "gin")

    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_there})
        assert compare_metadata(context, metadata) == []


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
        with asked(application.database) as statements:
            job = life.done(life.debug(seed=1, steps=50))
        assert job.status == "COMPLETED" and application.library.count() == 1
        stages = [(one["stage"], one["status"]) for one in application.queue.segments(job.id)]
        assert stages == [("WORKING", "COMPLETED"), ("SAVING", "COMPLETED")]
        entered = [said for said, _ in statements if said.startswith("INSERT INTO job_segments")]
        assert len(entered) == 2, "one write a stage, none for each step"
        with application.database.write() as tx:
            tx.execute(insert(answers).values(user_id="local", key="k", digest="", created_at=1.0))
        with mock.patch("engine.jobs.dispatch.PRUNE_EVERY_S", 0.0):
            application.scheduler.dispatch.wake()
            until(lambda: _count(application.database, answers) == 0)
    finally:
        application.close()


def _count(database: Database, table: Table) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_a_job_that_an_older_version_left_running_is_recovered(url: str, tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    database, config = Database(url), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    row = {
        "id": "a" * 32, "user": "local", "idempotency_key": "k", "command": "debug", "text": "",
        "params": '{"seed": 1}',
        "lane": "light", "family": "debug", "memory_mb": 0, "status": "RUNNING", "rank": 1.0, "attempt": 1,
        "not_before": 0.0, "dead_letter": False, "track_ids": "[]", "follow_ups": "[]", "created_at": 1.0,
    }  # fmt: skip
    with database.write() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0005")
        columns = ", ".join(f'"{name}"' for name in row)
        tx.execute(text(f"INSERT INTO jobs ({columns}) VALUES ({', '.join(f':{name}' for name in row)})"), row)
    database.close()
    application = Application.open(make_settings(tmp_path, database_url=url))
    try:
        done = Running(application).done(application.queue.get("a" * 32))
        assert (done.status, done.attempt, done.interruptions) == ("COMPLETED", 2, 1)
    finally:
        application.close()


def test_two_folders_on_one_database_leave_each_other_alone(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A live owner's job is not touched by another that starts; a dead one's is taken up by its own folder at once."""
    monkeypatch.setattr("engine.jobs.sql_queue.EXPIRES_S", 600.0)  # however slow this machine is
    first, second = (make_settings(tmp_path / name, database_url=url) for name in ("first", "second"))
    application = Application.open(first)
    life = Running(application)
    job = life.running(life.debug(steps=10_000, step_s=0.05))
    other = Application.open(second)
    try:
        assert (life.job(job).status, life.job(job).attempt) == ("RUNNING", 1)
    finally:
        other.close()
    with mock.patch.object(Settlement, "hand_back"):  # what is not handed back looks like what a crash left
        application.close()
    other = Application.open(second)
    assert (Running(other).job(job).status, Running(other).job(job).attempt) == ("RUNNING", 1)
    other.close()
    application = Application.open(first)
    try:
        again = Running(application).job(job)
        assert again.interruptions == 1 and again.status in ("PENDING", "RUNNING")
        application.scheduler.cancel(job.id)
        Running(application).done(job)
    finally:
        application.close()
