"""Two users over REST: jobs, batches, the queue, the state, tagging and what a text means are each one's own."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import request
from flask.testing import FlaskClient

from engine.accounts import Caller
from engine.jobs.job import Job
from engine.web.me import act_as
from engine.web.server import create_web
from tests.conftest import Running

ANN, BEN, NOBODY = "a" * 32, "b" * 32, "0" * 32
USER = "X-User"

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def client(running: Running) -> FlaskClient:
    """A server that believes whoever says who asks."""
    app, _ = create_web(running.application)
    app.before_request(lambda: act_as(Caller(request.headers[USER])))
    return app.test_client()


@pytest.fixture(scope="module")
def anns(running: Running, client: FlaskClient) -> dict[str, Job]:
    """A batch of hers, one job of it done and one that runs; and another of hers that waits."""
    batch_id, queue = uuid.uuid4().hex, running.application.of(ANN).queue
    made = running.done(_job(running, client, ANN, {"steps": 1, "duration": 0.1}))
    sources = {"sources": [f"track:{made.track_ids[0]}"], "batch_id": batch_id, "command": "debug"}
    asked = client.post("/api/batches", json=sources | {"params": {"steps": 1}}, headers={USER: ANN}).json
    done = running.done(queue.get(asked["job_ids"][0]))
    slow = {"steps": 10_000, "step_s": 0.05}
    return {
        "done": done,
        "running": running.running(_job(running, client, ANN, slow)),
        "waiting": _job(running, client, ANN, slow | {"prompt": "later"}),
    }


def _job(running: Running, client: FlaskClient, user: str, params: dict[str, Any]) -> Job:
    sent = {"command": "debug", "params": params, "request_id": uuid.uuid4().hex}
    answer = client.post("/api/jobs", json=sent, headers={USER: user})
    assert answer.status_code == 202 and "user" not in answer.json["job"]
    return running.application.of(user).queue.get(answer.json["job_id"])


def test_another_users_job_or_batch_is_answered_as_one_that_nobody_knows(
    running: Running, client: FlaskClient, anns: dict[str, Job]
) -> None:
    routes = [
        ("GET", "/api/jobs/{job}", None), ("GET", "/api/jobs/{job}/preview", None), ("DELETE", "/api/jobs/{job}", None),
        ("POST", "/api/jobs/{job}/cancel", None), ("POST", "/api/jobs/{job}/retry", None),
        ("POST", "/api/jobs/{job}/move", {"position": 1}), ("GET", "/api/batches/{batch}", None),
        ("GET", "/api/batches/{batch}/tracks.zip", None), ("POST", "/api/batches/{batch}/cancel", None),
        ("POST", "/api/batches/{batch}/retry", None), ("POST", "/api/batches/{batch}/pause", {"paused": True}),
    ]  # fmt: skip
    known = {
        (method, rule.rule.replace("<job_id>", "{job}").replace("<batch_id>", "{batch}").replace(
            "<identity>", "{job}" if "/jobs/" in rule.rule else "{batch}"))
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith(("/api/jobs/", "/api/batches/"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }  # fmt: skip
    assert known == {(method, path) for method, path, _ in routes}, "each route of a job or batch is asked here"
    before = {name: running.application.queue.get(job.id) for name, job in anns.items()}
    for job in anns.values():
        for method, path, body in routes:
            theirs, none = (
                client.open(path.format(job=a, batch=b), method=method, json=body, headers={USER: BEN})
                for a, b in ((job.id, before["done"].batch_id), (NOBODY, NOBODY))
            )
            assert (theirs.status_code, theirs.json) == (none.status_code, none.json), path
            assert theirs.status_code == 404 and theirs.json["error"]["code"] == "NOT_FOUND"
    for name, job in before.items():
        now = running.application.queue.get(job.id)
        assert (now.status, now.rank, now.attempt, now.cancel_requested) == (
            job.status, job.rank, job.attempt, job.cancel_requested,
        ), name  # fmt: skip
    answer = client.get(f"/api/batches/{before['done'].batch_id}/tracks.zip", headers={USER: ANN})
    assert answer.status_code == 200 and answer.data[:2] == b"PK"


def test_lists_counts_and_states_are_of_ones_own(running: Running, client: FlaskClient, anns: dict[str, Job]) -> None:
    def get(path: str, user: str) -> Any:
        return client.get(path, headers={USER: user}).json

    hers = {job.id for job in anns.values()}
    assert hers <= {row["id"] for row in get("/api/jobs", ANN)["jobs"]} and get("/api/jobs", BEN)["jobs"] == []
    empty = get("/api/state", BEN)
    assert (empty["jobs"], empty["tracks"], empty["track_total"]) == ([], [], 0)
    assert empty == get("/api/state", "c" * 32)
    assert get("/api/state", ANN)["track_total"] == 2 and get("/api/tagging", ANN)["total"] == 2
    assert get("/api/tagging", BEN) == {"state": "idle", "total": 0, "tagged": 0, "failed": 0}
    paused = client.post("/api/queue/pause", json={"paused": True}, headers={USER: BEN}).json
    assert paused == {"paused": False}, "nothing of his waits"
    assert client.post("/api/queue/cancel-waiting", headers={USER: BEN}).json == {"canceled": 0}
    assert client.post("/api/tagging", json={"action": "pause"}, headers={USER: BEN}).json["state"] == "idle"
    assert not get("/api/state", ANN)["paused"]


def test_a_word_of_a_text_names_ones_own_sounds_only(
    running: Running, client: FlaskClient, anns: dict[str, Job]
) -> None:
    track = anns["done"].track_ids[0]
    title = running.application.library.row(track)["title"]
    asked = [
        client.post("/api/understand", json={"text": f"split {title} into stems"}, headers={USER: user}).json
        for user in (ANN, BEN)
    ]
    assert asked[0]["command"]["params"].get("source", "").startswith("track:")
    assert not (asked[1]["command"] or {"params": {}})["params"].get("source")


def test_a_job_takes_no_sound_of_another_user(client: FlaskClient, anns: dict[str, Job]) -> None:
    sent = [
        {"command": "debug", "params": {"source": f"track:{key}"}, "request_id": uuid.uuid4().hex}
        for key in (anns["done"].track_ids[0], NOBODY)
    ]
    theirs, none = (client.post("/api/jobs", json=each, headers={USER: BEN}) for each in sent)
    assert (theirs.status_code, theirs.json) == (none.status_code, none.json) and theirs.status_code == 404
