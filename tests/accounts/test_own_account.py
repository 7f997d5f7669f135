"""One's own account: the password, tokens for programs and what they are good for, where one is logged in."""

from typing import Any

import pytest

from engine.accounts.audit import Action
from tests.accounts.conftest import PASSWORD, People
from tests.accounts.test_login import ASKED, CHANGING, code

OWN = "/api/v1/auth"
ANOTHER = "battery staple correct"


def made(people: People, *scopes: str, email: str = "ann@example.org", **more: Any) -> dict[str, Any]:
    answer = people.page(email).post(f"{OWN}/tokens", json={"name": "a program", "scopes": scopes, **more})
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def test_me_tells_who_asks_and_what_they_use(people: People) -> None:
    email = people.accounts.users.add("newcomer@example.org", PASSWORD).email
    said = people.page(email).get(f"{OWN}/me").json
    assert (said["email"], said["role"], said["plan"], said["scopes"]) == (email, "user", "standard", None)
    assert said["allowed"] == {"jobs_waiting": 20, "minutes_a_day": 120, "gigabytes": 20}
    assert said["used"] == {"jobs_waiting": 0, "minutes_a_day": 0, "gigabytes": 0}
    boss = people.page("boss@example.org").get(f"{OWN}/me").json
    assert set(boss["allowed"].values()) == {None}


def test_another_password_needs_the_one_before_and_ends_other_logins(people: People) -> None:
    people.accounts.users.add("pat@example.org", PASSWORD)
    page, other, tokens = (
        people.page("pat@example.org"),
        people.page("pat@example.org"),
        people.tokens("pat@example.org"),
    )
    program = made(people, "read", email="pat@example.org")
    wrong = page.patch(f"{OWN}/me", json={"password": ANOTHER, "new_password": ANOTHER})
    assert code(wrong) == (403, "FORBIDDEN")
    weak = page.patch(f"{OWN}/me", json={"password": PASSWORD, "new_password": "password123"})
    assert code(weak) == (400, "INVALID_INPUT") and other.get(ASKED).status_code == 200
    assert page.patch(f"{OWN}/me", json={"password": PASSWORD, "new_password": ANOTHER}).status_code == 200
    assert page.get(ASKED).status_code == 200 and people.program(program["token"]).get(ASKED).status_code == 200
    assert code(other.get(ASKED)) == (401, "UNAUTHORIZED")
    assert code(people.program(tokens["access_token"]).get(ASKED)) == (401, "UNAUTHORIZED")
    people.page("pat@example.org", ANOTHER)


def test_a_program_may_not_give_itself_more(people: People) -> None:
    program = people.program(made(people, "read", "jobs", "write")["token"])
    for method, path in (("POST", "tokens"), ("PATCH", "me"), ("POST", "logout"), ("DELETE", "sessions/x")):
        answer = program.open(f"{OWN}/{path}", method=method, json={"name": "x", "scopes": ["write"]})
        assert code(answer) == (403, "FORBIDDEN")
    refused = people.page("ann@example.org").post(f"{OWN}/tokens", json={"name": "x", "scopes": ["admin"]})
    assert code(refused) == (403, "FORBIDDEN")


def test_an_administrators_program_manages_users_with_its_scope_alone(people: People) -> None:
    admin, reader = (made(people, scope, email="boss@example.org")["token"] for scope in ("admin", "read"))
    assert people.program(admin).get("/api/v1/users").status_code == 200
    assert code(people.program(admin).get("/api/v1/jobs")) == (403, "FORBIDDEN")
    assert code(people.program(reader).get("/api/v1/users")) == (403, "FORBIDDEN")


def test_tokens_are_told_once_listed_and_deleted(people: People) -> None:
    page, other = people.page("ann@example.org"), people.page("boss@example.org")
    token = made(people, "read", days=1)
    assert token["token"].startswith("awui_") and token["expires_at"] - token["created_at"] == 86400
    assert people.program(token["token"]).get(ASKED).status_code == 200
    (listed,) = (one for one in page.get(f"{OWN}/tokens").json["items"] if one["id"] == token["id"])
    assert "token" not in listed and listed["scopes"] == ["read"] and listed["used_at"]
    assert token["id"] not in {one["id"] for one in other.get(f"{OWN}/tokens").json["items"]}
    assert code(other.delete(f"{OWN}/tokens/{token['id']}")) == (404, "NOT_FOUND")
    assert code(page.delete(f"{OWN}/sessions/{token['id']}")) == (404, "NOT_FOUND")
    assert page.delete(f"{OWN}/tokens/{token['id']}").status_code == 204
    assert code(page.delete(f"{OWN}/tokens/{token['id']}")) == (404, "NOT_FOUND")
    assert code(people.program(token["token"]).get(ASKED)) == (401, "UNAUTHORIZED")
    noted = {entry.action: entry.target for entry in people.accounts.audit.read()}
    assert noted[Action.TOKEN_REVOKED] == token["id"]


def test_a_token_that_has_ended_is_none(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    token = made(people, "read", days=1)
    later = token["expires_at"] + 1
    monkeypatch.setattr("engine.accounts.credentials.time.time", lambda: later)
    assert code(people.program(token["token"]).get(ASKED)) == (401, "UNAUTHORIZED")


def test_one_sees_where_one_is_logged_in_and_logs_out_there(people: People) -> None:
    people.accounts.users.add("sam@example.org", PASSWORD)
    page, tokens = people.page("sam@example.org"), people.tokens("sam@example.org")
    found = page.get(f"{OWN}/sessions").json["items"]
    assert sorted(one["kind"] for one in found) == ["login", "session"]
    (mine,), (theirs,) = ([one for one in found if one["current"] is wanted] for wanted in (True, False))
    assert mine["kind"] == "session" and mine["name"].startswith("Werkzeug")
    stranger = people.page("ann@example.org")
    assert code(stranger.delete(f"{OWN}/sessions/{theirs['id']}")) == (404, "NOT_FOUND")
    assert page.delete(f"{OWN}/sessions/{theirs['id']}").status_code == 204
    assert code(people.program(tokens["access_token"]).get(ASKED)) == (401, "UNAUTHORIZED")
    assert page.post(CHANGING, json={"paused": False}).status_code == 200
