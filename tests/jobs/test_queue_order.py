"""Waiting jobs in another order, held back, and sent away."""

import contextlib
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

from engine.app import Application
from engine.errors import AppError, Code
from engine.events import QueueChanged
from engine.jobs.job import Job, JobStatus, Request
from engine.jobs.settlement import Settlement
from engine.owner import LOCAL
from engine.web.state import state
from tests.conftest import Running, make_settings


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Running]:
    """An application whose queue is held back behind one job that runs."""
    application = Application.open(make_settings(tmp_path))
    running = Running(application)
    try:
        running.running(running.debug(steps=10_000, step_s=0.05, lane="model"))
        assert application.scheduler.pause(True)
        yield running
    finally:
        application.close()


def waiting(running: Running) -> list[str]:
    return list(running.application.queue.order())


def at_work(running: Running) -> list[Job]:
    return [job for job in running.application.queue.recent() if job.status is JobStatus.RUNNING]


def first(running: Running) -> Job:
    return at_work(running)[0]


def test_any_number_of_moves_keeps_the_order_that_was_asked_for(held: Running) -> None:
    expected = [held.debug(prompt=str(n), lane="model").id for n in range(6)]
    dice = random.Random(1)
    for _ in range(300):
        job_id, place = dice.choice(expected), dice.randint(1, 9)
        held.application.scheduler.move(job_id, place)
        expected.remove(job_id)
        expected.insert(place - 1, job_id)
        assert waiting(held) == expected
    late = held.debug(prompt="late", lane="model").id
    assert waiting(held) == [*expected, late]
    rows = {row["id"]: row["position"] for row in held.application.scheduler.views.all()}
    assert [rows[job_id] for job_id in (*expected, late)] == [1, 2, 3, 4, 5, 6, 7]
    with pytest.raises(AppError, match="started or is over") as refused:
        held.application.scheduler.move(first(held).id, 1)
    assert refused.value.code is Code.INVALID_INPUT
    with pytest.raises(AppError, match="no longer exists") as refused:
        held.application.scheduler.move("0" * 32, 1)
    assert refused.value.code is Code.NOT_FOUND


def test_all_waiting_jobs_leave_and_the_running_one_goes_on(held: Running) -> None:
    jobs = [held.debug(prompt=str(n), lane=lane) for n, lane in enumerate(("model", "light", "model"))]
    assert held.application.scheduler.cancel_waiting() == 3
    assert {held.job(job).status for job in jobs} == {"CANCELED"}
    assert first(held).status == "RUNNING" and held.application.scheduler.cancel_waiting() == 0


def test_the_hold_keeps_both_lanes_waiting_until_it_is_lifted(held: Running) -> None:
    model, light = held.debug(prompt="m", lane="model"), held.debug(prompt="l", lane="light")
    sound = held.debug(prompt="s").id
    path = held.settings.uploads_dir / "none"
    with pytest.raises(AppError) as answer:  # light tasks are done all the same
        held.application.tasks.probe_upload(path)
    assert answer.value.code is Code.NOT_FOUND
    assert answer.value.key == "audio_file_missing"
    assert {held.job(job).status for job in (model, light)} == {"PENDING"} and sound in waiting(held)
    held.application.scheduler.cancel(first(held).id)
    held.until(lambda: not at_work(held))
    assert held.application.scheduler.paused and held.job(model).status == "PENDING"
    assert held.application.scheduler.pause(False) is False
    assert held.done(model, light).status == "COMPLETED"


def test_with_nothing_left_to_hold_the_hold_ends_by_itself(held: Running) -> None:
    held.application.scheduler.cancel(first(held).id)
    held.until(lambda: not held.application.scheduler.paused)
    assert [event.paused for event in held.events if isinstance(event, QueueChanged)] == [True, False]
    assert held.application.scheduler.pause(True) is False  # nothing to hold
    assert held.done(held.debug(prompt="next")).status == "COMPLETED"


@pytest.mark.parametrize("crashed", [False, True])
def test_a_hold_survives_a_restart(tmp_path: Path, crashed: bool) -> None:
    settings = make_settings(tmp_path)
    application = Application.open(settings)
    before = Running(application)
    began, later = before.running(before.debug(steps=10_000, step_s=0.05)), before.debug(prompt="later")
    assert application.scheduler.pause(True)
    with mock.patch.object(Settlement, "hand_back") if crashed else contextlib.nullcontext():
        application.close()
    application = Application.open(settings)
    after = Running(application)
    try:
        assert state(application.of(LOCAL))["paused"] is True
        rows = {row["id"]: row for row in state(application.of(LOCAL))["jobs"]}
        assert [rows[job.id]["held"] for job in (began, later)] == [True, True]
        assert {after.job(job).status for job in (began, later)} == {"PENDING"}
        application.scheduler.cancel(began.id)
        assert application.scheduler.pause(False) is False
        assert after.done(later).status == "COMPLETED"
    finally:
        application.close()


def test_whatever_changes_the_queue_has_it_looked_at_at_once(held: Running) -> None:
    scheduler = held.application.scheduler
    job, batch = held.debug(prompt="one"), "b" * 32
    scheduler.submit(Request("debug", {"seed": 3}, batch_id=batch))
    verbs: list[Callable[[], object]] = [
        partial(scheduler.move, job.id, 1),
        partial(scheduler.cancel, job.id),
        partial(scheduler.retry, job.id),
        partial(scheduler.pause, False),
        partial(scheduler.pause_batch, batch, True),
        partial(scheduler.pause_batch, batch, False),
        partial(scheduler.cancel_batch, batch),
        partial(held.debug, prompt="another"),
        scheduler.cancel_waiting,
    ]
    with mock.patch.object(scheduler.dispatch, "_fill"):  # what waits goes on waiting
        for number, verb in enumerate(verbs):
            with mock.patch.object(scheduler.dispatch, "wake") as wake:
                verb()
            assert wake.called, number
