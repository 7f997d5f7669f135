"""Light tasks: what the server calls is what a worker does, and nothing else can be called."""

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints
from unittest import mock

import pytest

from engine.command import TaskSet
from engine.commands import commands
from engine.drama.tasks import DRAMA_TASKS
from engine.errors import AppError, Code
from engine.jobs.codec import InvalidMessage
from engine.jobs.light_tasks import SOUND_TASKS
from engine.jobs.worker import Worker
from engine.settings import PROJECT
from tests.conftest import Running, make_settings

SETS: list[TaskSet[Any]] = [SOUND_TASKS, *(c.tasks for c in commands(debug=True).values() if c.tasks)]
TASKS = [(tasks, name) for tasks in SETS for name in vars(tasks.contract) if name[0] != "_"]


def test_every_set_has_a_name_of_its_own() -> None:
    assert len({tasks.name for tasks in SETS}) == len(SETS) == 5


@pytest.mark.parametrize(("tasks", "name"), TASKS, ids=[f"{tasks.name}.{name}" for tasks, name in TASKS])
def test_a_tasks_function_has_the_signature_of_its_contract(tasks: TaskSet[Any], name: str) -> None:
    (function,) = [found for m in tasks.modules if (found := getattr(import_module(m), name, None))]
    method = tasks.signature(name)
    assert get_type_hints(function) == get_type_hints(method)
    _, *parameters = inspect.signature(method).parameters.values()
    plain = {"annotation": None}
    assert [p.replace(**plain) for p in inspect.signature(function).parameters.values()] == [
        p.replace(**plain) for p in parameters
    ]


@pytest.mark.parametrize(
    "path",
    ["os.abort", "sound.shutil", "sound._clock", "sound.__init__", "sound._is_protocol", "sound", "", ".probe_upload",
     "engine.jobs.tasks:probe_upload", "sound.crash", "match.response"],
)  # fmt: skip
def test_nothing_else_can_be_called(tmp_path: Path, path: str) -> None:
    worker = Worker(make_settings(tmp_path), mock.Mock())
    with pytest.raises((LookupError, AttributeError)):
        worker._task(path)


def test_without_debug_the_tasks_that_misbehave_are_unknown(tmp_path: Path) -> None:
    assert Worker(make_settings(tmp_path), mock.Mock())._task("debug.crash")
    with pytest.raises(KeyError):
        Worker(make_settings(tmp_path, debug=False), mock.Mock())._task("debug.crash")


def test_a_call_that_breaks_the_contract_is_refused_and_the_worker_lives(running: Running) -> None:
    tasks: Any = running.application.tasks
    with pytest.raises(AttributeError):
        _ = tasks.crash
    with pytest.raises(TypeError):
        tasks.probe_upload()
    for wrong in (7, None, ["a"]):
        with pytest.raises(AppError) as refused:
            tasks.probe_upload(wrong)
        assert refused.value.code is Code.INTERNAL and "path" in str(refused.value)
    with pytest.raises(AppError) as unknown:
        running.application.scheduler.tasks.run("os.abort", {})
    assert unknown.value.code is Code.INTERNAL
    with (
        mock.patch.object(running.application.scheduler.tasks, "run", return_value="loud"),
        pytest.raises(InvalidMessage, match=r"measure_loudness: .*float.* expected, not str"),
    ):
        tasks.measure_loudness(Path("a.wav"))
    with pytest.raises(AppError) as missing:
        tasks.probe_upload(running.settings.output / "none")
    assert (missing.value.code, missing.value.key) == (Code.NOT_FOUND, "audio_file_missing")
    gone = running.settings.output / "gone.drama"
    dramas = running.application.scheduler.tasks.of(DRAMA_TASKS)
    with pytest.raises(AppError) as deleted:
        dramas.export_drama(gone, gone, None, "subtitles.srt", gone.with_name("a.srt"), "", None)
    assert (deleted.value.code, deleted.value.key) == (Code.NOT_FOUND, "track_file_gone")


def test_contracts_are_imported_without_what_the_tasks_need() -> None:
    code = (
        "import sys, engine.app, engine.jobs.light_tasks, engine.match.tasks, engine.web.match; "
        "print({'numpy', 'soundfile', 'av', 'mido', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
