"""Streams and waiting over a real connection, in both async modes: they hold nobody up."""

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any

from engine.web.v1.watching import MOST_EACH
from tests.live import Live
from tests.waiting import until
from tests.web.webhooks.receiver import proves, receiving


def lines(server: Live, path: str) -> Iterator[str]:
    """The lines of an answer as they come; the connection is closed when no more are asked for."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200
        while line := answer.readline():
            yield line.decode().rstrip("\n")
    finally:
        connection.close()


def test_a_stream_and_a_wait_go_beside_everything_else(server: Live) -> None:
    body = {"command": "debug", "params": {"steps": 60, "step_s": 0.02, "seed": 3}}
    waited: list[Any] = []

    def wait() -> None:
        waited.append(server.request("POST", "/api/v1/jobs", body, {"Prefer": "wait=60"}))

    asking = threading.Thread(target=wait)
    job = server.json("POST", "/api/v1/jobs", body)
    asking.start()
    told: list[Any] = []
    for line in lines(server, job["events_url"]):
        if line.startswith("data: "):
            told.append(json.loads(line.removeprefix("data: ")))
            assert server.json("GET", "/api/v1/health") == {"ok": True}
    asking.join()
    assert told[-1]["state"] == "COMPLETED" and len(told) > 2
    [(status, _, raw)] = waited
    assert status == 200 and json.loads(raw)["id"] == job["id"]  # the same request is the same job


def test_whoever_leaves_a_stream_gives_its_place_back(server: Live) -> None:
    job = server.json("POST", "/api/v1/jobs", {"command": "debug", "params": {"steps": 100_000, "step_s": 0.02}})

    def opened() -> bool:
        """A stream that is left at its first line; False where the server has not noticed yet that others were."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", job["events_url"])
            answer = connection.getresponse()
            return answer.status == 200 and answer.readline().startswith(b"id: ")

    for _ in range(MOST_EACH + 4):
        assert until(opened)
    server.request("DELETE", job["url"])
    assert server.finished(job["id"])["status"] == "CANCELED"


def test_a_webhook_goes_out_beside_everything_else(server: Live) -> None:
    with receiving() as receiver:
        receiver.then(500)
        order = {"command": "debug", "params": {"seed": 8}, "webhook_url": receiver.url()}
        job = server.json("POST", "/api/v1/jobs", order)
        deliveries = f"{job['url']}/deliveries"
        [failed] = until(lambda: [each for each in server.json("GET", deliveries)["items"] if each["error"]])
        assert (failed["state"], failed["status"]) == ("waiting", 500)
        server.request("POST", f"/api/v1/deliveries/{failed['id']}/redeliver")
        assert until(lambda: server.json("GET", deliveries)["items"][0]["state"] == "delivered")
        secret = server.json("GET", "/api/v1/webhooks/secret")["secret"]
        assert len(receiver.received) == 2 and all(proves(secret, got) for got in receiver.received)
