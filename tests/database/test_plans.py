"""A user's lists are found by an index, however much others have."""

from collections.abc import Callable

import pytest
from sqlalchemy import insert, text

from engine.database import Database, job_segments, jobs, tracks
from engine.jobs.sql_queue import SqlQueue
from engine.library.index import TrackIndex
from engine.library.search import Search
from tests.database.earlier import JOB, TRACK
from tests.database.plans import plans

USERS, EACH = 40, 100
FULL_SCANS = ("SCAN jobs", "SCAN tracks", "SCAN job_segments", "Seq Scan")


@pytest.fixture
def filled(database: Database) -> Database:
    """Many users' tracks and jobs, of which the database knows how many there are."""
    numbers = [(user, number) for user in range(USERS) for number in range(EACH)]
    done = {"params": {}, "error": None, "track_ids": [], "follow_ups": [], "about": {}}
    job = {"device_key": "debug", **{name: value for name, value in JOB.items() if name != "family"}, **done}
    with database.write() as tx:
        rows = []
        for user, number in numbers:
            key = f"{user * EACH + number:032x}"
            finished = {"id": key, "idempotency_key": key, "user": f"u{user}", "created_at": float(number)}
            waits = {"status": "PENDING"} if number == EACH - 1 else {}
            rows.append(job | finished | waits)
        tx.execute(insert(jobs), rows)
        of_job = {"attempt": 1, "stage": "WORKING", "status": "COMPLETED", "progress": 0.0, "started_at": 1.0}
        tx.execute(insert(job_segments), [of_job | {"id": row["id"], "job_id": row["id"], "idx": 0} for row in rows])
        names = ("id", "user", "created_at")
        own = [{name: row[name] for name in names} | {"name": row["id"]} for row in rows]
        tx.execute(insert(tracks), [TRACK | each for each in own])
        tx.execute(text("ANALYZE"))
    return database


def test_no_list_of_a_user_goes_through_what_others_have(filled: Database) -> None:
    index, queue = TrackIndex(filled).of("u7"), SqlQueue(filled).of("u7")
    job_id = f"{7 * EACH:032x}"
    asked: dict[str, Callable[[], object]] = {
        "tracks": lambda: index.rows(limit=20),
        "a later page": lambda: index.rows(limit=20, offset=60),
        "words": lambda: index.rows(Search(q="пианино")),
        "count": index.count,
        "jobs": queue.recent,
        "order": queue.order,
        "stages": lambda: queue.segments(job_id),
    }
    assert len(index.rows(limit=1000)) == EACH == index.count() and len(queue.recent()) == EACH
    assert len(queue.order()) == 1 and len(queue.segments(job_id)) == 1
    found = {name: "\n".join(plans(filled, ask)) for name, ask in asked.items()}
    assert {name: plan for name, plan in found.items() if any(scan in plan for scan in FULL_SCANS)} == {}
