"""The audit log is append-only. This is the one way past the triggers that hold it so."""

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection, delete

from engine.database.tables import audit_logs


@contextlib.contextmanager
def deletable(tx: Connection) -> Iterator[None]:
    """Within, rows of the audit log may be deleted; all in one transaction, so that nobody finds the log open.

    On PostgreSQL only the table's owner may.
    """
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("ALTER TABLE audit_logs DISABLE TRIGGER audit_logs_append_only")
        yield
        tx.exec_driver_sql("ALTER TABLE audit_logs ENABLE TRIGGER audit_logs_append_only")
        return
    if not tx.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]
        tx.exec_driver_sql("BEGIN IMMEDIATE")  # Python begins one only for rows, not for triggers
    found = tx.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_logs'")
    triggers = found.all()
    for name, _ in triggers:
        tx.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, definition in triggers:
        tx.exec_driver_sql(definition)


def prune(tx: Connection, before: float) -> int:
    """Delete what was logged before that time, Unix seconds; how many rows. Who may, and that it is itself logged, is
    the caller's to see to."""
    with deletable(tx):
        return tx.execute(delete(audit_logs).where(audit_logs.c.created_at < before)).rowcount
