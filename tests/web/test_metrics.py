"""What Prometheus is told: true figures, few labels, to those who may know; and nothing of it where nobody asked."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from engine import metrics
from engine.app import Application
from engine.database import jobs as rows
from engine.jobs.job import MAX_RETRIES, Job
from engine.settings import PROJECT
from engine.web.server import create_web
from tests.conftest import Running, make_settings
from tests.wants import wants

TOKEN = "read-me"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An application whose metrics are on."""
    application = Application.open(make_settings(tmp_path_factory.mktemp("watched"), metrics=True))
    try:
        yield Running(application)
    finally:
        application.close()
        metrics.stop()


@pytest.fixture(scope="module")
def client(watched: Running) -> FlaskClient:
    return create_web(watched.application)[0].test_client()


Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def exposition(client: FlaskClient) -> str:
    answer = client.get("/metrics")
    assert answer.status_code == 200 and answer.content_type.startswith("text/plain; version=0.0.4")
    return answer.get_data(as_text=True)


def figures(client: FlaskClient) -> Figures:
    families = text_string_to_metric_families(exposition(client))
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def growth(client: FlaskClient, act: Callable[[], object]) -> Callable[..., float]:
    """By how much a sample has grown while something was done: `grew(name, label=value)`."""
    before = figures(client)
    act()
    after = figures(client)

    def grew(name: str, **labels: str) -> float:
        key = (metrics.PREFIX + name, frozenset(labels.items()))
        return after.get(key, 0) - before.get(key, 0)

    return grew


def over(watched: Running, *jobs: Job) -> None:
    """Wait until the jobs are over and all that follows from it is done."""
    watched.done(*jobs)
    with watched.application.scheduler.dispatch.lock:
        pass


def test_a_job_is_counted_from_its_request_to_its_end(watched: Running, client: FlaskClient) -> None:
    grew = growth(client, lambda: over(watched, watched.debug(steps=1)))
    assert grew("jobs_submitted_total", command="debug") == 1
    assert grew("jobs_ended_total", command="debug", outcome="completed") == 1
    assert grew("job_wait_seconds_count", command="debug") == 1
    assert grew("job_run_seconds_count", command="debug", outcome="completed") == 1
    assert grew("events_total", event="TrackAdded") == 1
    now = figures(client)
    assert now[metrics.PREFIX + "workers", frozenset({("lane", "light"), ("state", "idle")})] >= 1
    memory = [value for (name, _), value in now.items() if name == metrics.PREFIX + "worker_memory_bytes"]
    assert memory and min(memory) > 10 * 2**20


def test_failures_have_their_codes(watched: Running, client: FlaskClient) -> None:
    grew = growth(client, lambda: over(watched, watched.debug(fail="OUT_OF_MEMORY", steps=2)))
    assert grew("job_failures_total", command="debug", code="OUT_OF_MEMORY") == 1
    assert grew("jobs_ended_total", command="debug", outcome="failed") == 1
    assert grew("job_retries_total", command="debug") == 0


def test_a_running_job_shows_its_stage_and_a_held_one_is_not_late(watched: Running, client: FlaskClient) -> None:
    running = watched.running(watched.debug(steps=1000, step_s=0.05))
    stage = frozenset({("command", "debug"), ("stage", "WORKING")})
    watched.until(lambda: figures(client).get((metrics.PREFIX + "jobs_running", stage)))
    waiting = watched.debug(steps=1)
    found = figures(client)
    assert found[metrics.PREFIX + "jobs", frozenset({("state", "running"), ("command", "debug")})] == 1
    assert found[metrics.PREFIX + "jobs", frozenset({("state", "waiting"), ("command", "debug")})] == 1
    assert found[metrics.PREFIX + "oldest_waiting_job_age_seconds", frozenset()] > 0
    watched.application.scheduler.pause(True)
    assert figures(client)[metrics.PREFIX + "oldest_waiting_job_age_seconds", frozenset()] == 0

    def cancel() -> None:
        for job in (waiting, running):
            watched.application.scheduler.cancel(job.id)
        over(watched, waiting, running)

    grew = growth(client, cancel)
    assert grew("jobs_ended_total", command="debug", outcome="canceled") == 2
    assert grew("job_run_seconds_count", command="debug", outcome="canceled") == 1


def test_retries_interruptions_and_dead_letters(watched: Running, client: FlaskClient) -> None:
    """By the verbs of the queue themselves: the pauses between tries would take a minute."""
    application = watched.application
    queue = application.queue

    def begun() -> Job:
        with application.database.write() as tx:
            running = {"status": "RUNNING", "attempt": rows.c.attempt + 1, "owner": "x", "started_at": time.time()}
            tx.execute(update(rows).where(rows.c.id == job.id).values(**running))
        return queue.get(job.id)

    def go_wrong() -> None:
        assert queue.put_back(begun(), {"code": "INTERRUPTED"})
        late = begun()
        for _ in range(MAX_RETRIES + 1):
            assert queue.fail(begun(), {"code": "INTERNAL"}, recoverable=True)
        assert not queue.fail(late, {"code": "INTERNAL"}, recoverable=True)

    with application.scheduler.dispatch.lock:  # nobody else begins it
        job = watched.debug(steps=1)
        grew = growth(client, go_wrong)
        queue.forget(job.id)
    assert grew("job_interruptions_total", command="debug") == 1
    assert grew("job_failures_total", command="debug", code="INTERNAL") == MAX_RETRIES + 1
    assert grew("job_retries_total", command="debug") == MAX_RETRIES
    assert grew("job_dead_letters_total", command="debug") == grew("dead_letters") == 1


def sound() -> BytesIO:
    file = BytesIO()
    soundfile.write(file, np.zeros(4800, dtype=np.float32), 48000, format="WAV")
    file.seek(0)
    return file


def test_requests_uploads_and_downloads(watched: Running, client: FlaskClient) -> None:
    size = len(sound().getvalue())
    kept: list[str] = []

    def ask() -> None:
        kept.append(client.post("/api/uploads", data={"file": (sound(), "a.wav")}).json["audio_url"])
        client.post("/api/uploads", data={"file": (BytesIO(b"no sound at all" * 99), "b.wav")})
        with client.get(kept[0]) as answer:
            assert len(answer.get_data()) == size
        client.get(kept[0], headers={"Range": "bytes=0-99"}).close()
        client.get("/nowhere/at/all")
        client.get("/api/health", headers={"Host": "evil.example"})
        client.open("/api/health", method="BREW")

    grew = growth(client, ask)
    assert grew("uploads_total", outcome="kept") == grew("uploads_total", outcome="UNSUPPORTED_AUDIO") == 1
    assert grew("upload_bytes_total") == size and size <= grew("download_bytes_total") <= size + 100
    assert grew("downloads_total", outcome="complete") == grew("downloads_total", outcome="aborted") == 1
    route = "/api/uploads/<upload_id>/audio"
    assert grew("http_requests_total", method="GET", route=route, status="206") == 1
    assert grew("http_request_duration_seconds_count", method="GET", route=route) == 2
    assert grew("http_requests_total", method="GET", route="none", status="404") == 1
    assert grew("http_requests_total", method="GET", route="refused", status="403") == 1
    assert [labels for name, labels in figures(client) if ("method", "BREW") in labels] == []


def test_no_label_holds_what_a_user_may_choose(watched: Running, client: FlaskClient) -> None:
    job = watched.done(watched.debug(prompt="a-word-of-mine", steps=1))
    client.get(f"/api/jobs/{job.id}")
    said = exposition(client)
    assert job.id not in said and "a-word-of-mine" not in said
    assert re.findall(r"[0-9a-f]{32}", said) == []


def test_the_quality_of_matches(client: FlaskClient) -> None:
    after = {"stft_dist": 2.5, "mel_dist": 1.2, "lufs_err": None, "tp_db": -1.2, "limiter_rate": 0.003, "other": 1}
    grew = growth(client, lambda: [metrics.match_quality(after), metrics.match_quality({})])
    assert grew("match_stft_distance_db_bucket", le="3.0") - grew("match_stft_distance_db_bucket", le="2.0") == 1
    assert grew("match_true_peak_dbtp_bucket", le="-1.0") - grew("match_true_peak_dbtp_bucket", le="-1.5") == 1
    assert grew("match_limiter_ratio_count") == 1 and grew("match_loudness_error_lu_count") == 0


def test_every_metric_is_there_and_well_named(client: FlaskClient) -> None:
    said = exposition(client)
    assert [name for name in metrics.METRICS if f"# TYPE {name} " not in said] == []
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip(wants("promtool"))
    checked = subprocess.run([tool, "check", "metrics"], input=said, text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("values", "headers", "address", "status"),
    [
        ({}, {}, "127.0.0.1", 200),
        ({}, {}, "::1", 200),
        ({}, {}, "10.0.0.2", 401),
        ({}, {"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1", 401),
        ({}, {"Via": "1.1 proxy"}, "127.0.0.1", 401),
        ({"proxy_hops": 1}, {}, "127.0.0.1", 401),
        ({"allowed_hosts": ("a.org",)}, {}, "127.0.0.1", 401),
        ({"metrics_token": TOKEN}, {"Authorization": f"Bearer {TOKEN}"}, "10.0.0.2", 200),
        ({"metrics_token": TOKEN}, {"Authorization": f"Bearer {TOKEN}x"}, "10.0.0.2", 401),
        ({"metrics_token": TOKEN}, {"Authorization": "Bearer é"}, "10.0.0.2", 401),
        ({"metrics_token": ""}, {"Authorization": "Bearer "}, "10.0.0.2", 401),
    ],
)
def test_who_may_read_them(
    watched: Running, client: FlaskClient, monkeypatch: pytest.MonkeyPatch,
    values: dict[str, Any], headers: dict[str, str], address: str, status: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(watched.application, "settings", watched.settings.model_copy(update=values))
    answer = client.get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == status


def test_they_are_off_where_nobody_asked(watched: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched.application, "settings", watched.settings.model_copy(update={"metrics": False}))
    assert create_web(watched.application)[0].test_client().get("/metrics").status_code == 404


def test_nothing_of_watching_is_imported_then() -> None:
    heavy = "{'prometheus_client', 'opentelemetry'} & {name.partition('.')[0] for name in sys.modules}"
    code = f"import sys, engine.web.start, engine.jobs.worker_process; print({heavy} or 'nothing')"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "nothing"


def test_processes_that_share_a_folder_count_together(tmp_path: Path) -> None:
    code = (
        "import sys; from engine import metrics; metrics.start(); metrics.LOGINS.add(outcome='ok');"
        "sys.stdout.write(metrics.counted().decode())"
    )
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    command = [sys.executable, "-c", code]
    said = [
        subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert [re.search(r'logins_total\{outcome="ok"\} (\S+)', one)[1] for one in said] == ["1.0", "2.0"]  # type: ignore[index]
