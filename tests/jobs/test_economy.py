"""What one job costs the server: its parameters are validated once, and its progress asks the database nothing."""

import threading
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import event

from engine.debug.params import DebugParams
from engine.events import JobChanged
from engine.jobs.messages import RunJob
from engine.jobs.worker import Worker
from engine.library.atomic import remove_tree
from tests.conftest import Running


@pytest.fixture
def validated(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Grows by what is validated as a debug job's parameters in this process."""
    found: list[Any] = []
    validate = DebugParams.model_validate

    def counted(values: Any, **options: Any) -> DebugParams:
        found.append(values)
        return validate(values, **options)

    monkeypatch.setattr(DebugParams, "model_validate", counted)
    return found


def test_parameters_are_validated_once_in_the_server(running: Running, validated: list[Any]) -> None:
    job = running.done(running.debug(seed=1, steps=2), running.debug(seed=2))
    assert job.status == "COMPLETED" and validated == [{"seed": 1, "steps": 2}, {"seed": 2}]


def test_parameters_are_validated_once_in_the_worker(running: Running, validated: list[Any], tmp_path: Path) -> None:
    channel = mock.Mock()
    Worker(running.settings, channel)._run(RunJob("0" * 32, 1, 0, "debug", {"seed": 1}, {}, tmp_path, 0, 0.0, "x"))
    assert validated == [{"seed": 1}] and "JobDone" in {type(call.args[0]).__name__ for call in channel.send.mock_calls}
    remove_tree(tmp_path)


def test_progress_asks_the_database_nothing_until_something_moves(running: Running) -> None:
    job = running.running(running.debug(steps=10_000, step_s=0.01))
    scheduler, asked = running.application.scheduler, []

    def ask(*call: Any) -> None:
        if threading.current_thread().name != "scheduler":  # its loop looks after deadlines every five seconds
            asked.append(call[2])

    def told() -> int:
        return sum(isinstance(happened, JobChanged) and happened.row["id"] == job.id for happened in running.events)

    running.until(lambda: told() > 2)
    event.listen(running.application.database.engine, "before_cursor_execute", ask)
    try:
        before = told()
        running.until(lambda: told() >= before + 10)
        assert asked == []
        waiting = running.debug(seed=1)
        running.until(lambda: any("ORDER BY jobs.rank" in statement for statement in asked))
    finally:
        event.remove(running.application.database.engine, "before_cursor_execute", ask)
    scheduler.cancel(waiting.id)
    scheduler.cancel(job.id)
    running.done(job)
