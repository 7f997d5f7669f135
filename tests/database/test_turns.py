"""Users take turns: of those with a ready job the one goes first whose last job of the lane began longest ago."""

import itertools
import random
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from engine.command import Lane
from engine.database import Database, jobs
from engine.jobs import sql_queue
from engine.jobs.job import Job
from engine.jobs.queue import LOCAL_POOL, Queue
from engine.jobs.sql_queue import SqlQueue
from tests.database.test_queue import nothing, of_threads
from tests.database.test_queue_of_users import ANN, BEN, OWNER, of_user


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No two moments are the same, as they may be on Windows."""
    ticks = itertools.count(int(time.time()))
    monkeypatch.setattr(sql_queue.time, "time", lambda: float(next(ticks)))
    yield


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("seed", range(3))
def test_users_take_turns_and_each_goes_by_their_own_order(database: Database, seed: int) -> None:
    """A random walk beside a plain model: of the users with a ready job the one whose last job began longest ago."""
    dice, queue, users = random.Random(seed), SqlQueue(database), [ANN, BEN, "c" * 32]
    began: dict[tuple[str, Lane], float] = defaultdict(float)
    for moment in range(80):
        deed, user, lane = dice.random(), dice.choice(users), dice.choice(list(Lane))
        if deed < 0.45:
            behind = dice.random() < 0.2
            params = {"lane": str(lane), "seed": -1}
            queue.of(user).enqueue_all([of_user(user, background=behind, **params) for _ in range(dice.randint(1, 4))])
        elif deed < 0.55 and (order := list(queue.of(user).order())):
            queue.of(user).move(dice.choice(order), dice.randint(1, len(order)))
        else:
            ready = [job for job in queue._all(jobs.c.status == "PENDING") if job.lane == lane]
            turns = sorted(ready, key=lambda job: (job.background, began[job.user, job.lane], job.rank, job.id))
            expected = turns[0].id if turns else None
            shown, taken = queue.next_ready(lane, LOCAL_POOL), queue.claim(lane, LOCAL_POOL, OWNER)
            assert (shown and shown.id) == (taken and taken.id) == expected
            if taken:
                began[taken.user, lane] = moment + 1.0
                assert queue.complete(taken, [], [], nothing)


@pytest.mark.usefixtures("clock")
def test_hundreds_of_one_do_not_starve_another_and_alone_they_go_in_their_order(database: Database) -> None:
    queue = SqlQueue(database)
    many = queue.of(ANN).enqueue_all([of_user(ANN) for _ in range(300)])
    alone = [begun_next(queue).id for _ in range(3)]
    assert alone == [job.id for job in many[:3]]
    few = queue.of(BEN).enqueue_all([of_user(BEN) for _ in range(3)])
    told = [begun_next(queue).id for _ in range(8)]
    assert told == [few[0].id, many[3].id, few[1].id, many[4].id, few[2].id, *(job.id for job in many[5:8])]


def test_of_two_that_claim_from_many_users_none_stops_before_nothing_is_left(url: str) -> None:
    database = Database(url)
    database.migrate()
    users = [uuid.uuid4().hex for _ in range(30)]  # often the other is just taking the last one of a user
    ids = [SqlQueue(database).enqueue(of_user(user)).id for user in users * 4]
    said = of_threads(url, ["one:host:1", "two:host:1"])
    assert Counter(line.split()[0] for lines in said for line in lines) == Counter(ids)
    database.close()


def begun_next(queue: Queue) -> Job:
    job = queue.claim(Lane.LIGHT, LOCAL_POOL, OWNER)
    assert job
    return job
