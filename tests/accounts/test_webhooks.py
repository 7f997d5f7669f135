"""The secret of webhooks with accounts: each user's own, and not for a token that only reads."""

from engine.accounts.audit import Action
from tests.accounts.conftest import People


def test_the_secret_is_each_ones_own_and_its_change_is_kept(people: People) -> None:
    boss, ann = people.page("boss@example.org"), people.page("ann@example.org")
    secrets = {each.get("/api/v1/webhooks/secret").json["secret"] for each in (boss, ann, ann)}
    assert len(secrets) == 2
    assert ann.post("/api/v1/webhooks/secret").json["secret"] not in secrets
    [noted] = people.accounts.audit.read(action=Action.WEBHOOK_SECRET_REPLACED)
    assert noted.target == noted.user == people.accounts.users.find("ann@example.org").id
    assert "whsec" not in str(noted)


def test_a_token_that_only_reads_does_not_learn_the_secret(people: People) -> None:
    ann = people.page("ann@example.org")
    for scopes, status in ((["read"], 403), (["read", "jobs"], 403), (["read", "write"], 200)):
        made = ann.post("/api/v1/auth/tokens", json={"name": "hooks", "scopes": scopes}).json
        answer = people.program(made["token"]).get("/api/v1/webhooks/secret")
        assert answer.status_code == status
        assert ann.delete(f"/api/v1/auth/tokens/{made['id']}").status_code == 204
    assert people.client().get("/api/v1/webhooks/secret").status_code == 401
