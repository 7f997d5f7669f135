"""Batches: many sounds, one job each, done once whatever happens in between."""

import json
import os
import signal
import uuid
from pathlib import Path
from typing import Any
from unittest import mock

import psutil
import pytest

from engine.app import Application
from engine.errors import AppError, Code
from engine.jobs.batch import MAX_SOURCES, Batch, read_batch
from engine.jobs.job import MAX_INTERRUPTIONS, Job, JobStatus
from engine.jobs.settlement import Settlement
from tests.conftest import Running, make_settings
from tests.live import start
from tests.wants import wants


def sources(running: Running, count: int) -> list[str]:
    """Keys of as many uploads."""
    return [brought(running.settings.uploads_dir) for _ in range(count)]


def brought(folder: Path) -> str:
    """The key of a file that looks like an upload; `/debug` only counts its bytes."""
    identity = uuid.uuid4().hex
    (folder / identity).write_bytes(b"sound")
    facts = {"key": f"upload:{identity}", "name": "песня.mp3", "duration_s": 1.0, "rate_hz": 44100, "channels": 2}
    (folder / f"{identity}.json").write_text(json.dumps(facts))
    return f"upload:{identity}"


def batch_of(keys: list[str], batch_id: str = "", **params: Any) -> Batch:
    return Batch(batch_id or uuid.uuid4().hex, "debug", params, "source", tuple(keys))


def statuses(jobs: list[Job]) -> list[JobStatus]:
    return [job.status for job in jobs]


def test_a_batch_is_one_job_for_each_source_and_is_done_once(running: Running) -> None:
    keys = sources(running, 3)
    batch = batch_of(keys, steps=1)
    jobs = running.application.scheduler.submit_batch(batch)
    assert [job.params["source"] for job in jobs] == keys and {job.batch_id for job in jobs} == {batch.id}
    assert {job.text for job in jobs} == {"песня.mp3"}
    again = running.application.scheduler.submit_batch(batch)
    running.done(*jobs)
    later = running.application.scheduler.submit_batch(batch_of([*keys, *sources(running, 1)], batch.id, steps=1))
    assert [job.id for job in again] == [job.id for job in jobs] == [job.id for job in later[:3]]
    running.done(*later)
    found = running.application.queue.batch(batch.id)
    assert statuses(found) == [JobStatus.COMPLETED] * 4 and [job.attempt for job in found] == [1] * 4


def test_all_or_none(running: Running) -> None:
    batch = batch_of([*sources(running, 2), "upload:" + "0" * 32])
    with pytest.raises(AppError) as refused:
        running.application.scheduler.submit_batch(batch)
    assert refused.value.code is Code.NOT_FOUND
    with pytest.raises(AppError) as unknown:
        running.application.queue.batch(batch.id)
    assert unknown.value.code is Code.NOT_FOUND
    assert unknown.value.key == "batch_not_found"


def test_moved_paused_canceled_and_retried(running: Running) -> None:
    scheduler, queue = running.application.scheduler, running.application.queue
    batch = batch_of(sources(running, 4), steps=10_000, step_s=0.01)
    first, second, third, fourth = scheduler.submit_batch(batch)
    running.running(first)
    scheduler.move(fourth.id, 1)
    assert [job.id for job in queue.batch(batch.id)] == [first.id, fourth.id, second.id, third.id]
    assert scheduler.pause_batch(batch.id, True) is True
    scheduler.cancel(first.id)
    running.done(first)
    other = running.debug(prompt="beside the held batch")
    assert running.done(other).status is JobStatus.COMPLETED
    assert running.job(fourth).status is JobStatus.PENDING and scheduler.views.row(running.job(fourth))["held"]
    assert scheduler.pause_batch(batch.id, False) is False
    running.running(fourth)
    assert scheduler.cancel_batch(batch.id) == 3
    running.done(second, third, fourth)
    assert set(statuses(queue.batch(batch.id))) == {JobStatus.CANCELED}
    assert scheduler.pause_batch(batch.id, True) is False, "nothing of it waits"


def test_what_failed_is_retried_and_nothing_else(running: Running) -> None:
    scheduler, queue = running.application.scheduler, running.application.queue
    batch = batch_of(sources(running, 2), steps=1, fail="INTERNAL", recovers_after=1)
    jobs = scheduler.submit_batch(batch)
    running.done(*jobs)
    assert statuses(queue.batch(batch.id)) == [JobStatus.FAILED] * 2
    assert scheduler.retry_batch(batch.id) == 2
    running.done(*jobs)
    assert statuses(queue.batch(batch.id)) == [JobStatus.COMPLETED] * 2
    good = batch_of(sources(running, 1), steps=1)
    running.done(*scheduler.submit_batch(good))
    assert scheduler.retry_batch(good.id) == 0


@pytest.mark.parametrize("lane", ["light", "model"])
def test_two_run_beside_each_other_where_both_suffer_it(running: Running, lane: str) -> None:
    scheduler = running.application.scheduler
    pair = batch_of(sources(running, 3), steps=10_000, step_s=0.01, max_concurrency=2, lane=lane)
    first, second, third = scheduler.submit_batch(pair)
    running.running(first)
    running.running(second)
    assert running.job(third).status is JobStatus.PENDING
    path = running.settings.uploads_dir / first.params["source"].removeprefix("upload:")
    with pytest.raises(AppError) as answer:  # it is no sound, but there was an answer: a light worker was free for it
        running.application.tasks.probe_upload(path)
    assert answer.value.code is Code.UNSUPPORTED_AUDIO
    scheduler.cancel(third.id)
    alone = running.debug(steps=10_000, step_s=0.01, lane=lane)
    scheduler.cancel(first.id)
    running.done(first)
    assert running.job(alone).status is JobStatus.PENDING and running.job(second).status is JobStatus.RUNNING
    scheduler.cancel_batch(pair.id)
    running.running(alone)
    scheduler.cancel(alone.id)
    running.done(alone)


@pytest.mark.parametrize(
    "change",
    [
        {"batch_id": "x"},
        {"batch_id": 5},
        {"sources": []},
        {"sources": "upload:1"},
        {"sources": [f"upload:{n:032x}" for n in range(MAX_SOURCES + 1)]},
        {"field": "prompt"},
        {"params": []},
        {"more": 1},
        {"command": "nothing"},
    ],
)
def test_what_is_no_batch_is_refused(change: dict[str, Any]) -> None:
    good = {"batch_id": "0" * 32, "command": "debug", "params": {}, "sources": ["upload:" + "0" * 32]}
    assert read_batch(good, debug=True).field == "source"
    with pytest.raises(AppError) as refused:
        read_batch({**good, **change}, debug=True)
    assert refused.value.code is Code.INVALID_INPUT


def test_the_page_hears_of_every_job_of_an_open_batch(running: Running) -> None:
    batch = batch_of(sources(running, 3), steps=2000, step_s=0.01)
    first, _, third = running.application.scheduler.submit_batch(batch)
    running.application.scheduler.cancel(third.id)
    running.running(first)
    told = {job.id for job in running.application.queue.recent(limit=0)}
    running.application.scheduler.cancel_batch(batch.id)
    assert third.id in told


@pytest.mark.skipif(os.name == "nt", reason=wants("another operating system", "SIGKILL"))
def test_a_batch_goes_on_by_itself_after_the_server_was_killed(tmp_path: Path) -> None:
    server = start(tmp_path)
    keys = [brought(server.settings.uploads_dir) for _ in range(4)]
    body = {
        "batch_id": uuid.uuid4().hex,
        "command": "debug",
        "params": {"steps": 30, "step_s": 0.02, "duration": 0.1},
        "sources": keys,
    }
    ids = server.json("POST", "/api/batches", body)["job_ids"]
    server.finished(ids[0])
    assert server.json("GET", f"/api/jobs/{ids[3]}")["status"] == "PENDING"
    orphans = psutil.Process(server.process.pid).children()
    server.stop(signal.SIGKILL)
    psutil.wait_procs(orphans, timeout=10)
    reborn = start(tmp_path)
    try:
        assert reborn.json("POST", "/api/batches", body)["job_ids"] == ids
        rows = [reborn.finished(job_id) for job_id in ids]
        assert [row["status"] for row in rows] == ["COMPLETED"] * 4
        assert [len(row["track_ids"]) for row in rows] == [1] * 4
        assert reborn.json("GET", "/api/tracks")["total"] == 4
        assert len(reborn.json("GET", f"/api/batches/{body['batch_id']}")["jobs"]) == 4
    finally:
        reborn.stop()


def test_a_file_that_kills_the_house_again_and_again_is_left_alone(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    running = Running(Application.open(settings))
    (job,) = running.application.scheduler.submit_batch(batch_of(sources(running, 1), steps=10_000, step_s=0.01))
    with mock.patch.object(Settlement, "hand_back"):  # what is not handed back looks like what a crash left
        for times in range(MAX_INTERRUPTIONS + 1):
            assert running.running(job).interruptions == times
            running.application.close()
            running = Running(Application.open(settings))
    error = running.job(job).error
    assert error and error["detail"]["key"] == "error.interrupted_often" and error["detail"]["values"]["times"] == 3
    running.application.close()
