"""Jobs from asking to outcome, with real worker processes and the debug engine."""

import os
import socket
import time
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from engine.app import Application
from engine.command import Lane
from engine.errors import AppError, Code
from engine.events import JobChanged, Notice
from engine.jobs.codec import encode
from engine.jobs.messages import Hello, UnloadEngines
from engine.jobs.settlement import Settlement
from engine.library.library import Library
from engine.library.record import Record
from tests.conftest import Running, leftovers


def test_an_automatic_seed_is_drawn_once_and_recorded(running: Running) -> None:
    job = running.done(running.debug())
    seed = running.application.library.record(job.track_ids[0]).parameters.seed
    assert seed == job.params["seed"] and seed is not None and seed >= 0


def test_one_job_may_make_many_tracks_or_none(running: Running) -> None:
    many, none = running.debug(tracks=3, seed=1), running.debug(tracks=0, seed=2)
    assert len(running.done(many).track_ids) == 3
    assert running.done(none).status == "COMPLETED" and running.job(none).track_ids == []


def test_retry_of_a_canceled_job_makes_the_same_sound(running: Running) -> None:
    job = running.running(running.debug(steps=40, step_s=0.05))
    running.application.scheduler.cancel(job.id)
    running.done(job)
    running.application.scheduler.retry(job.id)
    assert running.done(job).status == "COMPLETED" and running.job(job).params["seed"] == job.params["seed"]
    with pytest.raises(AppError, match="already done") as refused:
        running.application.scheduler.retry(job.id)
    assert refused.value.code is Code.INVALID_INPUT


def test_an_unknown_source_is_refused_before_it_is_queued(running: Running) -> None:
    with pytest.raises(AppError, match="no longer in the library") as refused:
        running.debug(source="track:" + "0" * 32)
    assert refused.value.code is Code.NOT_FOUND


def test_both_lanes_run_side_by_side(running: Running) -> None:
    slow = running.running(running.debug(steps=1000, step_s=0.05, lane="model"))
    assert running.done(running.debug()).status == "COMPLETED"
    assert running.job(slow).status == "RUNNING"
    waiting = running.debug(lane="model", family="other")
    row = running.until(
        lambda: (r := running.application.scheduler.views.row(running.job(waiting)))["waiting_for"] and r
    )
    assert row["waiting_for"] == "debug" and row["position"] == 1
    running.application.scheduler.cancel(slow.id)
    assert running.done(waiting).status == "COMPLETED"


def test_light_tasks_are_done_while_the_light_lane_works(running: Running) -> None:
    busy = running.running(running.debug(steps=1000, step_s=0.05))
    track = running.done(running.debug(lane="model")).track_ids[0]
    facts = running.application.tasks.probe_upload(running.audio(track))
    assert (facts.rate_hz, facts.channels) == (44_100, 2)
    with pytest.raises(AppError) as refused:
        running.application.tasks.probe_upload(Path(__file__))
    assert refused.value.code == "UNSUPPORTED_AUDIO"
    running.application.scheduler.cancel(busy.id)
    running.done(busy)


def test_memory_is_given_back_when_asked_to(running: Running) -> None:
    running.done(running.debug(lane="model", allocate_mb=300, family="hungry"))
    worker = next(w for w in running.application.scheduler.dispatch.pool.in_lane(Lane.MODEL))
    running.until(lambda: "hungry" in worker.device_keys)
    held = worker.rss_mb
    worker.send(UnloadEngines())
    running.until(lambda: worker.device_keys == [])
    assert held - worker.rss_mb > 250


def test_a_second_application_on_the_same_folder_is_refused(running: Running) -> None:
    with pytest.raises(AppError, match="Another process") as refused:
        Application.open(running.settings)
    assert refused.value.code is Code.INVALID_INPUT


@pytest.mark.parametrize("drip", [False, True])
def test_strangers_at_the_worker_socket_are_shown_out(running: Running, drip: bool) -> None:
    port = running.application.scheduler.dispatch.pool._worker_listener.port
    with (
        mock.patch("engine.jobs.worker_listener.HELLO_TIMEOUT_S", 0.5),
        socket.create_connection(("127.0.0.1", port), timeout=5) as stranger,
    ):
        if drip:  # a byte now and then, without end: each in time, all of them not
            stranger.settimeout(0.1)
            shown_out, deadline = False, time.monotonic() + 10
            while not shown_out and time.monotonic() < deadline:
                try:
                    stranger.sendall(b" ")
                    shown_out = stranger.recv(10) == b""
                except TimeoutError:
                    continue
                except OSError:
                    shown_out = True
            assert shown_out
        else:
            stranger.sendall(encode(Hello("wrong", os.getpid())))
            assert stranger.recv(10) == b""


def test_one_refused_connection_does_not_keep_the_next_workers_out(tmp_path: Path) -> None:
    from tests.conftest import make_settings

    application = Application.open(make_settings(tmp_path))
    try:
        listener = application.scheduler.dispatch.pool._worker_listener
        accept = listener._listener.accept
        faults = [OSError(24, "Too many open files")]

        def after_a_fault() -> Any:
            found = accept()
            if faults:
                found[0].close()
                raise faults.pop()
            return found

        with mock.patch.object(listener, "_listener", mock.Mock(wraps=listener._listener, accept=after_a_fault)):
            with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as first:
                first.sendall(b"\n")
                assert first.recv(1) == b""  # it was waited for before the mock came; the next meets it
            with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as second:
                assert second.recv(1) == b""
            life = Running(application)
            assert life.done(life.debug()).status == "COMPLETED" and faults == []
    finally:
        application.close()


def test_a_damaged_index_is_put_aside_and_the_tracks_are_found_again(tmp_path: Path) -> None:
    from tests.conftest import make_settings

    settings = make_settings(tmp_path)
    application = Application.open(settings)
    life = Running(application)
    track_id = life.done(life.debug(seed=3)).track_ids[0]
    application.close()
    (settings.state_dir / "library.db").write_bytes(b"not a database" * 1000)
    for companion in settings.state_dir.glob("library.db-*"):
        companion.unlink()
    application = Application.open(settings)
    try:
        assert application.library.sync().added == [track_id]
        assert list(settings.state_dir.glob("library.damaged-*.db"))
    finally:
        application.close()


def test_logs_are_json_lines_with_the_job_id(running: Running) -> None:
    import json

    job = running.done(running.debug(fail="INTERNAL"))
    lines = [
        json.loads(line)
        for file in running.settings.logs_dir.glob("worker-light-*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    own = [line for line in lines if line.get("job_id") == job.id]
    assert [line["message"] for line in own][:1] == ["job started"] and any("exception" in line for line in own)


@pytest.mark.parametrize(
    ("suffix", "bit_depth", "rate", "written", "note"),
    [
        ("wav", "16", "original", ("16", 44100), None),
        ("wav", "32f", "48000", ("32f", 48000), None),
        ("flac", "24", "16000", ("24", 16000), None),
        ("flac", "32f", "original", ("24", 44100), "bit_depth_24"),
        ("mp3", "24", "32000", (None, 32000), None),
        ("ogg", "24", "original", (None, 44100), None),
        ("opus", "24", "44100", (None, 48000), "rate_48000"),
    ],
)
def test_every_format_is_written_as_the_record_says(
    running: Running, suffix: str, bit_depth: str, rate: str, written: tuple[str | None, int], note: str | None
) -> None:
    wish = {"format": suffix, "bit_depth": bit_depth, "sample_rate": rate, "duration": 1.0, "artist": "Анна 王"}
    record = running.application.library.record(running.done(running.debug(**wish)).track_ids[0])
    parameters = record.parameters
    assert (parameters.bit_depth, parameters.sample_rate) == written
    assert (parameters.format_requested, parameters.bit_depth_requested) == (suffix, bit_depth)
    assert parameters.format_note == note
    assert record.name.startswith("Анна-王_debug_") and record.artist == "Анна 王"
    facts = running.application.tasks.probe_upload(running.audio(record.id))
    assert facts.rate_hz == written[1] and abs(facts.duration_s - record.duration_s) < 1e-6
    assert abs(record.duration_s - 1.0) < (0.06 if suffix in ("mp3", "ogg", "opus") else 1e-9)


def test_with_unload_after_gen_nothing_stays_loaded(tmp_path: Path) -> None:
    from tests.conftest import make_settings

    application = Application.open(make_settings(tmp_path, unload_after_gen=True))
    try:
        life = Running(application)
        life.done(life.debug(lane="model", allocate_mb=200, family="hungry"))
        worker = application.scheduler.dispatch.pool.in_lane(Lane.MODEL)[0]
        life.until(lambda: worker.rss_mb > 0)
        assert worker.device_keys == [] and worker.rss_mb < 200
    finally:
        application.close()


def test_a_result_that_cannot_be_put_away_is_kept_and_tried_again(running: Running) -> None:
    publish = running.application.library.publish
    faults: list[Exception] = [OSError(28, "No space left on device"), AppError(Code.DISK_FULL, "disk_full")]

    def after_some_faults(folder: Path, user: str) -> list[Record]:
        if faults:
            raise faults.pop()
        return publish(folder, user)

    with mock.patch.object(running.application.library, "publish", after_some_faults):
        job = running.done(running.debug(seed=77))
    assert faults == [] and job.status == "COMPLETED" and len(job.track_ids) == 1
    assert any(isinstance(event, Notice) and event.key == "ui.cannot_settle" for event in running.events)


def test_a_result_that_can_never_be_put_away_fails_its_job_and_is_kept_aside(running: Running) -> None:
    with mock.patch.object(running.application.library, "publish", side_effect=ValueError("a bug")):
        job = running.done(running.debug(seed=78))
    assert job.status == "FAILED" and job.error and "a bug" in job.error["message"]
    assert (running.settings.output / "rescued" / job.folder_name / "0.wav").stat().st_size > 1000
    assert running.done(running.debug()).status == "COMPLETED"
    running.until(lambda: leftovers(running.settings) == [])


def test_a_finished_result_outlives_a_lost_queue(tmp_path: Path) -> None:
    from tests.conftest import make_settings

    settings = make_settings(tmp_path)
    application = Application.open(settings)
    life = Running(application)
    with mock.patch.object(application.library, "publish", side_effect=OSError("not now")):
        job = life.debug(seed=3)
        life.until(lambda: (settings.jobs_dir / life.job(job).folder_name / "outcome.json").exists())
        application.close()
    for index in settings.state_dir.glob("library.db*"):
        index.unlink()
    application = Application.open(settings)
    try:
        found = application.library.sync()
        assert len(found.added) == 1 and application.library.record(found.added[0]).job_id == job.id
        assert leftovers(settings) == []
    finally:
        application.close()


def test_a_worker_that_cannot_be_started_does_not_keep_the_device(running: Running) -> None:
    pool = running.application.scheduler.dispatch.pool
    with mock.patch.object(pool, "idle", side_effect=OSError("no more processes")) as idle:
        job = running.debug(lane="model", family="first")
        running.until(lambda: idle.called)
        running.application.scheduler.cancel(job.id)
    assert running.done(running.debug(lane="model", family="second")).status == "COMPLETED"


def test_a_claimed_job_whose_inputs_cannot_be_found_out_comes_to_an_end(running: Running) -> None:
    (track,) = running.done(running.debug(seed=90)).track_ids
    with mock.patch.object(Library, "input", side_effect=ValueError("a damaged row")):
        job = running.done(running.debug(seed=91, source=f"track:{track}"))
    assert job.status == "FAILED" and job.error and "a damaged row" in job.error["message"]
    assert running.done(running.debug(seed=92)).status == "COMPLETED", "what it held is free again"


@pytest.mark.parametrize("outcome", ['{"tracks": [{"record": {}}]}', "[]", '{"tracks": 1}', "not JSON"])
@pytest.mark.parametrize("known", [True, False])
def test_an_unreadable_outcome_does_not_keep_the_application_from_opening(
    tmp_path: Path, outcome: str, known: bool
) -> None:
    from tests.conftest import make_settings

    settings = make_settings(tmp_path)
    application = Application.open(settings)
    life = Running(application)
    job = life.running(life.debug(steps=1000, step_s=0.05))
    with mock.patch.object(Settlement, "hand_back"):  # as after a crash
        application.close()
    folder = settings.jobs_dir / (job.folder_name if known else f"{'0' * 32}.1")
    folder.mkdir(exist_ok=True)
    (folder / "outcome.json").write_text(outcome)
    application = Application.open(settings)
    try:
        assert (settings.output / "rescued" / folder.name / "outcome.json").exists()
        if known:
            error = application.queue.get(job.id).error
            assert error and error["detail"]["key"] == "error.result_rescued" and leftovers(settings) == []
    finally:
        application.close()


def _tells_completion(event: object, job_id: str) -> bool:
    return isinstance(event, JobChanged) and event.row["id"] == job_id and event.row["status"] == "COMPLETED"


def test_a_database_that_is_busy_for_a_while_stops_nothing(running: Running) -> None:
    from sqlalchemy.exc import OperationalError

    busy = OperationalError("SELECT", {}, Exception("database is locked"))
    with (
        mock.patch.object(running.application.queue, "next_pause_end", side_effect=busy),
        mock.patch.object(running.application.queue, "order", side_effect=busy),
    ):
        job = running.debug(seed=79)
        running.until(lambda: running.job(job).status == "COMPLETED")
    running.events.clear()
    other = running.done(running.debug(seed=80))
    running.until(lambda: any(_tells_completion(event, other.id) for event in running.events))
