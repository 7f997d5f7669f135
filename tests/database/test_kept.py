"""What is kept and for how long: the audit log for good, answers, webhooks and tokens for some days."""

import time
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from engine.database import Database, audit
from engine.database.sweep import DAY_S
from engine.database.tables import answers, audit_logs, deliveries, links, tokens
from engine.jobs.sql_queue import SqlQueue


def logged(database: Database, *times: float) -> None:
    rows = [
        {"id": f"{number:032x}", "action": "token.made", "target": "", "payload": {"n": number}, "created_at": at}
        for number, at in enumerate(times)
    ]
    with database.write() as tx:
        tx.execute(insert(audit_logs), rows)


def times_logged(database: Database) -> list[float]:
    with database.read() as connection:
        return list(connection.scalars(select(audit_logs.c.created_at).order_by(audit_logs.c.created_at)))


def refuses(database: Database) -> None:
    """Rows can be neither changed nor taken away."""
    deeds: list[Any] = [update(audit_logs).values(action="nothing"), delete(audit_logs)]
    if database.url.get_backend_name() == "postgresql":
        deeds.append(text("TRUNCATE audit_logs"))
    for deed in deeds:
        with pytest.raises(IntegrityError, match="rows are added, never changed"), database.write() as tx:
            tx.execute(deed)


def test_what_is_in_the_audit_log_stays(database: Database) -> None:
    logged(database, 1.0, 2.0)
    refuses(database)
    with database.read() as connection:
        found = connection.execute(select(audit_logs.c.action, audit_logs.c.payload)).all()
    assert sorted(row.payload["n"] for row in found) == [0, 1] and {row.action for row in found} == {"token.made"}


def test_old_rows_go_when_an_administrator_prunes(database: Database) -> None:
    logged(database, 1.0, 2.0, 3.0)
    with database.write() as tx:
        assert audit.prune(tx, 3.0) == 2
    assert times_logged(database) == [3.0]
    refuses(database)


def test_a_prune_that_does_not_come_to_its_end_changes_nothing(database: Database) -> None:
    logged(database, 1.0, 2.0)
    with pytest.raises(RuntimeError), database.write() as tx, audit.deletable(tx):
        tx.execute(delete(audit_logs))
        raise RuntimeError
    assert times_logged(database) == [1.0, 2.0]
    refuses(database)


def test_what_is_of_no_use_any_more_goes_with_old_jobs(database: Database) -> None:
    now = time.time()
    ages = {"new": 60.0, "days": 2 * DAY_S, "old": 31 * DAY_S}
    answer: dict[str, Any] = {"user_id": "local", "digest": ""}
    hook: dict[str, Any] = {
        "user_id": "local", "job_id": "", "url": "", "event": "", "body": {}, "attempts": 1, "due_at": None,
    }  # fmt: skip
    token: dict[str, Any] = {"user_id": "local", "kind": "login", "created_at": 0.0}
    link: dict[str, Any] = {"user_id": "local", "track_id": "", "created_at": 0.0}
    with database.write() as tx:
        for name, age_s in ages.items():
            for end in ("expires_at", "revoked_at"):
                identity = f"{name} {end}"
                tx.execute(insert(tokens).values(token | {"jti": identity, "secret_hash": identity, end: now - age_s}))
                ended = {"expires_at": now, "id": identity, "secret_hash": identity, end: now - age_s}
                tx.execute(insert(links).values(link | ended))
            tx.execute(insert(answers).values(answer | {"key": name, "created_at": now - age_s}))
            tx.execute(insert(deliveries).values(hook | {"id": name, "created_at": now - age_s}))
        tx.execute(insert(tokens).values(token | {"jti": "endless", "secret_hash": "endless"}))
        due = {"id": "due", "due_at": now, "created_at": now - ages["old"]}
        tx.execute(insert(deliveries).values(hook | due))
    SqlQueue(database).prune()
    with database.read() as connection:
        kept = {table.name: set(connection.scalars(select(column))) for table, column in (
            (answers, answers.c.key), (deliveries, deliveries.c.id), (tokens, tokens.c.jti),
            (links, links.c.id),
        )}  # fmt: skip
    good = {f"{age} {end}" for age in ("new", "days") for end in ("expires_at", "revoked_at")}
    assert kept == {
        "answers": {"new"},
        "deliveries": {"new", "days", "due"},
        "tokens": good | {"endless"},
        "links": good,
    }
