"""Segments that nodes share, on SQLite and PostgreSQL: each is made by one, and all end with their job."""

import threading
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.command import Lane
from engine.context import Segment
from engine.database import Database, job_segments, jobs
from engine.jobs.job import Job
from engine.jobs.queue import EXPIRES_S, LOCAL_POOL
from engine.jobs.shared_segments import MOST_CLAIMS, SharedSegments, key_of, ready
from engine.jobs.sql_queue import SqlQueue
from engine.library.storage import LocalStorage
from tests.database.test_queue import ERROR, OWNER, claimed, entered, nothing

HELPER = "helper:host:1"


def planned(count: int) -> dict[str, Segment]:
    return {uuid.uuid4().hex: Segment(60.0 * n, 60.0 * (n + 1), {"first": n}) for n in range(count)}


@pytest.fixture
def shared(database: Database, tmp_path: Path) -> SharedSegments:
    return SharedSegments(database, LocalStorage(tmp_path))


@pytest.fixture
def queue(database: Database) -> SqlQueue:
    return SqlQueue(database)


@pytest.fixture
def job(database: Database, queue: SqlQueue) -> Job:
    """A running job in its stage."""
    entered(database, 1)
    job = claimed(queue)
    assert queue.begin_stage(job, "RENDERING", 0.25)
    return job


def silent(database: Database, segment_id: str) -> None:
    with database.write() as tx:
        row = update(job_segments).where(job_segments.c.id == segment_id)
        tx.execute(row.values(heartbeat_at=time.time() - EXPIRES_S - 1))


def column(database: Database, name: str) -> list[Any]:
    with database.read() as connection:
        rows = select(job_segments.c[name]).where(job_segments.c.start_s.is_not(None))
        return list(connection.scalars(rows.order_by(job_segments.c.start_s)))


def helped(shared: SharedSegments) -> Job:
    """What a node begins that has nothing else to do."""
    found = shared.next(Lane.LIGHT, LOCAL_POOL)
    assert found is not None
    begun = shared.claim(found, HELPER)
    assert begun is not None and begun.segment is not None
    return begun


def test_they_stand_between_the_stages_of_their_job(shared: SharedSegments, queue: SqlQueue, job: Job) -> None:
    assert len(shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(3))) == 3
    shown = queue.segments(job.id)
    assert [(row["stage"], row["start_s"], row["end_s"], row["status"]) for row in shown] == [
        ("RENDERING", None, None, "RUNNING"),
        ("RENDERING", 0.0, 60.0, "PENDING"),
        ("RENDERING", 60.0, 120.0, "PENDING"),
        ("RENDERING", 120.0, 180.0, "PENDING"),
    ]
    assert {row["progress"] for row in shown} == {0.25}
    assert queue.begin_stage(job, "SAVING", 1.0)
    assert [row["status"] for row in queue.segments(job.id)] == ["COMPLETED", *["PENDING"] * 3, "RUNNING"]


def test_the_jobs_own_worker_and_a_node_take_turns(shared: SharedSegments, database: Database, job: Job) -> None:
    ids = shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(3))
    assert ready(database) == {LOCAL_POOL: 3}
    own = shared.take(job.id, job.attempt)
    assert shared.renew(HELPER, [job.id]) == {ids[0]}, "whichever node renews the job"
    assert own is not None and (own.id, own.job_id, own.work, own.claim) == (ids[0], job.id, {"first": 0}, 1)
    theirs = helped(shared)
    assert theirs.segment is not None and theirs.segment.work == {"first": 1}
    assert (theirs.id, theirs.attempt, theirs.command, theirs.params) == (ids[1], 1, job.command, job.params)
    assert column(database, "owner") == [job.id, HELPER, None] and ready(database) == {LOCAL_POOL: 1}
    assert shared.made(ids[1]) is None
    assert shared.complete(theirs.segment, {"tail": 5}) and not shared.complete(theirs.segment, {})
    made = shared.made(ids[1])
    assert made is not None and (made.key, made.facts) == (key_of(job.id, ids[1], 1), {"tail": 5})
    assert shared.complete(own, {}) and shared.take(job.id, job.attempt)
    assert shared.next(Lane.LIGHT, LOCAL_POOL) is None and not ready(database)


def test_a_plan_whose_answer_was_lost_is_made_once(shared: SharedSegments, queue: SqlQueue, job: Job) -> None:
    segments = planned(3)
    ids = shared.plan(job.id, job.attempt, "RENDERING", 0.25, segments)
    begun = helped(shared)
    assert shared.plan(job.id, job.attempt, "RENDERING", 0.25, segments) == ids == list(segments)
    assert [row["start_s"] for row in queue.segments(job.id)] == [None, 0.0, 60.0, 120.0]
    assert begun.segment is not None and shared.complete(begun.segment, {}), "who has begun one goes on"


def test_nobody_waits_for_the_storage_while_the_job_is_locked(
    shared: SharedSegments, queue: SqlQueue, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(1))
    begun = helped(shared)
    assert begun.segment is not None and shared.complete(begun.segment, {})
    assert queue.put_back(job)
    again = claimed(queue)
    renewed: list[set[str]] = []

    def looks(key: str) -> None:
        """As slow as it may be: the node renews its claim from another thread meanwhile."""
        renewing = threading.Thread(target=lambda: renewed.append(queue.renew(OWNER, [again.id])), daemon=True)
        renewing.start()
        renewing.join(30)

    monkeypatch.setattr(shared.storage, "stat", looks)
    assert shared.plan(again.id, again.attempt, "RENDERING", 0.25, planned(1))
    assert renewed == [{again.id}]


def test_only_nodes_of_its_pool_find_it(shared: SharedSegments, job: Job) -> None:
    shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(1))
    assert shared.next(Lane.MODEL, LOCAL_POOL) is None and shared.next(Lane.LIGHT, "model.cpu") is None
    assert shared.next(Lane.LIGHT, LOCAL_POOL)


def test_of_many_that_ask_at_once_each_gets_another(url: str, tmp_path: Path) -> None:
    with closing(Database(url)) as database:
        database.migrate()
        entered(database, 1)
        job = claimed(SqlQueue(database))
        ids = SharedSegments(database, LocalStorage(tmp_path)).plan(job.id, job.attempt, "RENDERING", 0.25, planned(40))
    got: list[str] = []
    start = threading.Barrier(4)

    def work(number: int) -> None:
        with closing(Database(url)) as own:
            shared = SharedSegments(own, LocalStorage(tmp_path))
            start.wait()
            while True:
                if number == 0:
                    taken = shared.take(job.id, job.attempt)
                    if taken is None:
                        return
                    got.append(taken.id)
                    assert shared.complete(taken, {})
                    continue
                found = shared.next(Lane.LIGHT, LOCAL_POOL)
                if found is None:
                    return
                if begun := shared.claim(found, f"node-{number}:host:1"):
                    got.append(begun.id)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(ids)


def test_who_is_silent_loses_it_and_is_fenced_off(shared: SharedSegments, database: Database, job: Job) -> None:
    (segment_id,) = shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(1))
    late = helped(shared)
    assert shared.take(job.id, job.attempt) is None
    silent(database, segment_id)
    again = shared.take(job.id, job.attempt)
    assert again is not None and again.claim == 2
    assert late.segment is not None and not shared.complete(late.segment, {"late": 1})
    assert not shared.give_back(late.segment) and segment_id not in shared.renew(HELPER, [segment_id])
    assert shared.complete(again, {"in_time": 1})
    made = shared.made(segment_id)
    assert made is not None and made.facts == {"in_time": 1}


def test_who_renews_keeps_it(shared: SharedSegments, database: Database, job: Job) -> None:
    (segment_id,) = shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(1))
    helped(shared)
    silent(database, segment_id)
    assert shared.renew("other:host:1", [segment_id]) == shared.renew(HELPER, ["another"]) == set()
    assert shared.renew(HELPER, [segment_id]) == {segment_id}
    assert shared.take(job.id, job.attempt) is None


def test_the_jobs_own_worker_whose_answer_was_lost_begins_the_same_one_again(shared: SharedSegments, job: Job) -> None:
    ids = shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(2))
    helped(shared)
    for claim in (1, 2):
        taken = shared.take(job.id, job.attempt)
        assert taken is not None and (taken.id, taken.claim) == (ids[1], claim)


def test_what_nodes_cannot_make_is_left_to_the_jobs_own_worker(shared: SharedSegments, job: Job) -> None:
    shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(1))
    for _ in range(MOST_CLAIMS):
        begun = helped(shared)
        assert begun.segment is not None and shared.give_back(begun.segment)
    assert shared.next(Lane.LIGHT, LOCAL_POOL) is None
    assert shared.take(job.id, job.attempt)


@pytest.mark.parametrize("how", ["cancel", "fail", "put_back", "complete"])
def test_they_end_with_their_job(
    shared: SharedSegments, database: Database, queue: SqlQueue, job: Job, how: str
) -> None:
    shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(2))
    begun = helped(shared)
    ends = {
        "cancel": lambda: queue.cancel(job),
        "fail": lambda: queue.fail(job, ERROR, recoverable=True),
        "put_back": lambda: queue.put_back(job),
        "complete": lambda: queue.complete(job, [], [], nothing),
    }
    assert ends[how]()
    assert shared.renew(HELPER, [begun.id]) == set() and not ready(database)
    assert begun.segment is not None and not shared.complete(begun.segment, {})
    assert shared.take(job.id, job.attempt) is None and all(column(database, "finished_at"))
    assert shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(2)) == []


def test_who_helps_a_job_that_is_canceled_hears_of_it(shared: SharedSegments, queue: SqlQueue, job: Job) -> None:
    shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(2))
    begun = helped(shared)
    assert shared.renew(HELPER, [begun.id]) == {begun.id}
    assert queue.request_cancel(job)
    assert shared.renew(HELPER, [begun.id]) == set() and shared.next(Lane.LIGHT, LOCAL_POOL) is None


def test_the_next_attempt_takes_over_what_is_there(
    shared: SharedSegments, queue: SqlQueue, job: Job, tmp_path: Path
) -> None:
    shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(3))
    for number in range(2):
        begun = helped(shared)
        assert begun.segment is not None
        if number == 0:  # of the other one the object is lost
            (file := tmp_path / "sound").write_bytes(b"sound")
            shared.store(begun.segment, file)
        assert shared.complete(begun.segment, {"number": number})
    assert queue.put_back(job)
    again = claimed(queue)
    other = planned(2) | {uuid.uuid4().hex: Segment(120.0, 180.0, {"another": "style"})}
    ids = shared.plan(again.id, again.attempt, "RENDERING", 0.25, other)
    assert shared.plan(again.id, again.attempt, "RENDERING", 0.25, other) == ids, "also when the answer was lost"
    assert queue.begin_stage(again, "SAVING", 1.0), "behind the place of what was taken over"
    kept = shared.made(ids[0])
    assert kept is not None and kept.facts == {"number": 0}
    assert shared.storage.fetch(kept.key).read_bytes() == b"sound"
    for work in ({"first": 1}, {"another": "style"}):
        one = shared.take(again.id, again.attempt)
        assert one is not None and one.work == work and shared.complete(one, {})
    assert shared.take(again.id, again.attempt) is None


def test_objects_go_with_their_job(shared: SharedSegments, queue: SqlQueue, job: Job, tmp_path: Path) -> None:
    shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(1))
    begun = helped(shared)
    assert begun.segment is not None
    (file := tmp_path / "sound").write_bytes(b"sound")
    shared.store(begun.segment, file)
    key = key_of(job.id, begun.id, 1)
    shared.sweep()
    shared.forget(job.id, job.attempt + 1)
    assert shared.storage.stat(key), "it runs, and not in that attempt"
    assert queue.put_back(job)
    shared.sweep()
    assert shared.storage.stat(key), "it runs again"
    assert queue.cancel(claimed(queue))
    shared.sweep()
    assert shared.storage.stat(key) is None


def test_a_job_that_is_done_with_them_forgets_them(shared: SharedSegments, job: Job, tmp_path: Path) -> None:
    shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(1))
    begun = helped(shared)
    assert begun.segment is not None
    (file := tmp_path / "sound").write_bytes(b"sound")
    shared.store(begun.segment, file)
    shared.forget(job.id, job.attempt)
    assert shared.storage.stat(key_of(job.id, begun.id, 1)) is None


def test_a_job_of_another_pool_is_not_counted(database: Database, shared: SharedSegments, job: Job) -> None:
    shared.plan(job.id, job.attempt, "RENDERING", 0.25, planned(2))
    with database.write() as tx:
        tx.execute(update(jobs).values(pool="model.cuda24"))
    assert ready(database) == {"model.cuda24": 2}
