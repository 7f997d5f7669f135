"""Locks that processes share by the database: one at a time, for each name, and nobody waits for ever."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import make_url, text

from engine.database import Database
from engine.database.connect import PATIENCE
from engine.database.locks import SharedLocks
from engine.errors import AppError, Code
from engine.settings import PROJECT
from tests.wants import wants

pytestmark = pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))


@pytest.fixture
def databases() -> Iterator[tuple[Database, Database]]:
    """The same one, as two processes have it."""
    url = os.environ["TEST_POSTGRESQL_URL"]
    with closing(Database(url)) as one, closing(Database(url)) as other:
        yield one, other


def test_many_threads_of_two_processes_take_turns(databases: tuple[Database, Database]) -> None:
    """More of them than there are connections to hold a lock by."""
    inside, most, done = 0, 0, 0

    def work(locks: SharedLocks, database: Database) -> None:
        nonlocal inside, most, done
        for _ in range(3):
            with locks.held("one"), locks.held("one"):
                inside += 1
                most = max(most, inside)
                with database.read() as connection:
                    assert connection.scalar(text("SELECT 1")), "others have their turn meanwhile"
                inside, done = inside - 1, done + 1

    both = [(SharedLocks(database), database) for database in databases]
    threads = [threading.Thread(target=work, args=both[number % 2]) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, inside, done) == (1, 0, 120)


def test_one_that_is_not_let_go_is_refused_after_a_while_and_others_are_free(
    databases: tuple[Database, Database],
) -> None:
    one, other = SharedLocks(databases[0]), SharedLocks(databases[1], wait_s=0.2)
    with one.held("busy"):
        with pytest.raises(AppError) as refused, other.held("busy"):
            pass
        assert (refused.value.code, refused.value.key, refused.value.recoverable) == (
            Code.UNAVAILABLE, "busy_elsewhere", True,
        )  # fmt: skip
        with other.held("free"):
            pass
    with other.held("busy"):
        pass


def test_a_lock_ends_with_its_connection(databases: tuple[Database, Database]) -> None:
    """As when its process is killed; whoever had it finds out when it lets go, and nothing else fails."""
    one, other = SharedLocks(databases[0]), SharedLocks(databases[1], wait_s=5.0)
    with one.held("lost"):
        with databases[1].write() as tx:
            tx.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            )
        with other.held("lost"):
            pass
    with one.held("lost"):
        pass


def test_who_is_well_keeps_a_lock_for_as_long_as_it_takes(databases: tuple[Database, Database]) -> None:
    """The database has taken it from who gives no sign of life before the other one is refused."""
    one, other = SharedLocks(databases[0], held_s=0.3), SharedLocks(databases[1], wait_s=1.5)
    with one.held("long"):
        with pytest.raises(AppError) as refused, other.held("long"):
            pass
        assert (refused.value.code, refused.value.key) == (Code.UNAVAILABLE, "busy_elsewhere")
    with other.held("long"):
        pass


HOLDER = """
import sys
from engine.database import Database
from engine.database.locks import SharedLocks
with SharedLocks(Database(sys.argv[1]), held_s=0.5).held("frozen"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_who_is_frozen_keeps_a_lock_from_nobody_for_long(databases: tuple[Database, Database]) -> None:
    command = [sys.executable, "-c", HOLDER, os.environ["TEST_POSTGRESQL_URL"]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT, text=True) as holder:
        try:
            assert holder.stdout and holder.stdout.readline() == "held\n"
            holder.send_signal(signal.SIGSTOP)
            with SharedLocks(databases[1]).held("frozen"):
                pass
        finally:
            holder.kill()


def test_a_database_that_is_silent_is_not_waited_for_for_long() -> None:
    """What the driver took, for both kinds of connections; what the URL says goes before."""
    url = make_url(os.environ["TEST_POSTGRESQL_URL"]).update_query_dict({"connect_timeout": "7"})
    wanted = {name: str(limit) for name, limit in PATIENCE.items()} | {"connect_timeout": "7"}
    with closing(Database(url.render_as_string(hide_password=False))) as database:
        for connection in (database.read(), database.apart()):
            with connection:
                said = connection.connection.dbapi_connection.info.get_parameters()
                assert wanted.items() <= said.items()
