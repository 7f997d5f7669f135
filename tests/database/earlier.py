"""A database as an earlier version left it, with rows in every table."""

import json
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, Table, inspect, select, text

from engine.database import Database
from engine.database.connect import MIGRATIONS

Rows = dict[str, dict[str, dict[str, Any]]]
"""By table and primary key: values by column."""

JOB = {
    "user": "local", "request_id": "r", "idempotency_key": "k", "command": "generate", "text": "a piano",
    "params": '{"prompt": "a\\u0000b \\ud83c\\udf4e", "seed": 7, "cfg_coef": 3.0, "none": null}', "lane": "model",
    "family": "musicgen", "memory_mb": 512, "status": "COMPLETED", "rank": 1.25, "attempt": 2, "failures": 1,
    "interruptions": 1, "cancel_requested": False, "not_before": 0.0, "dead_letter": False, "error": "null",
    "track_ids": '["t"]', "parent_id": None, "follow_ups": '[{"command": "split", "params": {}}]', "created_at": 1e9,
    "started_at": 1e9 + 0.1, "finished_at": 1e9 + 2.5, "batch_id": "b", "pool": "local", "owner": "o:h:1",
    "heartbeat_at": 1e9 + 2, "about": '{"command": "generate", "text": "a piano", "inputs": [], "values": {}}',
    "language": "ru", "background": False,
}  # fmt: skip
TRACK = {
    "title": "Пианино 🎹", "file": "f.wav", "job_id": "j", "command": "generate", "model": "musicgen-small",
    "prompt": "a piano", "artist": None, "format": "wav", "duration_s": 10.0, "created_at": 1e9 + 2.5,
    "favourite": True, "locked": False, "record_mtime_ns": 1_234_567_890_123_456_789, "search": "пианино", "bpm": 120.5,
    "key": "Am", "tags": "\nmood/calm\n", "tag_version": 3,
}  # fmt: skip


def as_of_0009(database: Database) -> None:
    """Migrate to 0009, with rows as that version wrote them."""
    to(database, "0009")
    error = {"code": "INTERNAL", "key": "error.io_fault", "message": "no", "values": {}}
    failed = {"id": "2" * 32, "idempotency_key": "l", "status": "FAILED", "error": json.dumps(error), "failures": 2}
    waiting = {"id": "3" * 32, "idempotency_key": "m", "status": "PENDING", "attempt": 0, "failures": 0}
    rows = {
        "jobs": [JOB | {"id": "1" * 32}, JOB | failed, JOB | waiting | {"background": True, "command": "tag"}],
        "holds": [{"scope": "all", "created_at": 1e9}, {"scope": "b" * 32, "created_at": 1e9 + 1}],
        "tracks": [TRACK | {"id": "4" * 32, "name": "n"}, TRACK | {"id": "5" * 32, "name": "o", "artist": "é" * 200}],
        "heard": [{"track_id": "4" * 32, "digest": "d", "facts": '{"bpm": 120.5}', "fingerprint": None}],
    }
    with database.write() as tx:
        for table, all_values in rows.items():
            for values in all_values:
                names = ", ".join(f'"{name}"' for name in values)
                places = ", ".join(f":{name}" for name in values)
                tx.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


def to(database: Database, revision: str) -> None:
    """Up or down to there."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    forward = (database.version() or "") < revision
    with database.write() as tx:
        config.attributes["connection"] = tx
        (command.upgrade if forward else command.downgrade)(config, revision)


def rows_of(database: Database) -> Rows:
    """Every row of every table, whatever version it is of."""
    with database.read() as connection:
        names = set(inspect(connection).get_table_names()) - {"alembic_version"}
        return {name: _rows(connection, name) for name in sorted(names)}


def _rows(connection: Connection, name: str) -> dict[str, dict[str, Any]]:
    table = Table(name, MetaData(), autoload_with=connection)
    key = [column.name for column in table.primary_key]
    found = [dict(row) for row in connection.execute(select(table)).mappings()]
    return {"/".join(str(row[column]) for column in key): row for row in found}
