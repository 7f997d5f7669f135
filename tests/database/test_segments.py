"""The stages of a job, the figures of a match and the brief's view of it, on SQLite and PostgreSQL."""

import json
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import insert, select, text, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB

from engine.database import Database, job_segments, jobs, metrics
from engine.jobs import figures
from engine.jobs.job import Job
from engine.jobs.sql_queue import SqlQueue
from tests.database.conftest import POSTGRESQL
from tests.database.plans import plans
from tests.database.test_queue import ERROR, claimed, entered, nothing

AFTER = {"stft_dist": 1.25, "mel_dist": 0.5, "lufs_err": None, "tp_db": -1.0, "artifacts_rate": 0.0, "width_err": 0.1}


def stages(queue: SqlQueue, job: Job) -> list[tuple[Any, ...]]:
    found = queue.segments(job.id)
    assert all((one["finished_at"] is None) == (one["status"] == "RUNNING") for one in found)
    return [(one["attempt"], one["stage"], one["status"], one["progress"]) for one in found]


def test_the_stages_of_every_attempt_stand_in_their_order(database: Database) -> None:
    queue = SqlQueue(database)
    entered(database, 1)
    job = claimed(queue)
    assert queue.begin_stage(job, "LOADING", 0.0) and queue.begin_stage(job, "WORKING", 0.25)
    assert stages(queue, job) == [(1, "LOADING", "COMPLETED", 0.0), (1, "WORKING", "RUNNING", 0.25)]
    assert queue.put_back(job)
    with mock.patch("engine.jobs.sql_queue.retry_delay_s", return_value=0.0):
        again = claimed(queue)
        assert queue.begin_stage(again, "LOADING", 0.0) and queue.fail(again, ERROR, recoverable=True)
    last = claimed(queue)
    assert queue.begin_stage(last, "SAVING", 1.0) and queue.complete(last, [], [], nothing)
    assert stages(queue, job) == [
        (1, "LOADING", "COMPLETED", 0.0), (1, "WORKING", "INTERRUPTED", 0.25), (2, "LOADING", "FAILED", 0.0),
        (3, "SAVING", "COMPLETED", 1.0),
    ]  # fmt: skip


def test_whoever_lost_a_job_adds_no_stage_to_it(database: Database) -> None:
    queue = SqlQueue(database)
    entered(database, 1)
    lost = claimed(queue)
    assert queue.put_back(lost) and not queue.begin_stage(lost, "WORKING", 0.5)
    assert claimed(queue).attempt == 2 and not queue.begin_stage(lost, "WORKING", 0.5)
    assert queue.segments(lost.id) == []


@pytest.mark.parametrize("gone", ["forgotten", "pruned"])
def test_stages_go_with_their_job(database: Database, gone: str) -> None:
    queue = SqlQueue(database)
    entered(database, 1)
    job = claimed(queue)
    assert queue.begin_stage(job, "WORKING", 0.0) and queue.cancel(job)
    assert stages(queue, job) == [(1, "WORKING", "CANCELED", 0.0)]
    if gone == "forgotten":
        queue.forget(job.id)
    else:
        with mock.patch("engine.jobs.sql_queue.MAX_FINISHED", 0):
            queue.prune()
    with database.read() as connection:
        assert not queue.knows(job.id) and connection.scalars(select(job_segments.c.id)).all() == []


def a_match(database: Database, queue: SqlQueue) -> Job:
    """A running job of `/match`."""
    (job_id,) = entered(database, 1)
    params = {"source": "track:" + "a" * 32, "reference": "upload:" + "b" * 32, "mode": "A"}
    with database.write() as tx:
        tx.execute(update(jobs).where(jobs.c.id == job_id).values(command="match", params=params))
    return claimed(queue)


def seen(database: Database) -> dict[str, Any]:
    with database.read() as connection:
        (row,) = connection.execute(text("SELECT * FROM match_jobs")).mappings()
    return dict(row)


def at(moment: Any) -> float:
    return (moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)).timestamp()


def test_a_match_is_seen_as_the_brief_has_it(database: Database) -> None:
    queue = SqlQueue(database)
    entered(database, 1)
    waiting = claimed(queue)
    assert queue.cancel(waiting)
    job = a_match(database, queue)
    row = seen(database)
    assert list(row) == [
        "id", "user_id", "mode", "ref_key", "tgt_key", "status", "progress", "params", "metrics", "error",
        "created_at", "updated_at",
    ]  # fmt: skip
    assert str(row["id"]).replace("-", "") == job.id and str(row["id"])[8] == "-" and row["user_id"] == "local"
    assert (row["mode"], row["ref_key"], row["tgt_key"]) == ("A", job.params["reference"], job.params["source"])
    assert (row["status"], row["progress"], row["metrics"], row["error"]) == ("RUNNING", 0, None, None)
    assert at(row["created_at"]) == pytest.approx(job.created_at, abs=0.002)
    assert queue.begin_stage(job, "RENDERING", 0.4789)
    row = seen(database)
    assert (row["status"], row["progress"]) == ("RENDERING", 47)
    if database.url.get_backend_name() == "postgresql":
        assert row["created_at"].tzinfo and row["params"] == job.params
    else:
        assert row["created_at"].endswith("Z") and json.loads(row["params"]) == job.params
    assert queue.fail(job, ERROR, recoverable=False)
    row = seen(database)
    assert (row["status"], row["progress"], row["error"]) == ("FAILED", 47, ERROR["message"])
    assert at(row["updated_at"]) == pytest.approx(queue.get(job.id).finished_at, abs=0.002)
    queue.retry(job.id)
    assert (seen(database)["status"], seen(database)["progress"]) == ("PENDING", 0)


def test_what_a_match_measured_outlives_its_job(database: Database) -> None:
    queue = SqlQueue(database)
    job = a_match(database, queue)
    record = mock.Mock(details={"match": {"metrics": {"after": AFTER}}})
    assert queue.begin_stage(job, "RENDERING", 0.5) and queue.begin_stage(job, "SAVING", 1.0)
    assert queue.complete(job, [], [], lambda tx: figures.keep(tx, job, [record]))
    row = seen(database)
    kept = row["metrics"] if isinstance(row["metrics"], dict) else json.loads(row["metrics"])
    assert kept == AFTER and (row["status"], row["progress"]) == ("COMPLETED", 100)
    assert [one["metrics"] for one in queue.segments(job.id)] == [None, AFTER]
    queue.forget(job.id)
    with database.read() as connection:
        (history,) = connection.execute(select(metrics)).mappings()
    assert {name: history[metrics.c[name]] for name in figures.NAMES} == {name: AFTER[name] for name in figures.NAMES}
    assert history[metrics.c.job_id] == job.id and history[metrics.c.user] == "local"
    assert time.time() - 600 < history[metrics.c.created_at] <= datetime.now(UTC).timestamp()


def test_other_jobs_have_no_figures(database: Database) -> None:
    queue = SqlQueue(database)
    entered(database, 1)
    job = claimed(queue)
    assert queue.complete(job, [], [], lambda tx: figures.keep(tx, job, [mock.Mock(details={"drama": {}})]))
    with database.read() as connection:
        assert connection.execute(select(metrics)).all() == []
        assert connection.execute(text("SELECT * FROM match_jobs")).all() == []


@pytest.mark.parametrize("url", [POSTGRESQL], indirect=True)
def test_jobs_are_found_by_what_lies_in_their_parameters_and_figures(database: Database) -> None:
    job = a_match(database, SqlQueue(database))
    segment = {
        "attempt": 1, "idx": 0, "stage": "SAVING", "status": "COMPLETED", "progress": 1.0, "started_at": 1.0,
        "finished_at": 2.0,
    }  # fmt: skip
    ids = [f"{number:032x}" for number in range(5000)]
    with database.write() as tx:
        row = tx.execute(select(jobs)).mappings().one()
        like = {column.key: row[column] for column in jobs.c}
        params = [{"source": f"track:{one}"} for one in ids]
        tx.execute(
            insert(jobs),
            [like | {"id": one, "idempotency_key": one, "params": p} for one, p in zip(ids, params, strict=True)],
        )
        figures = [{"id": one, "job_id": one, "metrics": {"tp_db": -n / 100}} for n, one in enumerate(ids)]
        tx.execute(insert(job_segments), [segment | each for each in figures])
        tx.execute(text("ANALYZE"))
    source = type_coerce(jobs.c.params, JSONB).contains({"source": job.params["source"]})
    peak = type_coerce(job_segments.c.metrics, JSONB).contains({"tp_db": -1.5})
    for query, found, index in (
        (select(jobs.c.id).where(source), job.id, "ix_jobs_params"),
        (select(job_segments.c.job_id).where(peak), ids[150], "ix_job_segments_metrics"),
    ):
        with database.read() as connection:
            assert connection.scalars(query).all() == [found]
            (plan,) = plans(database, partial(connection.execute, query))
        assert index in plan
