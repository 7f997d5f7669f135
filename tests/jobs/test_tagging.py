"""The library tagged in the background: a few jobs at a time, behind all others, from where it stopped."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.app import Application
from engine.errors import AppError, Code
from engine.events import JobChanged, Notice, TaggingChanged
from engine.jobs import library_tagging, tagging
from engine.jobs.control import Control
from engine.jobs.job import Job, JobStatus, Request
from engine.jobs.tagging import MOST_WAITING
from engine.library.record import StemFile
from engine.owner import LOCAL
from engine.tag.facts import TAGGER_VERSION
from engine.tag.params import TagParams
from tests.conftest import Running, make_settings
from tests.made_tracks import make_tracks, silence
from tests.wants import wants

SLOW = {"steps": 10_000, "step_s": 0.05}

Asked = Callable[..., None]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What stands for `/tag`: a job that says that it heard the track, and takes these parameters as well."""

    def become(**params: Any) -> None:
        def request(track_id: str, *, with_stems: bool) -> Request:
            heard = {"tagger": TAGGER_VERSION, "tracks": 0, "steps": 1, "seed": 1, **params}
            return Request("debug", {"source": f"track:{track_id}", **heard}, background=True)

        monkeypatch.setattr(tagging, "asked", request)

    become()
    return become


def opened(folder: Path) -> Running:
    life = Running(Application.open(make_settings(folder)))
    life.application.library.sync()
    return life


@pytest.fixture
def life(tmp_path: Path, asked: Asked) -> Iterator[Running]:
    make_tracks(make_settings(tmp_path).audio_dir, 20)
    life = opened(tmp_path)
    try:
        yield life
    finally:
        life.application.close()


def now(life: Running) -> tuple[str, int, int, int]:
    found = life.application.tagging.of(LOCAL).now()
    return found.state, found.total, found.tagged, found.failed


def waits(life: Running) -> list[Job]:
    return [job for job in life.application.queue.background() if job.status is JobStatus.PENDING]


def at_work(life: Running) -> Job | None:
    jobs = life.application.queue.background()
    return next((job for job in jobs if job.status is JobStatus.RUNNING), None)


def test_every_track_is_tagged_the_newest_first_and_the_chat_hears_nothing(life: Running) -> None:
    seen: list[int] = []
    life.application.events.subscribe(lambda _: seen.append(len(life.application.queue.background())))
    assert life.application.tagging.of(LOCAL).act("start").state == "running"
    life.until(lambda: TaggingChanged("idle", 20, 20, 0, LOCAL) in life.events)
    assert 1 < max(seen) <= MOST_WAITING, "a few at a time"
    tagged_at = {}
    for row in life.application.library.rows():
        (annotation,) = life.application.library.record(row["id"]).annotations
        tagged_at[row["created_at"]] = annotation.at
    assert sorted(tagged_at, key=lambda made: tagged_at[made]) == sorted(tagged_at, reverse=True)
    told = [event for event in life.events if isinstance(event, TaggingChanged)]
    assert told[-1] == TaggingChanged("idle", 20, 20, 0, LOCAL) and told[0].state == "running"
    assert not any(isinstance(event, JobChanged) for event in life.events)
    assert life.application.scheduler.views.all() == life.application.queue.background() == []
    assert not (life.settings.state_dir / "last_run.json").exists(), "the user has asked for nothing"


def test_what_is_tagged_is_not_tagged_again(life: Running, tmp_path: Path) -> None:
    life.application.tagging.of(LOCAL).act("start")
    life.until(lambda: now(life) == ("idle", 20, 20, 0))
    life.events.clear()
    added = make_tracks(tmp_path / "more", 21)[20]
    for file in (tmp_path / "more").glob(f"{added.name}.*"):
        file.rename(life.settings.audio_dir / file.name)
    life.application.library.sync()
    assert now(life) == ("idle", 21, 20, 0)
    life.application.tagging.of(LOCAL).act("start")
    life.until(lambda: now(life) == ("idle", 21, 21, 0))
    records = [life.application.library.record(row["id"]) for row in life.application.library.rows()]
    assert [len(record.annotations) for record in records] == [1] * 21 and added.id in {one.id for one in records}


def test_a_track_that_fails_is_counted_and_tried_again_by_the_next_run_only(life: Running, asked: Asked) -> None:
    gone, *_, broken = life.application.library.rows()
    file = life.audio(gone["id"])
    sound = file.read_bytes()
    file.unlink()
    whole = tagging.asked

    def one_breaks(track_id: str, *, with_stems: bool) -> Request:
        request = whole(track_id, with_stems=with_stems)
        return (
            Request("debug", {**request.params, "fail": "INTERNAL"}, background=True)
            if track_id == broken["id"]
            else request
        )

    tagging.asked = one_breaks
    life.application.tagging.of(LOCAL).act("start")
    life.until(lambda: now(life) == ("idle", 20, 18, 2))
    assert json.loads((life.settings.state_dir / "tagging.json").read_text())["failed"] == sorted(
        [gone["id"], broken["id"]]
    )
    tagging.asked = whole
    file.write_bytes(sound)
    life.application.tagging.of(LOCAL).act("start")
    life.until(lambda: now(life) == ("idle", 20, 20, 0))


def test_the_rest_is_tagged_though_the_first_ones_have_lost_their_sound(life: Running) -> None:
    for row in life.application.library.rows()[: MOST_WAITING + 2]:
        life.audio(row["id"]).unlink()
    life.application.tagging.of(LOCAL).act("start")
    life.until(lambda: now(life) == ("idle", 20, 2, 18))


@pytest.mark.parametrize("code", [Code.DISK_FULL, Code.INTERNAL, Code.RATE_LIMITED])
def test_what_is_no_fault_of_the_track_is_tried_again(
    life: Running, code: Code, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refused: list[Request] = []

    def refusing(request: Request) -> Job:
        refused.append(request)
        raise AppError(code, "disk_full")

    caplog.set_level("INFO", logger=library_tagging.log.name)
    monkeypatch.setattr(library_tagging, "RETRY_S", 0.05)
    with monkeypatch.context() as patched:
        patched.setattr(Control, "submit", lambda _, request: refusing(request))
        life.application.tagging.of(LOCAL).act("start")
        life.until(lambda: len(refused) > 3)
        assert now(life) == ("running", 20, 0, 0)
    life.until(lambda: now(life) == ("idle", 20, 20, 0))
    said = [entry for entry in caplog.records if entry.name == library_tagging.log.name]
    if code is Code.RATE_LIMITED:
        assert [(entry.levelname, entry.exc_info) for entry in said] == [("INFO", None)], "once, without a traceback"
    else:
        assert len(said) > 1 and all(entry.exc_info for entry in said)


def test_stems_are_listened_to_again_where_they_spoke_and_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(tmp_path)
    plain, silent, gone, here = make_tracks(settings.audio_dir, 4)
    heard = {"vocals": {"tags": [], "active_share": 1.0, "level_db": None}}
    for record, facts in ((silent, {}), (gone, {"stems": heard}), (here, {"stems": heard})):
        stem = StemFile(name="vocals", file="vocals.wav", duration_s=0.1, samples=800)
        told = record.model_copy(update={"stems": [stem], "facts": facts})
        (settings.audio_dir / f"{record.name}.json").write_text(told.model_dump_json(), encoding="utf-8")
        (folder := settings.output / "stems" / record.name).mkdir(parents=True)
        if record is not gone:
            (folder / "vocals.wav").write_bytes(silence(800))
    (settings.audio_dir / f"{plain.name}.json").write_text("{", encoding="utf-8")
    requests: dict[str, Request] = {}
    whole = tagging.asked

    def noted(track_id: str, *, with_stems: bool) -> Request:
        requests[track_id] = whole(track_id, with_stems=with_stems)
        return Request("debug", {"source": f"track:{track_id}", "tracks": 0, "steps": 1}, background=True)

    monkeypatch.setattr(tagging, "asked", noted)
    life = opened(tmp_path)
    try:
        life.application.tagging.of(LOCAL).act("start")
        life.until(lambda: now(life)[0] == "idle")
    finally:
        life.application.close()
    asked_for = {track_id: TagParams.checked(request.params).stem_enhanced for track_id, request in requests.items()}
    assert asked_for == {silent.id: False, gone.id: False, here.id: True}


def test_a_track_that_is_never_marked_as_tagged_does_not_go_round_for_ever(life: Running, asked: Asked) -> None:
    asked(tagger=0)
    life.application.tagging.of(LOCAL).act("start")
    life.until(lambda: now(life) == ("idle", 20, 0, 20))


def test_what_would_fail_with_every_track_pauses_and_says_why(life: Running, asked: Asked) -> None:
    asked(fail="MODEL_MISSING")
    life.application.tagging.of(LOCAL).act("start")
    life.until(lambda: now(life) == ("paused", 20, 0, 0))
    life.until(lambda: not life.application.queue.background())
    assert [event.key for event in life.events if isinstance(event, Notice)] == ["error.debug_failure"]
    asked()
    life.application.tagging.of(LOCAL).act("start")
    life.until(lambda: now(life) == ("idle", 20, 20, 0))


def test_a_pause_lets_the_running_one_end_and_a_stop_cancels_it(life: Running, asked: Asked) -> None:
    asked(steps=20, step_s=0.05)
    life.application.tagging.of(LOCAL).act("start")
    running = life.until(lambda: at_work(life))
    assert life.application.tagging.of(LOCAL).act("pause").state == "paused" and waits(life) == []
    life.until(lambda: not life.application.queue.background())
    assert now(life) == ("paused", 20, 1, 0) and life.application.queue.knows(running.id) is False
    asked(**SLOW)
    life.application.tagging.of(LOCAL).act("start")
    life.until(lambda: at_work(life))
    assert life.application.tagging.of(LOCAL).act("stop").state == "idle"
    life.until(lambda: not life.application.queue.background())
    assert now(life) == ("idle", 20, 1, 0)
    assert life.application.tagging.of(LOCAL).act("pause").state == "idle", "there is nothing to pause"


def test_it_goes_on_by_itself_when_the_server_is_back_but_not_in_a_command_of_the_terminal(
    tmp_path: Path, asked: Asked
) -> None:
    make_tracks(make_settings(tmp_path).audio_dir, 3)
    asked(**SLOW)
    life = opened(tmp_path)
    life.application.tagging.of(LOCAL).act("start")
    life.until(lambda: at_work(life))
    life.application.close()
    asked()
    terminal = Application.open(make_settings(tmp_path), own_only=True)
    assert terminal.tagging.of(LOCAL).now().state == "paused"
    terminal.close()
    life = opened(tmp_path)
    try:
        assert life.application.tagging.of(LOCAL).now().state == "running"
        life.application.tagging.of(LOCAL).act("stop")
        life.until(lambda: not life.application.queue.background())
        life.application.tagging.of(LOCAL).act("start")
        life.until(lambda: now(life) == ("idle", 3, 3, 0))
    finally:
        life.application.close()


def test_a_state_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    settings.state_dir.mkdir(parents=True)
    for content in ("", "[]", '{"state": "flying", "failed": []}', '{"state": "running", "failed": 3}'):
        (settings.state_dir / "tagging.json").write_text(content)
        application = Application.open(settings)
        assert application.tagging.of(LOCAL).now() == TaggingChanged("idle", 0, 0, 0, LOCAL)
        application.close()


@pytest.mark.parametrize("action", ["", "begin", None, 1, ["start"], {"a": 1}])
def test_other_actions_are_refused(life: Running, action: Any) -> None:
    with pytest.raises(AppError) as refused:
        life.application.tagging.of(LOCAL).act(action)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "tagging_action")


@pytest.mark.skipif(os.name == "nt", reason=wants("another operating system", "niceness"))
def test_what_the_user_asks_for_goes_before_it_in_a_worker_that_the_system_prefers(life: Running, asked: Asked) -> None:
    asked(steps=10, step_s=0.05, lane="model")
    life.application.tagging.of(LOCAL).act("start")
    behind = life.until(lambda: at_work(life))
    mine = life.application.scheduler.submit(Request("debug", {"lane": "model", "steps": 5, "step_s": 0.05}))
    life.until(lambda: life.job(mine).status == "RUNNING")
    assert life.application.queue.knows(behind.id) is False and len(waits(life)) > 1
    pool = life.application.scheduler.dispatch.pool
    nice = {worker.background: psutil.Process(worker.process.pid).nice() for worker in pool._workers}
    own = os.nice(0)
    assert nice == {False: min(19, own + 5), True: min(19, own + 15)}
    life.done(mine)
    life.application.tagging.of(LOCAL).act("stop")
    life.until(lambda: not pool.in_background())
