"""A request's id goes wherever the request goes: answer, log, errors, the job that it asked for and the worker."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.logs import JsonLines
from engine.trace import request_id
from engine.web.request_log import HEADER
from engine.web.server import create_web
from tests.conftest import Running


@pytest.fixture(scope="module")
def page(running: Running) -> Flask:
    app, _ = create_web(running.application)

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError(str(request_id()))

    return app


@pytest.fixture
def client(page: Flask) -> FlaskClient:
    return page.test_client()


class Lines(logging.Handler):
    """What the log file would hold."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(JsonLines().format(record)))


@pytest.fixture
def lines() -> Iterator[list[dict[str, object]]]:
    root, handler = logging.getLogger("engine"), Lines()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(before)


def test_a_short_plain_id_is_kept(client: FlaskClient) -> None:
    assert client.get("/api/health", headers={HEADER: "a.B-9_"}).headers[HEADER] == "a.B-9_"


@pytest.mark.parametrize("given", [None, "", "x" * 65, "a b", 'a"b', "a\tb", "é", "a,b", "a;b=c"])
def test_any_other_is_replaced_by_a_new_one(client: FlaskClient, given: str | None) -> None:
    answers = [client.get("/api/health", headers={HEADER: given} if given else {}) for _ in range(2)]
    first, second = (answer.headers[HEADER] for answer in answers)
    assert first != second and given not in (first, second) and len(first) == 16


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [("/nowhere", "localhost", 404), ("/", "evil.example", 403), ("/socket.io/", "localhost", 400)],
)  # fmt: skip
def test_refusals_have_one_too(client: FlaskClient, path: str, host: str, status: int) -> None:
    answer = client.get(path, headers={HEADER: "mine", "Host": host})
    assert (answer.status_code, answer.headers.getlist(HEADER)) == (status, ["mine"])


def test_a_fault_names_it_in_its_answer_and_in_the_log(client: FlaskClient, lines: list[dict[str, object]]) -> None:
    answer = client.get("/broken", headers={HEADER: "lost-1"})
    assert answer.status_code == 500
    assert answer.json["error"]["detail"]["request_id"] == "lost-1"
    (said,) = [line for line in lines if line["level"] == "error"]
    assert said["request_id"] == "lost-1" and "RuntimeError: lost-1" in str(said["exception"])
    assert request_id() is None


def test_the_log_of_requests_tells_routes_and_no_words(client: FlaskClient, lines: list[dict[str, object]]) -> None:
    client.get("/api/tracks/secret-title/audio?token=s3cret", headers={HEADER: "r1"})
    client.post(
        "/api/jobs", json={"command": "debug", "params": {"prompt": "s3cret", "steps": 0}}, headers={HEADER: "r2"}
    )
    client.get("/s3cret", headers={HEADER: "r3"})
    told = [line for line in lines if line["logger"] == "engine.web.request_log"]
    shown = [(line["method"], line["route"], line["status"], line["user"], line["request_id"]) for line in told]
    assert shown == [
        ("GET", "/api/tracks/<track_id>/audio", "404", "local", "r1"),
        ("POST", "/api/jobs", "400", "local", "r2"),
        ("GET", "none", "404", "local", "r3"),
    ]
    assert all(float(str(line["ms"])) >= 0 for line in told)
    assert "s3cret" not in json.dumps(lines) and "secret-title" not in json.dumps(lines)


def test_a_job_carries_it_into_its_worker_and_to_what_follows(client: FlaskClient, running: Running) -> None:
    body = {
        "command": "debug",
        "params": {"prompt": "a", "steps": 1},
        "follow_ups": [{"command": "debug"}],
    }
    job_id = client.post("/api/jobs", json=body, headers={HEADER: "asked-for-it"}).json["job_id"]
    queue = running.application.queue
    job = running.done(queue.get(job_id))
    assert job.status == "COMPLETED" and job.origin.request_id == "asked-for-it"
    assert [child.origin.request_id for child in queue.children(job_id)] == ["asked-for-it"]
    logs = [json.loads(line) for file in running.settings.logs_dir.glob("worker-*.jsonl") for line in _lines(file)]
    of_job = {line["message"]: line.get("request_id") for line in logs if line.get("job_id") == job_id}
    assert of_job["job started"] == of_job["job done"] == "asked-for-it"


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def test_what_nobody_asked_for_has_none(running: Running) -> None:
    assert running.done(running.debug(prompt="b", steps=1)).origin.request_id is None
