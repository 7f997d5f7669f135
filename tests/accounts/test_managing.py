"""What administrators do: invitations, users, the audit log; and what nobody else may."""

import time

import pytest

from engine.accounts import LOCAL
from tests.accounts.conftest import PASSWORD, People
from tests.accounts.test_login import ASKED, code

INVITATIONS, REGISTER = "/api/v1/auth/invitations", "/api/v1/auth/register"


def invited(people: People, **body: object) -> str:
    """The secret of a new invitation."""
    answer = people.page("boss@example.org").post(INVITATIONS, json=body)
    assert answer.status_code == 201, answer.json
    link, _, secret = answer.json["link"].partition("#invitation=")
    assert link == "http://localhost/" and len(secret) > 40
    return str(secret)


def registered(people: People, secret: str, email: str, password: str = PASSWORD) -> tuple[int, str]:
    answer = people.client().post(REGISTER, json={"invitation": secret, "email": email, "password": password})
    return answer.status_code, answer.json.get("code", "")


def test_an_invitation_makes_one_account(people: People) -> None:
    secret = invited(people, plan="large")
    assert registered(people, secret, "new@example.org", "password1") == (400, "INVALID_INPUT")
    assert registered(people, secret, "ann@example.org") == (400, "INVALID_INPUT")
    assert registered(people, secret, "new@example.org") == (201, "")
    assert registered(people, secret, "newer@example.org") == (404, "NOT_FOUND")
    user = people.accounts.users.find("new@example.org")
    assert (user.plan, user.role) == ("large", "user") and user.id != LOCAL
    assert people.page("new@example.org").get(ASKED).status_code == 200


def test_an_invitation_is_for_whom_it_names_and_ends(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    named, brief = invited(people, email="Eve@example.org"), invited(people, days=1)
    assert registered(people, named, "mallory@example.org") == (404, "NOT_FOUND")
    assert registered(people, named, "eve@example.org") == (201, "")
    later = time.time() + 86401
    with monkeypatch.context() as patch:
        patch.setattr("engine.accounts.invitations.time.time", lambda: later)
        assert registered(people, brief, "late@example.org") == (404, "NOT_FOUND")
    assert registered(people, "x" * 43, "late@example.org") == (404, "NOT_FOUND")
    page = people.page("boss@example.org")
    (left,) = page.get(INVITATIONS).json["items"]
    assert "link" not in left
    assert page.delete(f"{INVITATIONS}/{left['id']}").status_code == 204
    assert code(page.delete(f"{INVITATIONS}/{left['id']}")) == (404, "NOT_FOUND")
    assert registered(people, brief, "late@example.org") == (404, "NOT_FOUND")


def test_users_are_seen_changed_and_let_in_no_longer(people: People) -> None:
    boss = people.page("boss@example.org")
    user = people.accounts.users.add("kim@example.org", PASSWORD)
    page = people.page("kim@example.org")
    path = f"/api/v1/users/{user.id}"
    assert "kim@example.org" in {one["email"] for one in boss.get("/api/v1/users").json["items"]}
    assert boss.patch(path, json={"plan": "large"}).json["plan"] == "large"
    assert code(boss.patch(path, json={"plan": "golden"})) == (400, "INVALID_INPUT")
    assert boss.patch(path, json={"disabled": True}).json["disabled_at"]
    assert code(page.get(ASKED)) == (401, "UNAUTHORIZED")
    assert boss.patch(path, json={"disabled": False}).json["disabled_at"] is None
    assert code(page.get(ASKED)) == (401, "UNAUTHORIZED"), "who comes back logs in again"
    assert code(boss.patch(f"/api/v1/users/{LOCAL}", json={"disabled": True})) == (400, "INVALID_INPUT")
    assert code(boss.patch("/api/v1/users/nobody", json={"plan": "large"})) == (404, "NOT_FOUND")


def test_who_is_no_administrator_manages_nobody(people: People) -> None:
    ann = people.page("ann@example.org")
    for method, path in (
        ("GET", INVITATIONS), ("POST", INVITATIONS), ("DELETE", f"{INVITATIONS}/x"), ("GET", "/api/v1/users"),
        ("PATCH", "/api/v1/users/x"), ("GET", "/api/v1/audit"),
    ):  # fmt: skip
        assert code(ann.open(path, method=method, json=None if method == "GET" else {})) == (403, "FORBIDDEN"), path


def test_the_audit_log_comes_in_parts_the_newest_first(people: People) -> None:
    boss = people.page("boss@example.org")
    seen: list[str] = []
    cursor = None
    while True:
        part = boss.get("/api/v1/audit", query_string={"limit": 5, **({"cursor": cursor} if cursor else {})}).json
        seen += [row["id"] for row in part["items"]]
        cursor = part["next_cursor"]
        if cursor is None:
            break
    assert seen == [entry.id for entry in reversed(people.accounts.audit.read(most=10_000))]
    login = boss.get("/api/v1/audit", query_string={"user": LOCAL, "limit": 1}).json["items"][0]
    assert (login["action"], login["user"], login["address"]) == ("login", LOCAL, "127.0.0.1") and login["request_id"]
