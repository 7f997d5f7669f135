"""What every form of the queue keeps: a job is claimed once, and who lost it changes nothing any more."""

import random
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event, select, update

from engine.command import Lane
from engine.commands import command
from engine.database import Database, jobs
from engine.errors import AppError, Code
from engine.events import InProcessEvents, JobChanged
from engine.jobs.job import MAX_RETRIES, Job, JobStatus, Request
from engine.jobs.job_views import JobViews
from engine.jobs.queue import ALL, EXPIRES_S, LOCAL_POOL, Hold, Queue, QueueEntry
from engine.jobs.sql_queue import SqlQueue
from engine.jobs.waiting import moved
from engine.settings import PROJECT
from tests.waiting import until

DEBUG = command("debug", debug=True)
OWNER, BATCH = "folder:host:1", "b" * 32
ERROR = AppError(Code.INTERNAL, "io_fault", reason="").body()


def entered(database: Database, count: int, **params: object) -> list[str]:
    """Ids of so many waiting jobs, in their order."""
    requests = [entry(request_id=uuid.uuid4().hex, **params) for _ in range(count)]
    with mock.patch("engine.jobs.sql_queue.MAX_WAITING", count + 1000):
        return [job.id for job in SqlQueue(database).enqueue_all(requests)]


def entry(
    request_id: str | None = None, batch_id: str | None = None, background: bool = False, **params: object
) -> QueueEntry:
    request = Request("debug", {}, request_id=request_id, batch_id=batch_id, background=background)
    return QueueEntry(request, DEBUG, DEBUG.params.checked(params))


def claim(queue: Queue, **rest: Any) -> Job | None:
    return queue.claim(Lane.LIGHT, LOCAL_POOL, OWNER, **rest)


def nothing(_: Connection) -> None:
    """No track to index."""


def claimed(queue: Queue) -> Job:
    job = claim(queue)
    assert job
    return job


def of_processes(url: str, owners: list[str]) -> list[list[str]]:
    """What each process that claims until nothing is left says of its jobs."""
    claimers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.database.claimer", url, owner], cwd=PROJECT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )
        for owner in owners
    ]  # fmt: skip
    for claimer in claimers:
        assert claimer.stdout and claimer.stdout.readline() == "ready\n"
    with ThreadPoolExecutor() as pool:
        said = list(pool.map(lambda claimer: claimer.communicate("go\n")[0].split("\n")[:-1], claimers))
    assert [claimer.returncode for claimer in claimers] == [0] * len(owners)
    return said


def of_threads(url: str, owners: list[str]) -> list[list[str]]:
    """The same by threads, each with a queue and a database connection of its own."""
    ready = threading.Barrier(len(owners))

    def work(owner: str) -> list[str]:
        queue, said = SqlQueue(Database(url)), []
        ready.wait()
        while job := queue.claim(Lane.LIGHT, LOCAL_POOL, owner):
            said.append(f"{job.id} {job.attempt} {job.owner}")
        return said

    with ThreadPoolExecutor() as pool:
        return list(pool.map(work, owners))


@pytest.mark.parametrize("claim_all", [of_processes, of_threads])
def test_of_two_that_claim_thousands_each_gets_what_the_other_does_not(
    url: str, full: bool, claim_all: Callable[[str, list[str]], list[list[str]]]
) -> None:
    database = Database(url)
    database.migrate()
    ids = entered(database, 10_000 if full else 600)
    owners = ["one:host:1", "two:host:1"]
    said = claim_all(url, owners)
    assert all(len(lines) > len(ids) // 20 for lines in said), "both were at it"
    assert all(line.endswith(f" 1 {owner}") for owner, lines in zip(owners, said, strict=True) for line in lines)
    assert Counter(line.split()[0] for lines in said for line in lines) == Counter(ids), "none twice, none left"
    with database.read() as connection:
        found = connection.execute(select(jobs.c.status, jobs.c.attempt)).all()
    database.close()
    assert set(found) == {("RUNNING", 1)} and len(found) == len(ids)


def test_a_claim_takes_the_next_that_is_ready(database: Database) -> None:
    queue = SqlQueue(database)
    first, second, third, fourth, fifth, sixth = entered(database, 6)
    with database.write() as tx:
        tx.execute(update(jobs).where(jobs.c.id == first).values(not_before=1e12))
        tx.execute(update(jobs).where(jobs.c.id == second).values(batch_id=BATCH))
        tx.execute(update(jobs).where(jobs.c.id == third).values(lane=Lane.MODEL))
        tx.execute(update(jobs).where(jobs.c.id == sixth).values(pool="model.cuda24"))
    assert queue.hold(BATCH, True)
    ready = queue.next_ready(Lane.LIGHT, LOCAL_POOL)
    assert claim(queue, job_id=second) is None and ready and claimed(queue).id == ready.id == fourth
    assert queue.hold(BATCH, False) is False
    assert claim(queue, job_id=fifth).id == fifth  # type: ignore[union-attr]
    assert claimed(queue).id == second and claim(queue) is None
    assert queue.claim(Lane.LIGHT, "model.cuda24", OWNER).id == sixth  # type: ignore[union-attr]


def test_what_waits_in_the_background_comes_after_all_else_whenever_that_came(database: Database) -> None:
    queue = SqlQueue(database)
    behind = [queue.enqueue(entry(seed=seed, background=True)).id for seed in range(3)]
    assert claimed(queue).id == behind[0], "nothing else is ready"
    early, late = entered(database, 2)
    ready = queue.next_ready(Lane.LIGHT, LOCAL_POOL)
    assert ready and ready.id == early and claimed(queue).id == early
    assert queue.hold(ALL, True) and claim(queue) is None and queue.hold(ALL, False) is False
    lost = claimed(queue)
    assert lost.id == late and queue.put_back(lost) and claimed(queue).id == late, "also when it comes back"
    (pausing,) = entered(database, 1)
    with database.write() as tx:
        tx.execute(update(jobs).where(jobs.c.id == pausing).values(not_before=1e12))
    assert claimed(queue).id == behind[1], "what pauses is not ready"
    again = queue.get(behind[1])
    assert queue.fail(again, ERROR, recoverable=False) and queue.retry(again.id).background
    (asked,) = entered(database, 1)
    assert [claimed(queue).id for _ in range(3)] == [asked, behind[2], behind[1]]


def test_the_queue_of_the_user_knows_nothing_of_the_background(database: Database) -> None:
    queue = SqlQueue(database)
    hidden = queue.enqueue(entry(seed=1, background=True))
    assert queue.enqueue(entry(seed=1, background=True)).id == hidden.id, "the same is asked for once"
    shown = queue.enqueue(entry(seed=1))
    assert shown.id != hidden.id, "whoever asks for it now does not wait for what is done some time"
    (other,) = entered(database, 1)
    assert list(queue.order()) == [job.id for job in queue.recent()] == [shown.id, other]
    assert [job.id for job in queue.background()] == [hidden.id] and queue.get(hidden.id).background
    queue.move(other, 1)
    assert list(queue.order()) == [other, shown.id]
    with pytest.raises(AppError) as refused:
        queue.move(hidden.id, 1)
    assert refused.value.code is Code.INVALID_INPUT
    assert queue.cancel_waiting() == [other, shown.id] and queue.get(hidden.id).status == "PENDING"
    over = claimed(queue)
    assert over.id == hidden.id and queue.fail(over, ERROR, recoverable=False)
    with mock.patch("engine.jobs.sql_queue.MAX_FINISHED", 0):
        queue.prune()
    assert [job.id for job in queue.background()] == [hidden.id] and queue.recent() == []


def test_a_hold_on_all_outlives_the_process_and_ends_with_nothing_to_hold(url: str) -> None:
    database = Database(url)
    database.migrate()
    queue = SqlQueue(database)
    assert queue.hold(ALL, True) is False and queue.holds() == frozenset()
    second = entered(database, 2)[1]
    begun = claimed(queue)
    assert queue.hold(ALL, True) and queue.hold(ALL, True) and claim(queue) is None
    database.close()
    database = Database(url)
    again = SqlQueue(database)
    assert again.holds() == {ALL} and claim(again) is None and again.next_ready(Lane.LIGHT, LOCAL_POOL) is None
    assert again.cancel(again.get(second)) and again.end_idle_holds() == frozenset()
    assert again.cancel(begun) and again.end_idle_holds() == {Hold(None, ALL)} and again.holds() == frozenset()
    database.close()


def test_a_hold_on_a_batch_ends_when_nothing_of_it_waits(database: Database) -> None:
    queue = SqlQueue(database)
    entered(database, 1)
    batch = queue.enqueue_all([entry(request_id=str(n), batch_id=BATCH) for n in range(2)])
    assert queue.hold(BATCH, True) and queue.hold("c" * 32, True) is False
    assert queue.cancel(batch[0]) and queue.end_idle_holds() == frozenset()
    assert queue.cancel_waiting(BATCH) == [batch[1].id]
    assert queue.end_idle_holds() == {Hold(None, BATCH)} and len(queue.order()) == 1


def test_a_queue_of_its_own_jobs_leaves_the_others_alone_and_is_not_held(database: Database) -> None:
    page, own = SqlQueue(database), SqlQueue(database, own_only=True)
    (theirs,) = entered(database, 1)
    assert page.hold(ALL, True) and claim(own) is None and own.cancel_waiting() == []
    mine = own.enqueue(entry(seed=1))
    assert claim(page) is None and claimed(own).id == mine.id
    children = [entry(seed=2)]
    assert own.complete(own.get(mine.id), [], children, nothing)
    follower = claimed(own)
    assert follower.id != theirs and claim(own) is None
    assert own.cancel(follower) and own.retry(follower.id).id == follower.id and own.cancel_waiting() == [follower.id]
    assert list(page.order()) == [theirs]


def test_what_is_abandoned_is_ones_own_earlier_life_and_what_expired(database: Database) -> None:
    queue = SqlQueue(database)
    ids = entered(database, 5)
    owners = ["mine:host:1", "theirs:host:1", "theirs:frozen:2", "mine_not:host:1", None]
    for job_id, owner in zip(ids, owners, strict=True):
        assert queue.claim(Lane.LIGHT, LOCAL_POOL, owner or "old", job_id=job_id)
    with database.write() as tx:
        silent = time.time() - EXPIRES_S - 1
        tx.execute(update(jobs).where(jobs.c.owner.like("theirs%")).values(heartbeat_at=silent))
        tx.execute(update(jobs).where(jobs.c.owner == "old").values(owner=None, heartbeat_at=None))
    assert queue.renew("theirs:host:1", ids) == {ids[1]}
    assert [job.id for job in queue.abandoned("mine:")] == [ids[0], ids[2], ids[4]]
    assert queue.put_back(queue.get(ids[2])) and queue.renew("theirs:frozen:2", ids) == set(), "it learns that it lost"


def test_a_claim_that_its_owner_does_not_know_of_expires(database: Database) -> None:
    queue = SqlQueue(database)
    known, unknown = entered(database, 2)
    assert {claimed(queue).id, claimed(queue).id} == {known, unknown}
    with database.write() as tx:
        tx.execute(update(jobs).values(heartbeat_at=time.time() - EXPIRES_S - 1))
    assert queue.renew(OWNER, [known]) == {known}
    assert [job.id for job in queue.expired()] == [unknown]


def test_claims_go_by_the_clock_of_the_database(database: Database) -> None:
    queue, ahead = SqlQueue(database), time.time() + 3600
    entered(database, 2)
    right = claimed(queue)
    with mock.patch("time.time", return_value=ahead):
        wrong = claimed(queue)
        assert queue.expired() == [] and queue.renew(OWNER, [wrong.id]) == {wrong.id}
    with database.write() as tx:
        tx.execute(update(jobs).values(heartbeat_at=jobs.c.heartbeat_at - EXPIRES_S - 1))
    assert {job.id for job in queue.expired()} == {right.id, wrong.id}


def test_what_is_postponed_waits_for_a_while_and_that_counts_for_nothing(database: Database) -> None:
    queue = SqlQueue(database)
    entered(database, 1)
    job = claimed(queue)
    assert queue.postpone(job, ERROR, 60.0)
    now = queue.get(job.id)
    assert (now.status, now.failures, now.interruptions, now.lost_nodes) == (JobStatus.PENDING, 0, 0, 0)
    assert now.rank == job.rank and now.not_before > time.time() and claim(queue) is None
    assert queue.postpone(job, ERROR, 0.0) is False, "it is fenced as the others are"


@pytest.mark.parametrize("late", ["complete", "fail", "pass", "cancel"])
@pytest.mark.parametrize("since", ["begun again", "waits again", "over"])
def test_whoever_lost_a_job_changes_nothing(database: Database, late: str, since: str) -> None:
    queue = SqlQueue(database)
    (job_id,) = entered(database, 1)
    lost = claimed(queue)
    with mock.patch("engine.jobs.sql_queue.retry_delay_s", return_value=0.0):
        assert queue.fail(lost, ERROR, recoverable=True)
    now = queue.get(job_id)
    if since != "waits again":
        now = claimed(queue)
    if since == "over":
        assert queue.cancel(now)
        now = queue.get(job_id)
    index = mock.Mock()
    verbs = {
        "complete": lambda: queue.complete(lost, ["0" * 32], [], index),
        "fail": lambda: queue.fail(lost, ERROR, recoverable=False),
        "pass": lambda: queue.fail(lost, ERROR, recoverable=True),
        "cancel": lambda: queue.cancel(lost),
    }
    if (late, since) == ("cancel", "waits again"):
        assert verbs[late](), "who wants it gone may say so while nobody has begun it anew"
        return
    assert verbs[late]() is False
    assert queue.get(job_id) == now and index.call_count == 0


def test_a_retry_starts_the_failures_anew_but_not_the_attempts(database: Database) -> None:
    queue = SqlQueue(database)
    (job_id,) = entered(database, 1)
    lost = claimed(queue)
    assert queue.fail(lost, ERROR, recoverable=False)
    assert queue.get(job_id).failures == 1
    assert queue.retry(job_id).failures == 0
    again = claimed(queue)
    assert again.attempt == 2 and not queue.fail(lost, ERROR, recoverable=False)
    assert queue.complete(again, [], [], nothing) and queue.get(job_id).status == "COMPLETED"


def test_after_five_retries_it_is_a_dead_letter(database: Database) -> None:
    queue = SqlQueue(database)
    (job_id,) = entered(database, 1)
    with mock.patch("engine.jobs.sql_queue.retry_delay_s", return_value=0.0):
        for _ in range(MAX_RETRIES + 1):
            assert not queue.get(job_id).dead_letter
            assert queue.fail(claimed(queue), ERROR, recoverable=True)
    assert queue.get(job_id).dead_letter and claim(queue) is None


def test_the_order_is_what_the_rows_say_whatever_two_writers_did(url: str, full: bool) -> None:
    """A random walk through every verb, by one of two at a time; both see the order that a fresh look finds."""
    databases = [Database(url) for _ in range(2)]
    databases[0].migrate()
    queues, dice = [SqlQueue(database) for database in databases], random.Random(4)
    entered(databases[0], 30)

    for _ in range(120 if full else 60):
        queue = dice.choice(queues)
        waiting = [queue.get(job_id) for job_id in queue.order()]
        running = [job for job in queue.recent() if job.status is JobStatus.RUNNING]
        over = [job for job in queue.recent() if job.status in ("FAILED", "CANCELED")]
        deeds: list[Callable[[], Any]] = [partial(queue.enqueue, entry(seed=-1))]
        if waiting:
            one = dice.choice(waiting)
            deeds += [
                partial(claim, queue),
                partial(queue.move, one.id, dice.randint(1, 9)),
                partial(queue.cancel, one),
                partial(queue.enqueue_all, [entry(request_id=uuid.uuid4().hex, batch_id=BATCH)]),
                partial(queue.cancel_waiting, BATCH),
            ]
        if running:
            one = dice.choice(running)
            deeds += [
                partial(queue.fail, one, ERROR, recoverable=bool(dice.randint(0, 1))),
                partial(queue.put_back, one),
                partial(queue.complete, one, [], [], nothing),
            ]
        if over:
            one = dice.choice(over)
            deeds += [partial(queue.retry, one.id), partial(queue.forget, one.id)]
        dice.choice(deeds)()
        rows = [(job.id, job.rank) for job in queues[0].recent() if job.status is JobStatus.PENDING]
        rows.sort(key=lambda row: (row[1], row[0]))
        assert all(list(each.order().items()) == rows for each in queues)
    for database in databases:
        database.close()


def test_progress_reads_nothing_and_a_move_to_the_front_is_two_messages(database: Database) -> None:
    queue, bus = SqlQueue(database), InProcessEvents()
    views, told, asked = JobViews(queue, bus), [], []
    ids = entered(database, 1000)
    bus.subscribe(told.append)
    views.begun(claimed(queue))
    views.start()
    try:
        until(lambda: told)
        told.clear()
        event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
        for tick in range(1, 11):
            views.progressed(ids[0], tick / 20, "WORKING")
            until(lambda: len(told) == tick)  # noqa: B023
        assert asked == [] and [type(event) for event in told] == [JobChanged] * 10
        assert told[-1].row["progress"] == 0.5
        changed = queue.move(ids[-1], 1)
        assert sorted(changed) == sorted([ids[-1], ids[1]])
        asked.clear()
        views.changed(*changed)
        until(lambda: len(told) == 12)
        assert len(asked) == 4, "the order, what is held, the two jobs"
    finally:
        views.stop()
    assert {event.row["id"]: event.row["position"] for event in told[-2:]} == {ids[-1]: 1, ids[1]: 2}
    assert list(queue.order())[:2] == [ids[-1], ids[1]]


@given(
    count=st.integers(1, 12), space_s=st.sampled_from([0.0, 1e-6, 0.1]),
    moves=st.lists(st.tuples(st.integers(0, 11), st.integers(-1, 14)), max_size=60),
)  # fmt: skip
def test_a_move_changes_one_rank_or_two_and_seldom_more(
    count: int, space_s: float, moves: list[tuple[int, int]]
) -> None:
    now = 1.8e9
    ranks = {f"{number:02}": now + number * space_s - 5 for number in range(count)}
    spaced = 0
    for which, position in moves:
        now += 1
        job_id = list(ranks)[which % count]
        expected = [each for each in ranks if each != job_id]
        expected.insert(max(0, position - 1), job_id)
        changed = {place["moved"]: place["place"] for place in moved(ranks, job_id, position, now)}
        assert list(changed) == sorted(changed)
        alone = {job_id, next(iter(ranks))} if expected[0] == job_id else {job_id}
        if not changed.keys() <= alone:
            assert len(changed) == count
            spaced += 1
        assert all(place >= min(ranks.values()) for place in changed.values()), "it passes none that has begun"
        ranks = dict(sorted((ranks | changed).items(), key=lambda one: (one[1], one[0])))
        assert list(ranks) == expected
        assert max(ranks.values()) <= now, "newer jobs come after it"
    assert spaced <= 1 + len(moves) / 8, "only where nothing goes between two any more"


def test_an_end_of_which_nobody_told_is_found(database: Database) -> None:
    """A node was killed in between: what a server was told of the job is of an attempt that is over."""
    queue, bus = SqlQueue(database), InProcessEvents()
    views, told = JobViews(queue, bus), list[JobChanged]()
    bus.subscribe(told.append)
    entered(database, 3)
    jobs_of_nodes = [claimed(queue) for _ in range(3)]
    for job in jobs_of_nodes:
        views.hear(JobChanged({**views.row(job), "progress": 0.5}, job.user))
    over, again, running = jobs_of_nodes
    assert queue.complete(over, [], [], nothing)
    assert queue.put_back(again)
    assert claimed(queue).id == again.id
    views.compare()
    assert [views.row(queue.get(job.id))["progress"] for job in jobs_of_nodes] == [1.0, 0.0, 0.5]
    views.start()
    views.stop()
    assert {event.row["id"]: event.row["attempt"] for event in told} == {over.id: 1, again.id: 2}
    assert running.id not in {event.row["id"] for event in told}
