"""Two users and one queue: none finds, changes or hears of the other's jobs, and they take turns."""

import inspect
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast
from unittest import mock

import pytest
from sqlalchemy import select, text, update

from engine.command import Lane
from engine.database import Database, holds, jobs
from engine.database.connect import MIGRATIONS
from engine.errors import AppError, Code
from engine.events import BackgroundChanged, InProcessEvents, JobChanged, QueueChanged
from engine.jobs import sql_queue
from engine.jobs.job import Job
from engine.jobs.job_views import JobViews
from engine.jobs.queue import ALL, LOCAL_POOL, Hold, Queue, QueueEntry
from engine.jobs.sql_queue import SqlQueue
from engine.owner import LOCAL
from tests.database.test_queue import BATCH, ERROR, entry
from tests.waiting import until

ANN, BEN = "a" * 32, "b" * 32
OWNER = "folder:host:1"
NOBODY = "0" * 32


def of_user(user: str, **rest: Any) -> QueueEntry:
    asked = entry(request_id=uuid.uuid4().hex, **rest)
    return replace(asked, request=replace(asked.request, user=user))


def begun(queue: Queue, job: Job) -> Job:
    found = queue.claim(Lane.LIGHT, LOCAL_POOL, OWNER, job_id=job.id)
    assert found
    return found


class Both:
    """An emptied queue in which Ann has a job in every state, held ones too, and Ben one of his own that waits."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.write() as tx:
            tx.execute(jobs.delete())
            tx.execute(holds.delete())
        self.all = SqlQueue(database)
        ann = self.all.of(ANN)
        self.source = f"track:{uuid.uuid4().hex}"
        self.waiting = ann.enqueue(entry(seed=1, source=self.source))
        self.batch = ann.enqueue(entry(seed=2, batch_id=BATCH))
        self.behind = ann.enqueue(entry(seed=3, background=True))
        self.running = begun(ann, ann.enqueue(entry(seed=4)))
        self.failed = begun(ann, ann.enqueue(entry(seed=5)))
        assert ann.fail(self.failed, ERROR, recoverable=False)
        self.pausing = begun(ann, ann.enqueue(entry(seed=6)))
        assert ann.fail(self.pausing, ERROR, recoverable=True)
        child = replace(of_user(ANN, seed=7), parent_id=self.running.id)
        self.child = ann.enqueue(child)
        assert ann.hold(BATCH, True) and ann.hold(ALL, True)
        self.bens = self.all.of(BEN).enqueue(entry(seed=1, source=self.source))

    def anns(self) -> list[Any]:
        """All that the database says of her."""
        with self.database.read() as connection:
            rows = connection.execute(select(jobs).where(jobs.c.user == ANN).order_by(jobs.c.id)).all()
            return [*rows, *connection.execute(select(holds).where(holds.c.user == ANN).order_by(holds.c.scope))]


@pytest.fixture
def both(database: Database) -> Both:
    return Both(database)


def refused_alike(verb: Callable[[str], object], theirs: str) -> None:
    """What is another's is refused as what nobody knows."""
    said = []
    for identity in (theirs, NOBODY):
        with pytest.raises(AppError) as refused:
            verb(identity)
        said.append((refused.value.code, refused.value.key, refused.value.values))
    assert said[0] == said[1] and said[0][0] is Code.NOT_FOUND


def not_found(name: str, of: str = "waiting", *rest: Any) -> Callable[[Both, Queue], None]:
    return lambda both, ben: refused_alike(
        lambda identity: getattr(ben, name)(identity, *rest), BATCH if of == "batch" else getattr(both, of).id
    )


def gives(expected: Callable[[Both], object], name: str, *rest: Any) -> Callable[[Both, Queue], None]:
    def check(both: Both, ben: Queue) -> None:
        wanted = expected(both)
        assert getattr(ben, name)(*(each(both) if callable(each) else each for each in rest)) == wanted

    return check


def enters(both: Both, ben: Queue) -> None:
    theirs = replace(of_user(ANN, seed=1, source=both.source), about={"his": True})
    entered = [ben.enqueue(theirs), *ben.enqueue_all([theirs, of_user(ANN)])]
    assert {job.user for job in entered} == {BEN} and entered[0].id != both.waiting.id


def holds_his_own(both: Both, ben: Queue) -> None:
    assert ben.hold(ALL, True) and ben.hold(BATCH, True) is False and ben.holds() == {ALL}
    assert ben.claim(Lane.LIGHT, LOCAL_POOL, OWNER) is None
    assert ben.hold(ALL, False) is False and both.all.of(ANN).holds() == {ALL, BATCH}


def lifts_his_own(both: Both, ben: Queue) -> None:
    assert both.all.of(ANN).cancel_waiting() and ben.hold(ALL, True) and ben.cancel(both.bens)
    with both.database.write() as tx:
        tx.execute(update(jobs).where(jobs.c.user == ANN).values(status="CANCELED"))
    before = both.anns()
    assert ben.end_idle_holds() == {Hold(BEN, ALL)} and both.anns() == before


def prunes_his_own(both: Both, ben: Queue) -> None:
    assert ben.cancel(both.bens)
    with mock.patch.object(sql_queue, "MAX_FINISHED", 0):
        ben.prune()
    assert ben.knows(both.bens.id) is False


def begins_his_own(both: Both, ben: Queue) -> None:
    assert ben.claim(Lane.LIGHT, LOCAL_POOL, OWNER, job_id=both.waiting.id) is None
    taken = ben.claim(Lane.LIGHT, LOCAL_POOL, OWNER)
    assert taken and taken.id == both.bens.id and ben.claim(Lane.LIGHT, LOCAL_POOL, OWNER) is None
    assert ben.renew(OWNER, [both.bens.id, both.running.id]) == {both.bens.id}


def reads_his_order(both: Both, ben: Queue) -> None:
    assert list(ben.order()) == [both.bens.id] and [job.id for job in ben.recent()] == [both.bens.id]
    assert ben.background() == [] and ben.inputs() == {both.source} == both.all.of(ANN).inputs()


def expires_his_own(both: Both, ben: Queue) -> None:
    assert both.running.heartbeat_at and ben.expired() == []
    with mock.patch("engine.jobs.sql_queue.EXPIRES_S", -1.0):
        assert ben.expired() == [] and [job.id for job in both.all.expired()] == [both.running.id]


def cancels_his_own(both: Both, ben: Queue) -> None:
    assert both.all.request_cancel(both.running) and ben.canceling(OWNER) == set()
    assert both.all.canceling(OWNER) == {both.running.id} and both.all.canceling("another") == set()
    with both.database.write() as tx:
        tx.execute(update(jobs).where(jobs.c.id == both.running.id).values(cancel_requested=False))


RULES: dict[str, Callable[[Both, Queue], None]] = {
    "of": lambda both, ben: both.all.of(BEN).of(ANN).get(both.waiting.id) and None,
    "enqueue": enters,
    "enqueue_all": enters,
    "get": not_found("get"),
    "knows": gives(lambda both: False, "knows", lambda both: both.waiting.id),
    "order": reads_his_order,
    "recent": reads_his_order,
    "background": reads_his_order,
    "inputs": reads_his_order,
    "abandoned": gives(lambda both: [], "abandoned", "folder:"),
    "expired": expires_his_own,
    "canceling": cancels_his_own,
    "ready": gives(lambda both: {LOCAL_POOL: 1}, "ready"),
    "children": gives(lambda both: [], "children", lambda both: both.running.id),
    "batch": not_found("batch", "batch"),
    "segments": not_found("segments", "running"),
    "page": lambda both, ben: [job.id for job in cast(Any, ben).page(limit=9)] == [both.bens.id] or pytest.fail(),
    "begin_stage": gives(lambda both: False, "begin_stage", lambda both: both.running, "RENDERING", 0.5),
    "next_ready": lambda both, ben: gives(lambda _: both.bens, "next_ready", Lane.LIGHT, LOCAL_POOL)(both, ben),
    "next_pause_end": gives(lambda both: None, "next_pause_end"),
    "claim": begins_his_own,
    "renew": begins_his_own,
    "complete": gives(lambda both: False, "complete", lambda both: both.running, [], [], lambda both: lambda tx: None),
    "fail": lambda both, ben: pytest.fail() if ben.fail(both.running, ERROR, recoverable=False) else None,
    "postpone": gives(lambda both: False, "postpone", lambda both: both.running, ERROR, 1.0),
    "put_back": gives(lambda both: False, "put_back", lambda both: both.running),
    "request_cancel": gives(lambda both: False, "request_cancel", lambda both: both.running),
    "cancel": gives(lambda both: False, "cancel", lambda both: both.waiting),
    "cancel_waiting": lambda both, ben: (
        gives(lambda _: [], "cancel_waiting", BATCH)(both, ben),
        gives(lambda _: [both.bens.id], "cancel_waiting")(both, ben),
    )[0],
    "move": not_found("move", "waiting", 1),
    "retry": not_found("retry", "failed"),
    "forget": not_found("forget", "failed"),
    "prune": prunes_his_own,
    "hold": holds_his_own,
    "holds": gives(lambda both: frozenset(), "holds"),
    "end_idle_holds": lifts_his_own,
}


def test_every_verb_of_the_queue_has_a_rule() -> None:
    verbs = {name for name, _ in inspect.getmembers(Queue, inspect.isfunction) if not name.startswith("_")}
    public = {name for name, _ in inspect.getmembers(SqlQueue, inspect.isfunction) if not name.startswith("_")}
    assert verbs == public and not verbs - set(RULES)


def test_no_verb_of_one_user_finds_or_changes_what_is_anothers(database: Database) -> None:
    for rule, name in {rule: name for name, rule in RULES.items() if hasattr(SqlQueue, name)}.items():
        fresh = Both(database)
        before = fresh.anns()
        rule(fresh, fresh.all.of(BEN))
        if name != "end_idle_holds":
            assert fresh.anns() == before, name


def test_a_hold_on_everyone_holds_everyone_and_no_user_lifts_it(both: Both) -> None:
    ben = both.all.of(BEN)
    assert both.all.hold(ALL, True) and ben.holds() == {ALL} and ben.claim(Lane.LIGHT, LOCAL_POOL, OWNER) is None
    assert ben.hold(ALL, False) is True and both.all.hold(ALL, False) is False
    assert ben.claim(Lane.LIGHT, LOCAL_POOL, OWNER) and both.all.claim(Lane.LIGHT, LOCAL_POOL, OWNER) is None


def test_the_same_batch_id_of_two_users_is_two_batches(both: Both) -> None:
    ben = both.all.of(BEN)
    mine = ben.enqueue_all([entry(request_id="1", batch_id=BATCH)])
    assert [job.id for job in ben.batch(BATCH)] == [mine[0].id] != [both.batch.id]
    assert ben.hold(BATCH, True) and ben.hold(BATCH, False) is False
    assert both.all.of(ANN).holds() == {ALL, BATCH} and ben.cancel_waiting(BATCH) == [mine[0].id]


def test_so_many_of_a_user_may_wait_and_so_many_in_all(database: Database) -> None:
    queue = SqlQueue(database, most_waiting=lambda user: 2 if user == BEN else 5)
    for user, limit in ((BEN, 2), (ANN, 5)):
        queue.of(user).enqueue_all([of_user(user) for _ in range(limit)])
        with pytest.raises(AppError) as refused:
            queue.of(user).enqueue(of_user(user))
        assert (refused.value.code, refused.value.values) == (Code.RATE_LIMITED, {"limit": limit})
    assert queue.of(BEN).enqueue(of_user(BEN, background=True)).background, "which is not in the queue as he knows it"
    with mock.patch.object(sql_queue, "MAX_WAITING", 8), pytest.raises(AppError) as refused:
        queue.enqueue(of_user("c" * 32))
    assert (refused.value.code, refused.value.values) == (Code.RATE_LIMITED, {"limit": 8})


def test_each_user_keeps_a_history_of_their_own(database: Database) -> None:
    queue = SqlQueue(database)
    for user, count in ((ANN, 5), (BEN, 1)):
        for job in queue.of(user).enqueue_all([of_user(user) for _ in range(count)]):
            assert queue.cancel(job)
    with mock.patch.object(sql_queue, "MAX_FINISHED", 2):
        queue.prune()
    assert Counter(job.user for job in queue.recent()) == {ANN: 2, BEN: 1}


# what pages are told


def test_rows_go_to_their_user_only(database: Database) -> None:
    queue, bus, told = SqlQueue(database), InProcessEvents(), list[Any]()
    views = JobViews(queue, bus)
    bus.subscribe(told.append)
    anns = queue.of(ANN).enqueue_all([of_user(ANN) for _ in range(3)])
    bens = queue.of(BEN).enqueue_all([of_user(BEN), of_user(BEN, background=True)])
    views.start()
    try:
        views.of(ANN).changed(*(job.id for job in anns))
        views.of(BEN).changed(*(job.id for job in bens))
        until(lambda: len(told) == 5)
        assert queue.of(BEN).hold(ALL, True)
        views.hold_changed(BEN, True)
        until(lambda: JobChanged(views.of(BEN).row(bens[0]), BEN) in told)
    finally:
        views.stop()
    rows = [(event.user, event.row["id"], event.row["position"]) for event in told if isinstance(event, JobChanged)]
    assert {*rows} == {*((ANN, job.id, place) for place, job in enumerate(anns, start=1)), (BEN, bens[0].id, 1)}
    assert [event.user for event in told if isinstance(event, BackgroundChanged | QueueChanged)] == [BEN, BEN]
    assert [row["held"] for row in views.of(BEN).all()] == [True]
    assert [row["held"] for row in views.of(ANN).all()] == [False] * 3 and len(views.all()) == 4


def test_what_was_held_before_there_were_users_is_the_local_users(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    database, config = Database(url), Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    def go(direction: Callable[[Config, str], None], revision: str) -> None:
        with database.write() as tx:
            config.attributes["connection"] = tx
            direction(config, revision)

    go(command.upgrade, "0009")
    with database.write() as tx:
        tx.execute(text("INSERT INTO holds (scope, created_at) VALUES ('all', 1.0)"))
    go(command.upgrade, "head")
    queue = SqlQueue(database)
    assert (queue.of(LOCAL).holds(), queue.of(BEN).holds(), queue.holds()) == ({ALL}, frozenset(), frozenset())
    queue.of(BEN).enqueue(of_user(BEN))
    assert queue.of(BEN).hold(BATCH, True) is False and queue.of(BEN).hold(ALL, True)
    go(command.downgrade, "0009")
    with database.read() as connection:
        assert connection.execute(text("SELECT scope, created_at FROM holds")).all() == [("all", 1.0)]
    database.close()
