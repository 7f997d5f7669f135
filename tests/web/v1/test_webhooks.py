"""Webhooks over version 1: asked for with a job, a batch or a drama, delivered signed, told of and sent again."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import delete, insert, select, update

from engine.app import Application
from engine.database.tables import deliveries, webhooks
from engine.errors import Code
from engine.jobs.job import Webhook
from engine.jobs.outbox import MOST_EACH
from engine.web.server import create_web
from engine.web.v1.webhook_models import WebhookBody
from tests.conftest import Running, make_settings
from tests.database.test_queue import entry
from tests.waiting import until
from tests.web.v1.conftest import DocumentedClient
from tests.web.webhooks.receiver import Received, Receiver, proves, receiving

PRIVATE = ("http://10.0.0.1/", "http://0.0.0.0:8000/", "https://169.254.169.254/latest", "http://[::1]/")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def hooked(client: DocumentedClient, receiver: Receiver, *events: str, **params: Any) -> Any:
    """A debug job whose end is told to the receiver."""
    hook = {"webhook_url": receiver.url()} | ({"webhook_events": list(events)} if events else {})
    answer = client.post("/api/v1/jobs", json={"command": "debug", "params": params, **hook})
    assert answer.status_code == 202, answer.text
    return answer.json


def told(receiver: Receiver, count: int = 1) -> list[tuple[Received, Any]]:
    """What has come, as soon as it is so much."""
    until(lambda: len(receiver.received) >= count, timeout_s=120)
    return [(got, json.loads(got.body)) for got in receiver.received]


def delivered(client: DocumentedClient, url: str) -> list[Any]:
    """The deliveries at this address, once none of them waits."""

    def settled() -> Any:
        items = client.get(f"{url}/deliveries").json["items"]
        return items if items and all(each["state"] != "waiting" for each in items) else None

    found: list[Any] = until(settled, timeout_s=120)
    return found


def test_the_end_of_a_job_is_told_signed_with_the_job_as_it_is_shown(
    client: DocumentedClient, receiver: Receiver
) -> None:
    job = hooked(client, receiver, prompt="told of")
    [(got, body)] = told(receiver)
    [delivery] = delivered(client, job["url"])
    assert (body["type"], body["id"]) == ("job.completed", got.headers["webhook-id"])
    assert WebhookBody.model_validate(body) and body["data"] == client.job(job["id"])
    assert body["data"]["tracks"][0]["title"] == "told of" and body["timestamp"].endswith("+00:00")
    assert proves(client.get("/api/v1/webhooks/secret").json["secret"], got)
    assert delivery.items() >= {
        "id": body["id"], "subject": job["id"], "event": "job.completed", "state": "delivered", "attempts": 1,
        "status": 204, "error": None, "webhook_url": receiver.url(), "due_at": None,
    }.items()  # fmt: skip


def test_a_job_that_fails_is_told_so_and_one_that_is_canceled(client: DocumentedClient, receiver: Receiver) -> None:
    failed = hooked(client, receiver, fail="UNSUPPORTED_AUDIO")
    [(_, body)] = told(receiver)
    assert (body["type"], body["data"]["id"]) == ("job.failed", failed["id"])
    assert body["data"]["error"]["code"] == "UNSUPPORTED_AUDIO"
    slow = {"steps": 10_000, "step_s": 0.01}
    silent, canceled = (
        hooked(client, receiver, *events, prompt=f"only {events}", **slow) for events in (("job.completed",), ())
    )
    for job in (silent, canceled):
        client.post(f"{job['url']}/cancel")
        until(lambda job=job: client.job(job["id"])["state"] == "CANCELED", timeout_s=120)  # type: ignore[misc]
    (_, body) = told(receiver, 2)[1]
    assert (body["type"], body["data"]["id"]) == ("job.canceled", canceled["id"])
    assert client.get(f"{silent['url']}/deliveries").json == {"items": []}


def test_a_delivery_that_was_given_up_is_sent_again_on_demand(client: DocumentedClient, receiver: Receiver) -> None:
    receiver.then(410)
    job = hooked(client, receiver, seed=1)
    [failed] = delivered(client, job["url"])
    assert (failed["state"], failed["status"], failed["error"]["code"]) == ("failed", 410, "UNAVAILABLE")
    assert failed["error"]["message"] == f"127.0.0.1:{receiver.port} answered 410."
    answer = client.post(f"/api/v1/deliveries/{failed['id']}/redeliver")
    assert answer.status_code == 202 and answer.json["state"] == "waiting"
    [again] = delivered(client, job["url"])
    assert (again["id"], again["state"], again["attempts"]) == (failed["id"], "delivered", 1)
    [(first, _), (second, _)] = told(receiver, 2)
    assert first.body == second.body and first.headers["webhook-id"] == second.headers["webhook-id"]


def test_a_batch_is_told_of_at_its_end_and_each_of_its_jobs_where_that_is_wanted(
    client: DocumentedClient, receiver: Receiver
) -> None:
    source = f"track:{client.done(seed=2)['tracks'][0]['id']}"
    order = {"command": "debug", "params": {"steps": 1}, "sources": [source], "webhook_url": receiver.url("/b")}
    batch = client.post("/api/v1/batches", json=order).json
    [(_, body)] = told(receiver)
    assert body["type"] == "batch.ended"
    assert body["data"] == {
        "id": batch["batch_id"], "completed": 1, "failed": 0, "canceled": 0, "url": batch["url"],
    }  # fmt: skip
    assert [each["subject"] for each in delivered(client, batch["url"])] == [batch["batch_id"]]
    client.post("/api/v1/batches", json={**order, "webhook_events": ["job.completed", "batch.ended"]})
    assert sorted(each["type"] for _, each in told(receiver, 3)[1:]) == ["batch.ended", "job.completed"]
    refused = client.post("/api/v1/batches", json={**order, "webhook_url": PRIVATE[0]})
    assert (refused.status_code, refused.json["code"]) == (400, "INVALID_INPUT")


def test_every_form_of_a_job_and_a_drama_take_a_webhook(
    client: DocumentedClient, receiver: Receiver, running: Running
) -> None:
    asked = [
        client.post("/api/v1/jobs", json={"text": "/debug steps=2", "webhook_url": receiver.url()}).json["job_id"],
        client.post(
            "/api/v1/audio-generation/sequential", json={"novel_data": "“Hi,” said Ann.", "webhook_url": receiver.url()}
        ).json["data"]["task_id"],
    ]
    with running.application.database.read() as connection:
        known = connection.scalars(select(webhooks.c.subject).where(webhooks.c.url == receiver.url())).all()
    assert set(known) == set(asked)
    client.delete(f"/api/v1/jobs/{asked[1]}")
    assert {body["data"]["id"] for _, body in told(receiver, 2)} == set(asked)


@pytest.mark.parametrize(
    "hook",
    [
        *({"webhook_url": url} for url in PRIVATE),
        {"webhook_url": "ftp://a.example/"}, {"webhook_url": 1}, {"webhook_url": "http://127.0.0.1/" + "x" * 2000},
        {"webhook_events": ["job.completed"]}, {"webhook_url": "http://127.0.0.1/", "webhook_events": []},
        {"webhook_url": "http://127.0.0.1/", "webhook_events": ["batch.ended"]},
    ],
)  # fmt: skip
def test_a_webhook_that_cannot_be_is_refused_and_no_job_is_made(client: DocumentedClient, hook: Any) -> None:
    before = client.get("/api/v1/jobs?limit=1").json["items"][:1]
    answer = client.post("/api/v1/jobs", json={"command": "debug", "params": {"seed": 77}, **hook})
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_INPUT")
    assert [each["id"] for each in client.get("/api/v1/jobs?limit=1").json["items"]] == [each["id"] for each in before]


def test_another_ones_deliveries_and_none_are_the_same(client: DocumentedClient, running: Running) -> None:
    theirs: dict[str, Any] = {
        "id": "d" * 32, "user_id": "b" * 32, "job_id": "e" * 32, "url": "https://a.example/", "event": "job.completed",
        "body": {}, "attempts": 1, "due_at": None, "created_at": 1.0, "host": "a.example",
    }  # fmt: skip
    with running.application.database.write() as tx:
        tx.execute(insert(deliveries).values(theirs))
    for identity in ("d" * 32, "0" * 32, "x"):
        answer = client.post(f"/api/v1/deliveries/{identity}/redeliver")
        assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")
    for path in ("jobs", "batches"):
        assert client.get(f"/api/v1/{path}/{'e' * 32}/deliveries").json["code"] == Code.NOT_FOUND
    with running.application.database.read() as connection:
        found = connection.execute(select(deliveries).where(deliveries.c.id == "d" * 32)).mappings().one()
    assert theirs.items() <= dict(found).items()


def test_the_secret_is_replaced_and_both_sign_for_a_while(client: DocumentedClient, receiver: Receiver) -> None:
    old = client.get("/api/v1/webhooks/secret").json["secret"]
    answer = client.post("/api/v1/webhooks/secret")
    new = answer.json["secret"]
    assert answer.status_code == 201 and new != old and client.get("/api/v1/webhooks/secret").json["secret"] == new
    hooked(client, receiver, seed=3)
    [(got, _)] = told(receiver)
    assert proves(new, got) and proves(old, got)


def test_so_many_addresses_are_told_of_one_job(client: DocumentedClient, receiver: Receiver) -> None:
    order = {"command": "debug", "params": {"seed": 4, "steps": 10_000, "step_s": 0.01}}
    answers = [
        client.post("/api/v1/jobs", json={**order, "webhook_url": receiver.url(f"/{number}")})
        for number in range(MOST_EACH + 1)
    ]
    assert [answer.status_code for answer in answers] == [202] * MOST_EACH + [400]
    client.delete(answers[0].json["url"])
    assert {got.path for got, _ in told(receiver, MOST_EACH)} == {f"/{number}" for number in range(MOST_EACH)}


def test_a_delivery_that_was_written_and_not_sent_is_sent_by_the_next_life(
    tmp_path_factory: pytest.TempPathFactory, receiver: Receiver
) -> None:
    """The program ends between the end of a job and its delivery: the next one on the same folder sends it."""
    settings = make_settings(tmp_path_factory.mktemp("lives"), async_mode="threading", webhook_hosts=("127.0.0.1",))
    application = Application.open(settings)  # without a server, so that nobody sends
    asked = entry()
    webhook = Webhook(receiver.url(), ("job.canceled",))
    job = application.queue.enqueue(replace(asked, request=replace(asked.request, webhook=webhook)))
    assert application.queue.cancel(job)
    with application.database.read() as connection:
        [row] = connection.execute(select(deliveries)).all()
    application.close()
    assert (row.job_id, row.payload, row.attempts) == (job.id, None, 0) and receiver.received == []
    application = Application.open(settings)
    try:
        create_web(application)
        [(got, body)] = told(receiver)
        assert (got.headers["webhook-id"], body["type"], body["data"]["id"]) == (row.id, "job.canceled", job.id)
    finally:
        application.close()


def test_a_job_that_was_forgotten_since_is_told_all_the_same(
    client: DocumentedClient, receiver: Receiver, running: Running
) -> None:
    """What is told is what was kept at its end."""
    outbox = running.application.outbox
    with mock.patch.object(outbox, "noted"):
        job = hooked(client, receiver, seed=5)
        until(lambda: client.job(job["id"])["state"] == "COMPLETED", timeout_s=120)
        until(lambda: client.delete(job["url"]).status_code == 204)
    outbox.noted()
    [(_, body)] = told(receiver)
    assert (body["data"]["id"], body["data"]["state"]) == (job["id"], "COMPLETED")
    with running.application.database.write() as tx:
        tx.execute(update(deliveries).values(due_at=None))
        tx.execute(delete(deliveries))
