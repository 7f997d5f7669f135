"""Workers that die, hang, stop and wake again, and servers that end: the work goes on by itself, and only so often."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import psutil
import pytest

from engine.app import Application
from engine.audio.encode import write
from engine.command import Lane
from engine.debug.tasks import DEBUG_TASKS, DebugTasks
from engine.errors import AppError, Code
from engine.jobs.job import MAX_INTERRUPTIONS, Job, Request
from engine.jobs.messages import JobCanceled, JobDone, JobFailed
from engine.jobs.protocol import MAX_LINE
from engine.jobs.queue import LOCAL_POOL
from engine.jobs.settlement import Settlement
from engine.jobs.worker_process import WorkerProcess
from engine.parameters import Format
from engine.settings import PROJECT
from tests.audio.sounds import noise
from tests.conftest import Running, leftovers, make_settings
from tests.live import Live, live, start
from tests.waiting import until
from tests.wants import wants

pytestmark = pytest.mark.skipif(os.name == "nt", reason=wants("another operating system", "SIGSTOP"))

SILENCE_S = 2.0
FLAGS = ("--worker-silence-s", str(SILENCE_S))
FOR_EVER_S = 3600


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An application that gives a silent worker up after two seconds."""
    application = Application.open(make_settings(tmp_path_factory.mktemp("application"), worker_silence_s=SILENCE_S))
    try:
        yield Running(application)
    finally:
        application.close()


def at_work(running: Running, **params: Any) -> tuple[Job, WorkerProcess]:
    """A job whose worker has reported that it works, so that it is past loading."""
    job = running.running(running.debug(**{"steps": 60, "step_s": 0.05, **params}))
    running.until(lambda: running.application.scheduler.views.row(running.job(job))["progress"] > 0)
    return job, running.worker_of(job)


def answers(running: Running) -> None:
    """A light task is done, with the true result."""
    with pytest.raises(AppError) as refused:
        running.application.tasks.probe_upload(Path(__file__))
    assert refused.value.code is Code.UNSUPPORTED_AUDIO


def ran_again(running: Running, job: Job, times: int = 1) -> None:
    """The job is complete, once, with the seed that was drawn, and says how often it was interrupted."""
    done = running.done(job)
    assert done.status == "COMPLETED" and (done.attempt, done.interruptions) == (1 + times, times) and not done.error
    (track_id,) = done.track_ids
    record = running.application.library.record(track_id)
    assert record.interruptions == times and record.parameters.seed == job.params["seed"]
    running.until(lambda: leftovers(running.settings) == [])


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV])
@pytest.mark.parametrize("lane", ["light", "model"])
def test_a_job_whose_worker_dies_or_stops_runs_again_by_itself(
    running: Running, how: signal.Signals, lane: str
) -> None:
    job, worker = at_work(running, lane=lane)
    worker.process.send_signal(how)
    running.until(lambda: running.job(job).attempt == 2)
    row = running.application.scheduler.views.row(running.job(job))
    assert row["status"] == "RUNNING" and row["interruptions"] == 1 and row["progress"] < 1
    ran_again(running, job)
    assert worker.exit_code is not None and worker.exit_code < 0


def test_while_it_waits_to_run_again_the_row_says_why(running: Running) -> None:
    job, worker = at_work(running)
    running.events.clear()
    with mock.patch.object(running.application.scheduler.dispatch, "_fill"):
        worker.process.kill()
        waiting = running.until(lambda: (j := running.job(job)).status == "PENDING" and j)
    assert waiting.error["code"] == "INTERRUPTED" and "code -9" in waiting.error["message"]
    running.application.scheduler.dispatch.wake()
    ran_again(running, job)


def test_the_second_time_it_runs_alone(running: Running) -> None:
    """Memory may have been what ended its worker: the system kills without a word."""
    pair = {"lane": "model", "max_concurrency": 2, "steps": 400, "step_s": 0.02}
    first, worker = at_work(running, **pair)
    second, _ = at_work(running, **pair)
    worker.process.kill()
    running.until(lambda: running.job(first).status == "PENDING")
    running.until(lambda: running.application.scheduler.views.row(running.job(first))["waiting_for"])
    assert running.job(second).status == "RUNNING"
    running.done(second)
    ran_again(running, first)


@pytest.mark.parametrize("fault", [{"crash": True}, {"hang_s": 3600}])
def test_a_job_that_always_takes_its_worker_along_is_left_alone_with_a_sentence(
    running: Running, fault: dict[str, Any]
) -> None:
    job = running.done(running.debug(**fault))
    assert job.status == "FAILED" and job.attempt == MAX_INTERRUPTIONS + 1
    assert job.error and job.error["code"] == "INTERRUPTED" and "started 3 times" in job.error["message"]
    assert ("stopped answering" if "hang_s" in fault else "code -6") in job.error["message"]
    assert running.done(running.debug()).status == "COMPLETED"
    running.until(lambda: leftovers(running.settings) == [])
    retried = running.application.scheduler.retry(job.id)
    assert (retried.interruptions, retried.failures) == (0, 0), "who presses Retry gives it its attempts anew"
    running.application.scheduler.cancel(job.id)
    running.done(job)


def test_a_job_that_hangs_once_is_done_the_second_time(running: Running) -> None:
    ran_again(running, running.debug(hang_s=3600, recovers_after=1))


def test_while_it_loads_a_worker_may_be_silent_for_longer(running: Running) -> None:
    job = running.done(running.debug(hang_s=round(3 * SILENCE_S), hang_at="loading", family="slow"))
    assert job.status == "COMPLETED" and job.attempt == 1


def test_a_stopped_worker_that_wakes_in_time_goes_on(running: Running) -> None:
    job, worker = at_work(running)
    worker.process.send_signal(signal.SIGSTOP)
    running.until(lambda: worker.silent_s > SILENCE_S / 3)
    worker.process.send_signal(signal.SIGCONT)
    assert running.done(job).status == "COMPLETED" and running.job(job).attempt == 1


def test_what_a_given_up_worker_still_does_changes_nothing(running: Running) -> None:
    """One that cannot be killed, as if it waited for a dead disk, and that wakes when its job is long done."""
    job, worker = at_work(running)
    with (
        mock.patch.object(worker.process, "kill"),
        mock.patch("engine.jobs.worker_process.DEATH_TIMEOUT_S", 0.1),
    ):
        worker.process.send_signal(signal.SIGSTOP)
        running.until(lambda: running.job(job).attempt == 2)
    lost = mock.Mock(job=None, job_id=None)
    done = running.done(job)
    worker.process.send_signal(signal.SIGCONT)
    assert worker.process.wait(10) is not None
    for message in (JobDone(job.id), JobFailed(job.id, {}, False), JobCanceled(job.id)):
        running.application.scheduler.dispatch._on_message(lost, message)
    running.application.scheduler.dispatch._on_exit(lost)
    assert running.job(job) == done
    ran_again(running, job)


def test_a_worker_without_a_connection_is_no_worker(running: Running) -> None:
    job, worker = at_work(running)
    assert worker._channel
    worker._channel.hang_up()
    ran_again(running, job)


def test_a_worker_that_talks_nonsense_is_no_worker(running: Running) -> None:
    job, worker = at_work(running)
    with mock.patch.object(worker._channel, "_received", {}):  # no message of its is known
        running.until(lambda: running.job(job).attempt == 2)
    assert worker.exit_code is not None
    ran_again(running, job)


@pytest.mark.parametrize("line", [b"nonsense\n", b'{"type": "RunTask", "task_id": 5}\n', b"x" * (MAX_LINE + 70_000)])
def test_a_worker_that_is_told_nonsense_ends(running: Running, line: bytes) -> None:
    job, worker = at_work(running)
    assert worker._channel
    with contextlib.suppress(OSError):  # it may end before all is sent
        worker._channel._socket.sendall(line)
    ran_again(running, job)
    assert worker.exit_code == 0


def debug_tasks(running: Running) -> DebugTasks:
    return running.application.scheduler.tasks.of(DEBUG_TASKS)


def test_a_task_that_hangs_or_kills_workers_ends_with_an_error_and_the_next_is_done(running: Running) -> None:
    faults = {"worker_silent": lambda: debug_tasks(running).hang(FOR_EVER_S), "worker_died": debug_tasks(running).crash}
    for key, fault in faults.items():
        with pytest.raises(AppError) as given_up:
            fault()
        assert (given_up.value.code, given_up.value.key) == (Code.INTERNAL, key)
        answers(running)


def test_a_task_is_repeated_when_its_worker_dies(running: Running, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(debug_tasks(running).pid_of_the_second, pids, FOR_EVER_S)
        first = running.until(lambda: pids.exists() and pids.read_text().endswith("\n") and int(pids.read_text()))
        os.kill(first, signal.SIGKILL)
        second = asked.result(60)
    assert second != first and pids.read_text().split() == [str(first), str(second)]


def test_a_task_that_gets_nowhere_gives_its_worker_up(running: Running) -> None:
    scheduler = running.application.scheduler
    with ThreadPoolExecutor() as pool, mock.patch.object(scheduler.tasks, "timeout_s", 3):
        asked = pool.submit(debug_tasks(running).sleep, FOR_EVER_S)
        busy = running.until(lambda: next((w for w in scheduler.dispatch.pool.in_lane(Lane.LIGHT) if w.task_id), None))
        with pytest.raises(AppError) as given_up:
            asked.result(60)
        assert given_up.value.code is Code.INTERNAL
    assert given_up.value.key == "worker_silent"
    running.until(lambda: busy.exit_code is not None)
    answers(running)


def test_long_tasks_take_turns_apart_from_short_ones_and_their_patience_begins_with_them(running: Running) -> None:
    scheduler = running.application.scheduler
    in_lane, long = scheduler.dispatch.pool.in_lane, scheduler.tasks.of(DEBUG_TASKS, patience_s=3)
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(long.sleep, seconds) for seconds in (FOR_EVER_S, 0)]
        busy = running.until(lambda: next((w for w in in_lane(Lane.LIGHT) if w.background and w.task_id), None))
        for _ in range(3):
            answers(running)
        with pytest.raises(AppError) as given_up:
            asked[0].result(60)
        assert (given_up.value.code, given_up.value.key) == (Code.INTERNAL, "worker_silent")
        asked[1].result(60)
    running.until(lambda: busy.exit_code is not None)
    assert not any(worker.hung for worker in in_lane(Lane.LIGHT) if not worker.background)


def test_a_cancel_that_ends_in_a_kill_stays_canceled(running: Running) -> None:
    job, worker = at_work(running)
    worker.process.send_signal(signal.SIGSTOP)
    running.application.scheduler.cancel(job.id)
    done = running.done(job)
    assert done.status == "CANCELED" and (done.attempt, done.interruptions) == (1, 0)


def test_a_worker_stuck_before_its_first_word_is_replaced(tmp_path: Path) -> None:
    with mock.patch("engine.jobs.worker_process.START_TIMEOUT_S", 10.0):
        application = Application.open(make_settings(tmp_path, worker_silence_s=SILENCE_S))
        try:
            application.scheduler.dispatch.warm_up()
            (stuck,) = application.scheduler.dispatch.pool.in_lane(Lane.LIGHT)
            stuck.process.send_signal(signal.SIGSTOP)
            assert not stuck.ready
            answers(Running(application))
            assert stuck.process.wait(10) == -signal.SIGKILL
        finally:
            application.close()


def test_whoever_waits_for_a_task_hears_that_the_application_closes(tmp_path: Path) -> None:
    running = Running(Application.open(make_settings(tmp_path)))
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(debug_tasks(running).hang, FOR_EVER_S)
        running.until(
            lambda: any(worker.task_id for worker in running.application.scheduler.dispatch.pool.in_lane(Lane.LIGHT))
        )
        running.application.close()
        with pytest.raises(AppError) as closing:
            asked.result(10)
    with pytest.raises(AppError) as closed:
        debug_tasks(running).hang(FOR_EVER_S)
    assert closing.value.code is closed.value.code is Code.INTERRUPTED
    assert closing.value.key == closed.value.key == "stopping"


def test_follow_ups_go_on_after_their_parent_was_interrupted(running: Running) -> None:
    follow_up = {"command": "debug", "params": {"seed": 9, "steps": 60, "step_s": 0.05}}
    params = {"steps": 60, "step_s": 0.05}
    job = running.running(running.application.scheduler.submit(Request("debug", params, follow_ups=[follow_up])))
    running.worker_of(job).process.kill()
    ran_again_parent = running.done(job)
    (child,) = running.until(lambda: running.application.queue.children(job.id))
    running.worker_of(child).process.kill()
    assert running.done(child).status == "COMPLETED" and running.job(child).interruptions == 1
    assert ran_again_parent.status == "COMPLETED" and len(running.application.queue.children(job.id)) == 1
    (track_id,) = ran_again_parent.track_ids
    running.until(lambda: running.application.library.record(track_id).postprocess.status == "done")


def test_a_server_that_is_closed_hands_back_what_it_ran(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    running = Running(Application.open(settings))
    job, _ = at_work(running)
    unwanted = running.running(running.debug(lane="model", steps=1, step_s=600, deaf=True))
    waiting = running.debug(seed=3)
    running.application.scheduler.cancel(unwanted.id)
    running.application.close()
    running = Running(Application.open(settings))
    try:
        assert running.job(unwanted).status == "CANCELED"
        done = running.done(job, waiting)
        assert done.status == "COMPLETED" and running.job(job).status == "COMPLETED"
        assert (running.job(job).attempt, running.job(job).interruptions) == (2, 0), "a stop is not its fault"
        running.until(lambda: leftovers(settings) == [])
    finally:
        running.application.close()


def test_what_a_crash_left_runs_again_and_what_was_to_be_canceled_does_not(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    running = Running(Application.open(settings))
    job, _ = at_work(running)
    unwanted = running.running(running.debug(lane="model", steps=1, step_s=600, deaf=True))
    running.application.scheduler.cancel(unwanted.id)
    with mock.patch.object(Settlement, "hand_back"):  # what is not handed back looks like what a crash left
        running.application.close()
    running = Running(Application.open(settings))
    try:
        assert running.job(unwanted).status == "CANCELED"
        ran_again(running, job)
    finally:
        running.application.close()


# from outside


def upload(path: Path) -> tuple[bytes, dict[str, str]]:
    """The body and headers of a request that brings a second of noise along."""
    write(path, noise(1, 44_100), 44_100, format=Format.WAV)
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    return head + path.read_bytes() + b"\r\n--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_with_every_worker_frozen_uploads_and_pieces_are_done_all_the_same(tmp_path: Path, mode: str) -> None:
    body, headers = upload(tmp_path / "tone.wav")
    with live(tmp_path, *FLAGS, mode=mode) as server:
        job = server.ask(steps=100, step_s=0.05)
        server.reached(job, "RUNNING")
        assert server.request("POST", "/api/uploads", body, headers)[0] == 201
        frozen = server.workers()
        assert len(frozen) == 2, "one for the job and one for light tasks"
        until(lambda: server.json("GET", f"/api/jobs/{job}")["progress"])
        for worker in frozen:
            worker.suspend()
        began = time.monotonic()
        with ThreadPoolExecutor() as pool:
            uploads = [pool.submit(server.request, "POST", "/api/uploads", body, headers) for _ in range(3)]
            piece = server.ask("generate", prompt="calm piano", duration=2)
            assert [upload.result(60)[0] for upload in uploads] == [201] * 3
        row = server.finished(job)
        assert server.finished(piece)["status"] == row["status"] == "COMPLETED"
        assert row["interruptions"] == 1 and time.monotonic() - began < 45
        record = server.json("GET", f"/api/tracks/{row['track_ids'][0]}")
        assert record["interruptions"] == 1 and record["parameters"]["seed"] == row["params"]["seed"]
        assert psutil.wait_procs(frozen, timeout=10)[1] == []


@pytest.mark.parametrize("workers_too", [True, False])
def test_a_computer_that_slept_interrupts_nothing(tmp_path: Path, workers_too: bool) -> None:
    with live(tmp_path, *FLAGS) as server:
        job = server.ask(steps=100, step_s=0.05)
        server.reached(job, "RUNNING")
        asleep = [psutil.Process(server.process.pid), *(server.workers() if workers_too else [])]
        for process in asleep:
            process.suspend()
        threading.Event().wait(2.5 * SILENCE_S)  # the sleep itself
        for process in asleep:
            process.resume()
        row = server.finished(job)
        assert row["status"] == "COMPLETED" and (row["attempt"], row["interruptions"]) == (1, 0)


def reborn(server: Live, folder: Path) -> Live:
    orphans = server.workers()
    server.stop(signal.SIGKILL)
    again = start(folder, *FLAGS)
    assert psutil.wait_procs(orphans, timeout=10)[1] == []
    return again


def test_killed_servers_go_on_by_themselves_but_a_cancel_stays(tmp_path: Path) -> None:
    server = start(tmp_path, *FLAGS)
    try:
        follow_ups = [{"command": "debug", "params": {"seed": 4}}]
        body = {"command": "debug", "params": {"steps": 40, "step_s": 0.05}, "follow_ups": follow_ups}
        job = str(server.json("POST", "/api/jobs", body)["job_id"])
        unwanted = server.ask(steps=1, step_s=600, deaf=True, lane="model")
        server.reached(job, "RUNNING")
        server.reached(unwanted, "RUNNING")
        server.json("POST", f"/api/jobs/{unwanted}/cancel", {})
        server = reborn(server, tmp_path)
        row = server.finished(job)
        assert row["status"] == "COMPLETED" and row["interruptions"] == 1
        assert server.finished(unwanted)["status"] == "CANCELED"
        children = [child for child in server.json("GET", "/api/jobs")["jobs"] if child["parent_id"] == job]
        assert [server.finished(child["id"])["status"] for child in children] == ["COMPLETED"]
        assert server.stop() == 0 and leftovers(server.settings) == []
    finally:
        if server.process.poll() is None:
            server.stop()


def test_the_command_line_goes_on_when_its_worker_dies(tmp_path: Path) -> None:
    flags = ["--output", str(tmp_path / "out"), "--models", str(tmp_path / "models"), "--debug", *FLAGS]
    asked = subprocess.Popen(
        [sys.executable, "webui.py", "debug", "--steps", "60", "--step-s", "0.05", "--seed", "7", *flags],
        cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    jobs = tmp_path / "out" / ".jobs"
    until(lambda: asked.poll() is not None or (jobs.is_dir() and any(jobs.iterdir())), 60)
    assert asked.poll() is None
    (worker,) = psutil.Process(asked.pid).children()
    worker.kill()
    out, err = asked.communicate(timeout=60)
    assert asked.returncode == 0 and out.strip().endswith(".json") and "starting again (attempt 2)" in err


def test_a_job_that_another_owner_took_is_stopped_here_and_settled_by_nobody_else(running: Running) -> None:
    job, _ = at_work(running)
    queue = running.application.queue
    with mock.patch.object(running.application.scheduler.dispatch, "_fill"):
        assert queue.put_back(queue.get(job.id))  # as another owner does after this one was silent for too long
        taken = queue.claim(Lane.LIGHT, LOCAL_POOL, "another:host:1", job_id=job.id)
    assert taken
    running.until(lambda: running.application.scheduler.dispatch.pool.worker_of(job.id) is None)
    assert running.job(job) == taken
    assert queue.cancel(taken)
