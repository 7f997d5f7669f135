"""Opening the database: WAL for SQLite, short transactions one at a time, migrations when they are due."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, create_engine, event, inspect, make_url, text

from engine.errors import invalid
from engine.faults import disk_errors

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0015"
"""The newest migration: compared by a cheap query, so that Alembic is imported only when there is work for it."""

MIGRATING = 0x41574D47
"""A number that only this program locks PostgreSQL by while it migrates."""

MOST_APART = 25
"""Connections that are held for long, beyond the first five; who wants one more waits."""

PATIENCE = {
    "connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 3, "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}  # fmt: skip
"""How long PostgreSQL may be silent, where its URL says nothing else: seconds, the last one milliseconds. By default a
computer whose packets are dropped would be waited for for minutes.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""

MIGRATIONS = Path(__file__).parent / "migrations"
REVISIONS = sorted(path.name[:4] for path in MIGRATIONS.glob("versions/[0-9]*.py"))


class Database:
    """One process, many threads. Writers take turns, so that a green thread never waits inside SQLite."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._sqlite = self.url.get_backend_name() == "sqlite"
        if self._sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        limits = {} if self._sqlite else {name: of for name, of in PATIENCE.items() if name not in self.url.query}
        self.engine = create_engine(self.url, connect_args=limits)
        self._apart = self.engine
        if not self._sqlite:
            self._apart = create_engine(self.url, max_overflow=MOST_APART, pool_pre_ping=True, connect_args=limits)
        self._writer = threading.RLock()
        if self._sqlite:
            event.listen(self.engine, "connect", _tune_sqlite)

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed at the end, rolled back on an exception. Raises DISK_FULL."""
        with disk_errors(), self._writer, self.engine.begin() as connection:
            yield connection

    def read(self) -> Connection:
        return self.engine.connect()

    def apart(self) -> Connection:
        """A connection that is held for long, and never waits for one of those that are soon free again."""
        return self._apart.connect()

    def version(self) -> str | None:
        """Which migration the tables are at; None where there are none."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found

    def migrate(self) -> None:
        """Bring the tables up to date; a no-op query when they are. Raises INVALID_INPUT for a newer program's."""
        version = self.version()
        if version == HEAD:
            return
        if version is not None and version not in REVISIONS:
            raise invalid("database_newer", version=version, known=HEAD)
        from alembic import command

        with self._alembic() as config:
            command.upgrade(config, "head")

    def downgrade(self, revision: str) -> None:
        """Take the tables back to an earlier migration. What they lose by it, the migrations say."""
        from alembic import command

        with self._alembic() as config:
            command.downgrade(config, revision)

    @contextlib.contextmanager
    def _alembic(self) -> Iterator["Config"]:
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.write() as connection:
            if not self._sqlite:  # servers and nodes of a cluster may start at the same time
                connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATING})"))
            config.attributes["connection"] = connection
            yield config

    @contextlib.contextmanager
    def alone(self, number: int) -> Iterator[bool]:
        """Whether this process is the only one that is at what `number` stands for, until the end; where it is not,
        nobody waits. SQLite has one process only."""
        if self._sqlite:
            yield True
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            alone = bool(connection.scalar(text(f"SELECT pg_try_advisory_lock({number})")))
            try:
                yield alone
            finally:
                if alone:
                    connection.execute(text(f"SELECT pg_advisory_unlock({number})"))

    def close(self) -> None:
        self.engine.dispose()
        self._apart.dispose()


def _tune_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
