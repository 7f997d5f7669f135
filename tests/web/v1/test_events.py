"""News of a job as server-sent events, in one process."""

import json
from typing import Any

from engine.web.server import create_web
from engine.web.v1.watching import MOST_EACH
from tests.conftest import Running
from tests.waiting import until
from tests.web.v1.conftest import DocumentedClient

Told = tuple[str, str, Any]


def events(text: str) -> list[Told]:
    """Id, name and data of each; comments are left out."""
    found = []
    for block in text.split("\n\n"):
        if block and not block.startswith(":"):
            fields = dict(line.split(": ", 1) for line in block.split("\n"))
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


def followed(client: DocumentedClient, job_id: str, last: str = "") -> list[Told]:
    answer = client.get(f"/api/v1/jobs/{job_id}/events", headers={"Last-Event-ID": last} if last else {})
    assert answer.mimetype == "text/event-stream" and answer.headers["Cache-Control"] == "no-store"
    return events(answer.text)


def test_a_stream_tells_the_job_till_its_end(client: DocumentedClient) -> None:
    job = client.asked(steps=40, step_s=0.02)
    told = followed(client, job["id"])
    numbers = [int(identity.partition(".")[2]) for identity, _, _ in told]
    assert numbers == sorted(numbers) and len(told) > 2
    assert {name for _, name, _ in told[:-1]} == {"job"} and told[-1][1] == "end"
    shares = [data["progress"] for _, _, data in told]
    assert shares == sorted(shares) and told[-1][2] == client.job(job["id"]) | {"preview_url": None}


def test_a_stream_that_broke_off_goes_on_behind_its_last_event(client: DocumentedClient) -> None:
    job = client.asked(steps=30, step_s=0.02)
    told = followed(client, job["id"])
    middle = len(told) // 2
    assert followed(client, job["id"], told[middle][0]) == told[middle + 1 :]
    assert followed(client, job["id"], told[-1][0])[-1][1] == "end"
    for lost in ("deadbeef.1", "x", f"{told[0][0].partition('.')[0]}.99999"):
        gap, end = followed(client, job["id"], lost)
        assert (gap[1], gap[2], end[1], end[0]) == ("gap", {"last_event_id": lost}, "end", gap[0])


def test_after_a_restart_a_stream_says_that_it_does_not_know_and_what_there_is(
    client: DocumentedClient, running: Running
) -> None:
    job = client.asked(steps=1000, step_s=0.01, seed=31)
    stream = client.get(job["events_url"], buffered=False)
    [first] = events(next(stream.response).decode())  # type: ignore[call-overload]
    stream.close()
    web = create_web(running.application)[0]  # the same jobs, and nothing known of what was sent
    again = web.test_client().get(job["events_url"], headers={"Last-Event-ID": first[0]}, buffered=False)
    gap, now = (events(next(again.response).decode())[0] for _ in range(2))  # type: ignore[call-overload]
    assert (gap[1], gap[2], now[1]) == ("gap", {"last_event_id": first[0]}, "job")
    assert now[2]["id"] == job["id"] and now[0].partition(".")[0] != first[0].partition(".")[0]
    client.delete(job["url"])
    rest = [event for block in again.response for event in events(block.decode())]  # type: ignore[union-attr]
    assert rest[-1][1] == "end" and rest[-1][2]["state"] == "CANCELED"
    assert [name for _, name, _ in rest].count("end") == 1


def test_the_head_of_a_stream_comes_at_once(client: DocumentedClient, running: Running) -> None:
    job = client.asked(steps=1000, step_s=0.01, seed=9)
    head = client.head(job["events_url"])
    assert (head.status_code, head.mimetype, head.data) == (200, "text/event-stream", b"")
    client.delete(job["url"])
    running.until(lambda: client.job(job["id"])["state"] == "CANCELED")


def test_a_job_that_is_over_is_told_once(client: DocumentedClient) -> None:
    job = client.done(fail="INTERNAL")
    [(_, name, data)] = followed(client, job["id"])
    assert name == "end" and data["error"]["code"] == "INTERNAL"


def test_a_user_has_so_many_streams_and_no_more(client: DocumentedClient, running: Running) -> None:
    job = client.asked(steps=1000, step_s=0.01)
    path = f"/api/v1/jobs/{job['id']}/events"
    streams = [client.get(path, buffered=False) for _ in range(MOST_EACH)]
    refused = client.get(path)
    assert (refused.status_code, refused.json["code"]) == (429, "RATE_LIMITED")
    for stream in streams:
        stream.close()
    client.delete(job["url"])
    assert followed(client, job["id"])[-1][1] == "end"
    running.until(lambda: client.job(job["id"])["state"] == "CANCELED")
    assert until(lambda: client.get("/api/v1/jobs/nothing/events").status_code == 404)
