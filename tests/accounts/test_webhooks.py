"""Webhooks of two users: each has their own secret, and finds and sends their own deliveries alone."""

from typing import Any

from sqlalchemy import insert, select

from engine.accounts.audit import Action
from engine.database.tables import deliveries
from tests.accounts.conftest import People
from tests.database.test_queue import entry


def test_deliveries_and_secrets_are_each_ones_own(people: People) -> None:
    boss, ann = people.page("boss@example.org"), people.page("ann@example.org")
    user = people.accounts.users.find("ann@example.org").id
    job = people.application.queue.of(user).enqueue(entry())
    url = f"/api/v1/jobs/{job.id}"
    row: dict[str, Any] = {
        "id": "d1" * 16, "user_id": user, "job_id": job.id,
        "url": "https://a.example/", "event": "job.completed", "body": {}, "attempts": 1, "due_at": None,
        "created_at": 1.0, "host": "a.example",
    }  # fmt: skip
    with people.application.database.write() as tx:
        tx.execute(insert(deliveries).values(row))
    [told] = ann.get(f"{url}/deliveries").json["items"]
    assert (told["id"], told["state"]) == (row["id"], "failed")
    for path, method in ((f"{url}/deliveries", "GET"), (f"/api/v1/deliveries/{row['id']}/redeliver", "POST")):
        theirs, none = (
            boss.open(each, method=method) for each in (path, path.replace(job.id, "0" * 32).replace("d1", "00"))
        )
        assert theirs.status_code == 404 and theirs.json == none.json
    with people.application.database.read() as connection:
        assert row.items() <= dict(connection.execute(select(deliveries)).mappings().one()).items()
    secrets = {each.get("/api/v1/webhooks/secret").json["secret"] for each in (boss, ann, ann)}
    assert len(secrets) == 2
    assert ann.post("/api/v1/webhooks/secret").json["secret"] not in secrets
    [noted] = people.accounts.audit.read(action=Action.WEBHOOK_SECRET_REPLACED)
    assert noted.target == noted.user == user and "whsec" not in str(noted)


def test_a_token_that_only_reads_does_not_learn_the_secret(people: People) -> None:
    ann = people.page("ann@example.org")
    for scopes, status in ((["read"], 403), (["read", "jobs"], 403), (["read", "write"], 200)):
        made = ann.post("/api/v1/auth/tokens", json={"name": "hooks", "scopes": scopes}).json
        answer = people.program(made["token"]).get("/api/v1/webhooks/secret")
        assert answer.status_code == status
        assert ann.delete(f"/api/v1/auth/tokens/{made['id']}").status_code == 204
    assert people.client().get("/api/v1/webhooks/secret").status_code == 401
