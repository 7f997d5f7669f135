"""Jobs over version 1: every way to ask, and what is told of them."""

import io
import threading
import wave
from typing import Any

import pytest

from tests.conftest import Running
from tests.waiting import until
from tests.web.v1.conftest import DocumentedClient

UNKNOWN = "0" * 32


def test_a_job_is_taken_waited_for_and_told_whole(client: DocumentedClient) -> None:
    answer = client.post("/api/v1/jobs", json={"command": "debug", "params": {}}, headers={"Prefer": "wait=60"})
    assert answer.status_code == 200 and answer.headers["Preference-Applied"] == "wait=60"
    job = answer.json
    assert job["job_id"] == job["id"] and answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert (job["state"], job["status"], job["progress"], job["error"]) == ("COMPLETED", "COMPLETED", 100, None)
    [track] = job["tracks"]
    assert track["title"] == "tone" and client.get(track["audio_url"]).status_code == 200
    assert job["download_url"] == track["download_url"] and set(job["viz_urls"]) == {"peaks", "spectrogram"}
    assert client.job(job["id"]).items() <= job.items()


def test_the_status_of_a_running_job_is_its_stage(client: DocumentedClient, running: Running) -> None:
    job = client.asked(steps=1000, step_s=0.01)
    told = until(lambda: (found := client.job(job["id"]))["stage"] and found)
    assert (told["state"], told["status"], told["stage"]) == ("RUNNING", "WORKING", "WORKING")
    assert 0 <= told["progress"] < 100
    assert client.post(f"/api/v1/jobs/{job['id']}/cancel").status_code == 202
    running.until(lambda: client.job(job["id"])["state"] == "CANCELED")


def test_delete_cancels_what_is_active_and_forgets_what_is_over(client: DocumentedClient, running: Running) -> None:
    job = client.asked(steps=1000, step_s=0.01)
    path = f"/api/v1/jobs/{job['id']}"
    assert client.delete(path).status_code == 202
    running.until(lambda: client.job(job["id"])["state"] == "CANCELED")
    assert client.post(f"{path}/retry").json["state"] in ("PENDING", "RUNNING")
    client.delete(path)
    running.until(lambda: client.job(job["id"])["state"] == "CANCELED")
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == client.delete(path).status_code == 404


def test_a_failed_job_tells_why_and_may_be_tried_again(client: DocumentedClient) -> None:
    job = client.done(fail="UNSUPPORTED_AUDIO", recovers_after=1)
    assert (job["state"], job["error"]["code"]) == ("FAILED", "UNSUPPORTED_AUDIO")
    assert client.post(f"/api/v1/jobs/{job['id']}/retry").status_code == 202
    assert until(lambda: client.job(job["id"])["state"] == "COMPLETED")
    assert client.post(f"/api/v1/jobs/{job['id']}/retry").json["code"] == "INVALID_INPUT"


@pytest.mark.parametrize(
    ("body", "params"),
    [
        ({"text": "/debug hello steps=3"}, {"prompt": "hello", "steps": 3}),
        ({"command": "debug", "text": "hello steps=4"}, {"prompt": "hello", "steps": 4}),
        ({"command": "debug", "params": {"steps": 2}, "language": "ru"}, {"steps": 2}),
    ],
)
def test_a_job_is_asked_for_by_text_or_by_parameters(client: DocumentedClient, body: Any, params: Any) -> None:
    job = client.post("/api/v1/jobs", json=body).json
    assert job["command"] == "debug" and params.items() <= job["params"].items()


def test_a_match_is_asked_for_as_the_brief_says(client: DocumentedClient) -> None:
    sound, other = (f"track:{client.done(duration=1, seed=seed)['tracks'][0]['id']}" for seed in (1, 20))
    body = {"mode": "B", "ref_key": other, "tgt_key": sound, "opts": {"amount": 50, "aspects": "loudness"}}
    job = client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=60"}).json
    params = job["params"]
    assert (job["command"], params["source"], params["reference"]) == ("match", sound, other)
    assert (params["mode"], params["amount"], params["aspects"]) == ("B", 50, "loudness")
    assert job["state"] == "COMPLETED", job["error"]
    assert job["metrics"]["tp_db"] < 0 and job["metrics"]["lufs_err"] is not None
    assert client.get(job["viz_urls"]["match"]).json["metrics"]["after"].items() >= job["metrics"].items()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "INVALID_INPUT"),
        ([], 400, "INVALID_INPUT"),
        ({"command": "nothing"}, 400, "INVALID_INPUT"),
        ({"command": "debug", "params": {"steps": -1}}, 400, "INVALID_INPUT"),
        ({"command": "debug", "params": {}, "more": 1}, 400, "INVALID_INPUT"),
        ({"command": "debug", "params": {"source": f"track:{UNKNOWN}"}}, 404, "NOT_FOUND"),
        ({"mode": "C", "tgt_key": f"track:{UNKNOWN}"}, 400, "INVALID_INPUT"),
        ({"preset": UNKNOWN}, 404, "NOT_FOUND"),
    ],
)
def test_a_job_that_cannot_be_is_refused(client: DocumentedClient, body: Any, status: int, code: str) -> None:
    answer = client.post("/api/v1/jobs", json=body)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert set(answer.json) == {"code", "message", "detail"}


def test_the_list_comes_in_pages_that_new_jobs_do_not_move(client: DocumentedClient) -> None:
    made = [client.done(prompt=f"page {number}")["id"] for number in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while len(seen) < 5:
        page = client.get("/api/v1/jobs", query_string={"limit": 2, "cursor": cursor} if cursor else {"limit": 2}).json
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        client.asked(prompt=f"between {len(seen)}")
    assert seen[:5] == made[::-1]
    every = client.get("/api/v1/jobs?limit=200&command=debug&status=COMPLETED").json
    assert every["next_cursor"] is None and set(made) <= {each["id"] for each in every["items"]}
    assert client.get("/api/v1/jobs?command=match&status=FAILED").json["items"] == []


@pytest.mark.parametrize("query", ["cursor=x", "cursor=W10", "limit=0", "limit=9999", "status=DONE", "nothing=1"])
def test_a_page_that_cannot_be_is_refused(client: DocumentedClient, query: str) -> None:
    answer = client.get(f"/api/v1/jobs?{query}")
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_INPUT")


def test_the_same_key_is_the_same_job_however_often_at_once(client: DocumentedClient) -> None:
    key = {"Idempotency-Key": "once"}
    answers: list[Any] = []

    def ask() -> None:
        body = {"command": "debug", "params": {"seed": -1}}
        answers.append(client.another().post("/api/v1/jobs", json=body, headers=key))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {202}
    [job_id] = {answer.json["job_id"] for answer in answers}
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    until(lambda: client.job(job_id)["state"] == "COMPLETED")
    again = client.post("/api/v1/jobs", json={"command": "debug", "params": {"seed": -1}}, headers=key)
    assert again.json["job_id"] == job_id and again.headers["Idempotency-Replayed"] == "true"
    other = client.post("/api/v1/jobs", json={"command": "debug", "params": {"seed": 1}}, headers=key)
    assert (other.status_code, other.json["code"]) == (409, "CONFLICT")


def test_what_was_refused_may_be_sent_again_under_its_key(client: DocumentedClient) -> None:
    key = {"Idempotency-Key": "refused"}
    wrong = {"command": "debug", "params": {"source": f"track:{UNKNOWN}"}}
    assert client.post("/api/v1/jobs", json=wrong, headers=key).status_code == 404
    assert client.post("/api/v1/jobs", json={"command": "debug"}, headers=key).status_code == 202
    assert client.post("/api/v1/jobs", json=wrong, headers={"Idempotency-Key": "é"}).status_code == 400


def test_without_a_key_the_same_request_is_one_job_while_it_is_active(client: DocumentedClient) -> None:
    body = {"steps": 1000, "step_s": 0.01, "seed": 5}
    first = client.asked(**body)
    assert client.asked(**body)["id"] == first["id"]
    client.delete(first["url"])
    assert until(lambda: client.job(first["id"])["state"] == "CANCELED")


def test_a_wait_ends_with_its_time(client: DocumentedClient) -> None:
    body = {"command": "debug", "params": {"steps": 1000, "step_s": 0.01, "seed": 6}}
    answer = client.post("/api/v1/jobs", json=body, headers={"Prefer": "respond-async, wait=0"})
    assert answer.status_code == 202 and answer.headers["Preference-Applied"] == "wait=0"
    client.delete(answer.json["url"])


def test_a_job_can_be_heard_while_it_runs(client: DocumentedClient) -> None:
    job = client.asked(steps=2000, step_s=0.01, live=True, duration=20, seed=7)
    until(lambda: client.job(job["id"])["preview_url"])
    place = f"/api/v1/jobs/{job['id']}/preview"
    whole = client.get(place)
    with wave.open(io.BytesIO(whole.data)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (44_100, 2, 2)
        assert sound.getnframes() == int(whole.headers["X-Samples"]) > 0
        heard = sound.readframes(sound.getnframes())
    rest = client.get(f"{place}?from_sample=100")
    assert rest.data[44:][: len(heard) - 400] == heard[400:], "from any sample on"
    client.delete(f"/api/v1/jobs/{job['id']}")
    until(lambda: client.job(job["id"])["state"] == "CANCELED")
    assert client.get(place).json["code"] == "NOT_FOUND"


def test_the_preview_of_what_is_no_running_job_is_not_there(client: DocumentedClient) -> None:
    assert client.get(f"/api/v1/jobs/{client.done()['id']}/preview").json["code"] == "NOT_FOUND"
