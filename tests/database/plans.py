"""How a database finds what it is asked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from engine.database import Database


@contextmanager
def asked(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is executed within, with its parameters."""
    found: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        found.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def plans(database: Database, ask: Callable[[], object]) -> list[str]:
    """The plan of each query that `ask` makes."""
    with asked(database) as found:
        ask()
    explain = "EXPLAIN QUERY PLAN" if database.url.get_backend_name() == "sqlite" else "EXPLAIN"
    with database.read() as connection:
        rows = [connection.exec_driver_sql(f"{explain} {statement}", values).all() for statement, values in found]
    return ["\n".join(str(row[-1]) for row in plan) for plan in rows]
