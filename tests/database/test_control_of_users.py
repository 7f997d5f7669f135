"""Control of one user: what is another's is not there for any of its verbs."""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import select

from engine.database import Database, holds, jobs
from engine.errors import AppError, Code
from engine.events import Event, InProcessEvents, QueueChanged
from engine.jobs.batch import Batch
from engine.jobs.control import Control
from engine.jobs.job import Request
from engine.jobs.job_views import JobViews
from engine.jobs.queue import ALL
from engine.library.library import Library
from engine.state.files import StateFiles
from tests.conftest import make_settings
from tests.database.test_queue import BATCH
from tests.database.test_queue_of_users import ANN, BEN, Both, begun, entry, refused_alike


class EverySound:
    """A library in which every sound is there for everyone."""

    def of(self, user: str) -> "EverySound":
        return self

    def called(self, key: str) -> str:
        return "a sound"

    def record_behind(self, key: str) -> None:
        return None

    def check_input(self, key: str, *, script: bool) -> None:
        """It is there."""


class Desk:
    """Control over a queue of two users; nothing runs, for it was not started."""

    def __init__(self, both: Both, folder: Path) -> None:
        self.both, self.events = both, list[Event]()
        bus, library = InProcessEvents(), cast(Library, EverySound())
        bus.subscribe(self.events.append)
        self.settings = make_settings(folder)
        self.settings.state_dir.mkdir(parents=True, exist_ok=True)
        self.control = Control(self.settings, both.all, library, bus, StateFiles(self.settings))
        self.ben = self.control.of(BEN)

    def anns(self) -> list[object]:
        with self.both.database.read() as connection:
            rows = connection.execute(select(jobs).where(jobs.c.user == ANN).order_by(jobs.c.id)).all()
            return [*rows, *connection.execute(select(holds).where(holds.c.user == ANN))]


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    yield Desk(Both(database), tmp_path)


def submits(desk: Desk) -> None:
    job = desk.ben.submit(Request("debug", {"seed": 1}, user=ANN))
    assert job.user == BEN and job.id != desk.both.waiting.id
    assert (desk.settings.state_of(BEN) / "last_run.json").exists() and not desk.settings.state_of(ANN).exists()


def submits_a_batch(desk: Desk) -> None:
    (job,) = desk.ben.submit_batch(Batch(BATCH, "debug", {}, "source", (f"track:{'1' * 32}",)))
    assert job.user == BEN and [each.id for each in desk.both.all.of(ANN).batch(BATCH)] == [desk.both.batch.id]


def pauses(desk: Desk) -> None:
    desk.events.clear()
    assert desk.ben.pause(True) and desk.ben.paused and desk.events == [QueueChanged(True, BEN)]
    assert desk.ben.pause(False) is False and desk.control.of(ANN).paused and not desk.control.paused


def not_found(name: str, of: str, *rest: object) -> Callable[[Desk], None]:
    def check(desk: Desk) -> None:
        theirs = BATCH if of == "batch" else getattr(desk.both, of).id
        refused_alike(lambda identity: getattr(desk.ben, name)(identity, *rest), theirs)

    return check


def withdraws_his_own(desk: Desk) -> None:
    assert desk.ben.cancel_waiting(BATCH) == 0 and desk.ben.cancel_waiting() == 1


def shows_his_own(desk: Desk) -> None:
    assert [row["id"] for row in desk.ben.views.all()] == [desk.both.bens.id]
    assert desk.ben.views.row(desk.both.bens)["position"] == 1 and not desk.ben.views.all()[0]["held"]


OF_THE_SERVER = "of all users: no face asks for it"

RULES: dict[str, Callable[[Desk], None] | str] = {
    "of": lambda desk: not_found("cancel", "waiting")(desk),
    "submit": submits,
    "submit_batch": submits_a_batch,
    "cancel": not_found("cancel", "waiting"),
    "cancel_batch": not_found("cancel_batch", "batch"),
    "cancel_waiting": withdraws_his_own,
    "retry": not_found("retry", "failed"),
    "retry_batch": not_found("retry_batch", "batch"),
    "move": not_found("move", "waiting", 1),
    "forget": not_found("forget", "failed"),
    "heard": not_found("heard", "waiting", 0),
    "pause": pauses,
    "paused": pauses,
    "pause_batch": not_found("pause_batch", "batch", True),
    "typed": "a text that becomes a request, which is its user's once it is submitted",
    "remarks": "of a request alone",
    "views": shows_his_own,
    "tasks": "without state: the paths that they are given come from a user's own library",
    "dispatch": OF_THE_SERVER,
    "recover": OF_THE_SERVER,
    "start": OF_THE_SERVER,
    "stop": OF_THE_SERVER,
}

OF_THE_WORKERS = "what a worker says of its job, which is told to the job's user"

OF_VIEWS = {
    "of": shows_his_own,
    "all": shows_his_own,
    "row": "of a job that was found already",
    "rows": "of jobs that were found already",
    "stages": OF_THE_SERVER,
    "preview": "of a job that was found already",
    "changed": "told to the user of each job",
    "hold_changed": "names the user",
    **dict.fromkeys(("begun", "progressed", "previewed", "ended", "waits_for", "hear", "compare"), OF_THE_WORKERS),
    "start": OF_THE_SERVER,
    "stop": OF_THE_SERVER,
}


def test_every_verb_of_control_and_of_its_views_has_a_rule(desk: Desk) -> None:
    for of, rules in ((desk.control, RULES), (desk.control.views, OF_VIEWS)):
        verbs = {name for name, _ in inspect.getmembers(type(of)) if not name.startswith("_")}
        assert not (verbs | {name for name in vars(of) if not name.startswith("_")}) - set(rules)
    assert isinstance(desk.control.views, JobViews)


def test_no_verb_of_one_user_finds_or_changes_what_is_anothers(database: Database, tmp_path: Path) -> None:
    for name, rule in RULES.items():
        if callable(rule):
            desk = Desk(Both(database), tmp_path / name)
            before = desk.anns()
            rule(desk)
            assert desk.anns() == before, name


def test_a_batch_of_each_is_canceled_retried_and_paused_by_its_user_alone(desk: Desk) -> None:
    ben = desk.both.all.of(BEN)
    mine = [ben.enqueue(entry(seed=seed, batch_id=BATCH)) for seed in range(20, 23)]
    before = desk.anns()
    failed = begun(ben, mine[0])
    assert ben.fail(failed, AppError(Code.INTERNAL, "io_fault", reason="").body(), recoverable=False)
    assert desk.ben.retry_batch(BATCH) == 1 and desk.ben.pause_batch(BATCH, True)
    assert not desk.ben.pause_batch(BATCH, False) and desk.ben.cancel_batch(BATCH) == 3
    assert desk.anns() == before and ALL in desk.both.all.of(ANN).holds()
