"""Sockets where there are accounts: who connects, what they may, and that nobody stays for longer than they may."""

from typing import Any

import pytest
from flask_socketio import SocketIOTestClient

from engine.accounts.audit import Action
from engine.web.auth.proof import COOKIE
from tests.accounts.conftest import PASSWORD, People
from tests.accounts.test_own_account import made
from tests.waiting import until


def connected(people: People, cookie: str | None = None, token: object = None) -> SocketIOTestClient:
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    auth = None if token is None else {"token": token}
    return people.socketio.test_client(people.app, headers=headers, auth=auth)


def cookie_of(people: People, email: str) -> str:
    cookie = people.page(email).get_cookie(COOKIE)
    assert cookie
    return cookie.value


def test_a_page_connects_by_its_cookie_and_a_program_by_a_token(people: People) -> None:
    tokens = people.tokens("ann@example.org")
    for proof in (
        {"cookie": cookie_of(people, "ann@example.org")}, {"token": tokens["access_token"]},
        {"token": made(people, "read")["token"]},
    ):  # fmt: skip
        client = connected(people, **proof)
        assert client.is_connected() and client.get_received()[0]["name"] == "state"
        client.disconnect()


@pytest.mark.parametrize("token", [None, "", "x", 5, {"x": 1}])
def test_nobody_else_connects(people: People, token: object) -> None:
    assert not connected(people, token=token).is_connected()
    assert not connected(people, cookie="x", token=token).is_connected()
    assert not connected(people, token=people.tokens("ann@example.org")["refresh_token"]).is_connected()
    assert not connected(people, token=made(people, "jobs")["token"]).is_connected(), "it may not read"


def test_a_program_that_may_only_read_asks_for_nothing(people: People) -> None:
    client = connected(people, token=made(people, "read")["token"])
    answers = [client.emit(name, {"job_id": "x", "command": "debug"}, callback=True) for name in ("command", "cancel")]
    assert [answer["error"]["code"] for answer in answers] == ["FORBIDDEN", "FORBIDDEN"]
    assert isinstance(client.emit("heartbeat", callback=True), float)


def last(people: People) -> tuple[str, str, str | None]:
    entry = people.accounts.audit.read(most=1)[0]
    return entry.action, entry.target, entry.user


def test_what_is_asked_for_is_kept(people: People) -> None:
    user = people.accounts.users.find("ann@example.org").id
    client = connected(people, token=made(people, "read", "jobs")["token"])
    answer: dict[str, Any] = client.emit("command", {"command": "debug", "params": {"seed": 77}}, callback=True)
    assert last(people) == (Action.JOB_SUBMITTED, answer["job_id"], user)
    client.emit("cancel", {"job_id": answer["job_id"]}, callback=True)
    assert last(people) == (Action.JOB_CANCELED, answer["job_id"], user)


@pytest.mark.parametrize("how", ["log out", "disable", "revoke"])
def test_whose_login_is_over_is_disconnected(people: People, how: str) -> None:
    user = people.accounts.users.add(f"{how.replace(' ', '')}@example.org", PASSWORD)
    page = people.page(user.email)
    cookie = page.get_cookie(COOKIE)
    assert cookie
    gone, stays = connected(people, cookie=cookie.value), connected(people, cookie=cookie_of(people, "ann@example.org"))
    if how == "log out":
        assert page.delete("/api/session").status_code == 200
    elif how == "disable":
        people.accounts.disable(user.id)
    else:
        people.accounts.credentials.revoke_all(user.id)
    until(lambda: not gone.is_connected())
    assert stays.is_connected()
