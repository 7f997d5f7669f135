"""What every form of the state keeps: derived from by a class for each, whose fixture `both` opens one twice."""

import json
import threading
from functools import partial

import pytest
from sqlalchemy import select

from engine.database import Database
from engine.database.tables import states
from engine.owner import LOCAL
from engine.settings import Settings
from engine.state import DamagedError, StateItem, StateStore
from engine.state.files import StateFiles
from engine.state.table import StateRows

NOTES, SECRET = StateItem("notes.json"), StateItem("notes.secret", private=True)
ANN, BEN = "a" * 32, "b" * 32


class TwoOpenings:
    """Two openings of one state, as two processes have them."""

    def __init__(self, settings: Settings, database: Database | None) -> None:
        self.settings, self.database = settings, database
        self.here, self.there = self.open(), self.open()

    def open(self) -> StateStore:
        files = StateFiles(self.settings)
        return files if self.database is None else StateRows(self.database, StateFiles(self.settings))

    def aside(self) -> list[str]:
        """What was put aside of BEN's notes."""
        if self.database is None:
            return [path.read_text() for path in self.settings.state_of(BEN).glob("notes.damaged-*.json")]
        with self.database.read() as connection:
            found = select(states.c.text).where(states.c.user == BEN, states.c.name.like("notes.damaged-%.json"))
            return [str(text) for text in connection.scalars(found)]


def _with(said: str, text: str | None) -> str:
    return json.dumps([*json.loads(text or "[]"), said])


class StateContract:
    def test_each_user_has_their_own_and_whoever_has_it_open_sees_the_same(self, both: TwoOpenings) -> None:
        assert both.here.read(LOCAL, NOTES) is None and both.here.holders(NOTES) == set()
        for user in (LOCAL, ANN, BEN):
            assert both.here.change(user, NOTES, lambda text, user=user: f"{text} of {user}") == f"None of {user}"
        assert both.there.change(BEN, NOTES, lambda text: f"{text}, Привет 🍎") == f"None of {BEN}, Привет 🍎"
        assert both.here.change(LOCAL, SECRET, lambda _: "hidden") == "hidden"
        for store in (both.here, both.there, both.open()):
            assert store.read(LOCAL, NOTES) == f"None of {LOCAL}" and store.read(ANN, NOTES) == f"None of {ANN}"
            assert store.read(BEN, NOTES) == f"None of {BEN}, Привет 🍎" and store.read(ANN, SECRET) is None
            assert store.holders(NOTES) == {LOCAL, ANN, BEN} and store.holders(SECRET) == {LOCAL}

    def test_a_change_that_fails_changes_nothing(self, both: TwoOpenings) -> None:
        both.here.change(BEN, NOTES, lambda _: "kept")

        def failing(text: str | None) -> str:
            raise ValueError(text)

        for user, said in ((BEN, "kept"), (ANN, "None")):
            with pytest.raises(ValueError, match=said):
                both.here.change(user, NOTES, failing)
        assert both.there.read(BEN, NOTES) == "kept" and both.there.holders(NOTES) == {BEN}

    def test_what_is_damaged_is_put_aside_and_begun_anew(self, both: TwoOpenings) -> None:
        def next_one(text: str | None) -> str:
            if text == "damage":
                raise DamagedError
            return json.dumps(json.loads(text or "0") + 1)

        both.here.change(BEN, NOTES, lambda _: "damage")
        assert both.there.change(BEN, NOTES, next_one) == "1" and both.here.change(BEN, NOTES, next_one) == "2"
        assert both.aside() == ["damage"] and both.open().read(BEN, NOTES) == "2"

    def test_what_may_be_old_is_never_older_than_what_was_changed_here(self, both: TwoOpenings) -> None:
        for number in range(3):
            both.here.change(LOCAL, SECRET, lambda _, number=number: str(number))
            assert both.here.read(LOCAL, SECRET, age_s=60.0) == str(number)
        both.there.change(LOCAL, SECRET, lambda _: "other")
        assert both.here.read(LOCAL, SECRET) == "other"
        assert both.here.read(ANN, SECRET, age_s=60.0) is None

    def test_threads_lose_nothing_of_each_others(self, both: TwoOpenings) -> None:
        def add(number: int) -> None:
            for count in range(10):
                both.here.change(BEN, NOTES, partial(_with, f"{number}.{count}"))

        threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = json.loads(both.there.read(BEN, NOTES) or "")
        assert sorted(found) == sorted(f"{number}.{count}" for number in range(4) for count in range(10))
