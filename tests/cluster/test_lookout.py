"""Who is away is noticed and taken back; one that hangs keeps nobody from hearing of the others."""

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from engine.cluster.lookout import Lookout
from engine.database import Database
from engine.errors import Code
from engine.faults import as_app_error
from engine.services import Service
from tests.cluster.relay import Relay
from tests.waiting import until
from tests.wants import wants


class Services:
    """Two of them, each of which can be away or hang."""

    def __init__(self) -> None:
        self.away: set[str] = set()
        self.hanging = threading.Event()
        self.hanging.set()
        self.told: list[list[str]] = []
        asked = {name: Service(partial(self.ask, name), kept_s=0.0) for name in ("one", "other")}
        self.lookout = Lookout(asked, every_s=0.01, late_s=0.2)
        self.lookout.subscribe(self.told.append)
        self.lookout.start()

    def ask(self, name: str) -> None:
        if name == "other":
            self.hanging.wait()
        if name in self.away:
            raise ConnectionError(name)


@pytest.fixture
def services() -> Iterator[Services]:
    found = Services()
    yield found
    found.hanging.set()
    found.lookout.stop()


def test_who_does_not_answer_is_away_until_they_do(services: Services) -> None:
    services.away = {"one", "other"}
    until(lambda: services.lookout.away == ["one", "other"])
    services.away = {"other"}
    until(lambda: services.lookout.away == ["other"])
    services.away = set()
    until(lambda: services.lookout.away == [])
    until(lambda: services.told[-1] == [])
    assert all(before != after for before, after in zip(services.told, services.told[1:], strict=False))


def test_who_hangs_is_away_and_holds_nobody_up(services: Services) -> None:
    services.hanging.clear()
    until(lambda: services.lookout.away == ["other"])
    services.away = {"one"}
    until(lambda: services.lookout.away == ["one", "other"])
    services.away = set()
    services.hanging.set()
    until(lambda: services.lookout.away == [])


def test_a_listener_that_fails_keeps_nothing_from_others(services: Services) -> None:
    def fail(away: list[str]) -> None:
        raise RuntimeError(away)

    later: list[list[str]] = []
    services.lookout.subscribe(fail)
    services.lookout.subscribe(later.append)
    services.away = {"one"}
    until(lambda: later == [["one"]])


@pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))
def test_an_outage_of_the_database_is_told_as_one() -> None:
    url = make_url(os.environ["TEST_POSTGRESQL_URL"])
    cable = Relay(url.port or 5432)
    away = url.set(host="127.0.0.1", port=cable.port).render_as_string(hide_password=False)
    with closing(cable), closing(Database(away)) as database:
        assert told(database, "SELECT 1 FROM nowhere") == (Code.INTERNAL, "error.unexpected")
        with database.read() as connection, cable.cut():
            with pytest.raises(SQLAlchemyError) as broken:
                connection.execute(text("SELECT 1"))
            assert as_app_error(broken.value).code is Code.UNAVAILABLE
            assert told(database, "SELECT 1") == (Code.UNAVAILABLE, "error.database_away")


def test_a_database_on_disk_is_never_away() -> None:
    with closing(Database("sqlite://")) as database:
        assert told(database, "SELECT 1 FROM nowhere") == (Code.INTERNAL, "error.unexpected")


def told(database: Database, statement: str) -> tuple[Code, str]:
    """What somebody is told of a statement that fails."""
    with pytest.raises(SQLAlchemyError) as failed, database.read() as connection:
        connection.execute(text(statement))
    error = as_app_error(failed.value)
    return error.code, f"error.{error.key}"
