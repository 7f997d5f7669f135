"""Users: who is added, and what is kept when the database is lost."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import Type
from sqlalchemy import select

from engine.accounts import LOCAL, Role, passwords
from engine.accounts.accounts import Accounts
from engine.accounts.marker import wants_accounts
from engine.app import Application
from engine.database import Database
from engine.database.tables import users
from engine.errors import AppError, Code
from engine.events import Notice
from engine.library.sync import SyncReport
from engine.settings import Settings
from tests.accounts.conftest import CHEAP, PASSWORD, REAL, People
from tests.conftest import make_settings


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", CHEAP)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.index_url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def accounts(settings: Settings, database: Database) -> Accounts:
    return Accounts.open(settings, database)


def test_the_first_is_the_local_user_and_an_administrator(accounts: Accounts) -> None:
    first, second = (accounts.users.add(f"{name}@example.org", PASSWORD) for name in ("One", "two"))
    assert (first.id, first.role, first.email) == (LOCAL, Role.ADMIN, "one@example.org")
    assert second.id not in ("", LOCAL) and second.role is Role.USER
    assert [user.email for user in accounts.users.all()] == ["one@example.org", "two@example.org"]
    assert accounts.users.find(" ONE@example.ORG") == first


@pytest.mark.parametrize(
    "email", ["", "@", "a@", "@b", "a b@c", "a@b@c", "a\x00@b", "a" * 65 + "@b", "a@" + "b" * 260, "a\u202e@b"]
)
def test_what_is_no_address_is_refused(people: People, email: str) -> None:
    with pytest.raises(AppError) as refused:
        people.accounts.users.add(email, PASSWORD)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "email_form")


def test_an_address_is_taken_once_however_it_is_spelled(accounts: Accounts) -> None:
    accounts.users.add("Zoë@example.org", PASSWORD)
    with pytest.raises(AppError) as refused:
        accounts.users.add("ZOE\u0308@example.org", PASSWORD)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "email_taken")


@pytest.mark.parametrize(
    ("password", "key"),
    [
        ("short", "password_length"), ("x" * 1025, "password_length"), ("Password123", "password_guessable"),
        ("ann.smith@example.org", "password_guessable"), ("Ann.Smith", "password_guessable"),
        ("aaaaaaaaaaaa", "password_guessable"), ("пароль123", "password_guessable"),
    ],
)  # fmt: skip
def test_a_password_that_anybody_would_guess_is_refused(people: People, password: str, key: str) -> None:
    with pytest.raises(AppError) as refused:
        people.accounts.users.add("ann.smith@example.org", password)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, key)


def test_a_password_is_the_same_from_every_keyboard(accounts: Accounts) -> None:
    accounts.users.add("a@example.org", "e\u0301l\u00e8ve au piano")
    assert accounts.users.verified("a@example.org", "\u00e9le\u0300ve au piano")
    assert accounts.users.verified("a@example.org", "Élève au piano") is None


def test_a_password_is_hashed_anew_when_hashing_costs_more(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = Accounts.open(settings, database).users.add("a@example.org", PASSWORD)
    before = kept(database, user.id)
    monkeypatch.setattr(passwords, "COST", replace(CHEAP, time_cost=2))
    accounts = Accounts.open(settings, database)
    assert accounts.users.verified("a@example.org", PASSWORD) and kept(database, user.id) != before
    again = kept(database, user.id)
    assert "t=2" in again and accounts.users.verified("a@example.org", PASSWORD) and kept(database, user.id) == again


def kept(database: Database, user: str) -> str:
    with database.read() as connection:
        return str(connection.scalar(select(users.c.password_hash).where(users.c.id == user)))


def test_the_cost_is_that_of_rfc_9106() -> None:
    cost = REAL
    assert (cost.type, cost.memory_cost, cost.time_cost, cost.parallelism) == (Type.ID, 65536, 3, 4)


def test_the_last_administrator_stays(accounts: Accounts) -> None:
    first, second = (accounts.users.add(f"{name}@example.org", PASSWORD) for name in ("one", "two"))
    for act in (accounts.users.disable, lambda user: accounts.users.change(user, role=Role.USER)):
        with pytest.raises(AppError) as refused:
            act(first.id)
        assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "last_administrator")
    accounts.users.change(second.id, role=Role.ADMIN, plan="large")
    accounts.users.disable(first.id)
    assert accounts.users.get(second.id).plan == "large" and accounts.users.get(first.id).disabled_at


def test_a_database_that_is_lost_opens_no_door_and_gives_nobody_anothers_id(
    settings: Settings, database: Database, accounts: Accounts
) -> None:
    ids = {email: accounts.users.add(email, PASSWORD).id for email in ("one@x.org", "two@x.org")}
    database.close()
    path = settings.state_dir / "library.db"
    for companion in (path, path.with_name("library.db-wal"), path.with_name("library.db-shm")):
        companion.unlink(missing_ok=True)
    path.write_bytes(b"SQLite format 3\0 no more" * 400)
    application = Application.open(settings)
    try:
        assert not settings.accounts and application.accounts and application.accounts.users.all() == []
        assert wants_accounts(settings, application.database)
        stranger = application.accounts.users.add("new@x.org", PASSWORD)
        assert stranger.id not in ids.values()
        assert {email: application.accounts.users.add(email, PASSWORD).id for email in ids} == ids
    finally:
        application.close()


def test_a_marker_that_cannot_be_read_adds_nobody(settings: Settings, accounts: Accounts) -> None:
    (settings.state_dir / "accounts.json").write_text('{"ids": 5}')
    with pytest.raises(AppError) as refused:
        accounts.users.add("a@example.org", PASSWORD)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "accounts_file_unreadable")
    assert accounts.users.all() == []


def test_a_database_with_users_from_elsewhere_turns_login_on(tmp_path: Path) -> None:
    here, there = make_settings(tmp_path / "a"), make_settings(tmp_path / "b")
    database = Database(here.index_url)
    database.migrate()
    assert not wants_accounts(here, database)
    Accounts.open(there, database).users.add("a@example.org", PASSWORD)
    assert wants_accounts(here, database) and not (here.state_dir / "accounts.json").exists()
    Accounts.open(here, database)
    database.close()
    assert json.loads((here.state_dir / "accounts.json").read_text())["ids"] == {"a@example.org": LOCAL}


def test_what_concerns_the_installation_is_told_to_its_administrators(people: People) -> None:
    told: list[Notice] = []
    people.application.events.subscribe(lambda event: told.append(event) if isinstance(event, Notice) else None)
    people.application._publish_changes(SyncReport([], [], [], [f"{uuid.uuid4().hex}.json"]))
    administrators = {user.id for user in people.accounts.users.all() if user.role is Role.ADMIN}
    assert {notice.user for notice in told} == administrators and administrators
