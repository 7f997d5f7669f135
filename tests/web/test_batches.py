"""Batches over REST: begun, looked at, held, canceled; and what is no batch."""

import uuid
from typing import Any

import pytest

from tests.live import Live


def track(server: Live) -> str:
    """The key of a short track."""
    job = server.json("POST", "/api/jobs", {"command": "debug", "params": {"duration": 0.1}})["job_id"]
    return f"track:{server.finished(job)['track_ids'][0]}"


def begun(server: Live, **params: Any) -> tuple[str, list[str]]:
    """A batch of two and its jobs."""
    batch_id = uuid.uuid4().hex
    body = {"batch_id": batch_id, "command": "debug", "params": params, "sources": [track(server), track(server)]}
    status, _, _ = server.request("POST", "/api/batches", body)
    assert status == 202
    answer = server.json("POST", "/api/batches", body)
    assert answer["batch_id"] == batch_id
    return batch_id, answer["job_ids"]


def test_a_batch_from_begin_to_end(server: Live) -> None:
    batch_id, job_ids = begun(server, steps=1)
    for job_id in job_ids:
        assert server.finished(job_id)["status"] == "COMPLETED"
    rows = server.json("GET", f"/api/batches/{batch_id}")["jobs"]
    assert [row["id"] for row in rows] == job_ids and {row["batch_id"] for row in rows} == {batch_id}
    assert server.json("POST", f"/api/batches/{batch_id}/retry", {}) == {"retried": 0}
    assert server.json("POST", f"/api/batches/{batch_id}/pause", {"paused": True}) == {"paused": False}


def test_a_batch_is_held_and_canceled(server: Live) -> None:
    batch_id, job_ids = begun(server, steps=3000, step_s=0.02)
    assert server.json("POST", f"/api/batches/{batch_id}/pause", {"paused": True}) == {"paused": True}
    assert server.json("GET", f"/api/jobs/{job_ids[1]}")["held"] is True
    assert server.json("POST", f"/api/batches/{batch_id}/cancel", {}) == {"canceled": 2}
    assert {server.finished(job_id)["status"] for job_id in job_ids} == {"CANCELED"}


@pytest.mark.parametrize("verb", ["cancel", "retry", "pause"])
def test_an_unknown_batch_is_not_found(server: Live, verb: str) -> None:
    place = f"/api/batches/{uuid.uuid4().hex}"
    assert server.request("GET", place)[0] == 404
    assert server.request("POST", f"{place}/{verb}", {"paused": True})[0] == 404


@pytest.mark.parametrize("body", [[], {}, {"batch_id": "0" * 32}, {"batch_id": "0" * 32, "command": "fetch"}])
def test_what_is_no_batch_is_refused(server: Live, body: Any) -> None:
    assert server.request("POST", "/api/batches", body)[0] == 400


def test_an_unknown_source_refuses_the_batch(server: Live) -> None:
    body = {"batch_id": uuid.uuid4().hex, "command": "debug", "sources": [track(server), "track:" + "0" * 32]}
    assert server.request("POST", "/api/batches", body)[0] == 404
    assert server.request("GET", f"/api/batches/{body['batch_id']}")[0] == 404
