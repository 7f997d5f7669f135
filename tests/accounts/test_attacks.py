"""What somebody who means harm may try, besides another user's things (`test_matrix.py`) and bad tokens
(`test_login.py`). `docs/security.md` has the whole list."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.accounts import passwords
from engine.accounts.credentials import Credentials, Kind
from engine.settings import PROJECT
from engine.web.auth import limits
from engine.web.auth.proof import COOKIE
from tests.accounts.conftest import PASSWORD, People
from tests.accounts.rules import routes
from tests.accounts.test_login import ASKED, CHANGING, code

EVIL = "https://evil.example"
OWN = "/api/v1/auth"


def test_every_test_that_the_document_names_is_there() -> None:
    named = re.findall(r"`([\w/]+\.py)`", (PROJECT / "docs" / "security.md").read_text(encoding="utf-8"))
    assert len(named) > 20 and [name for name in named if not (PROJECT / "tests" / name).is_file()] == []


# requests that another page has a browser send


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {"paused": False}}, 403),
        ({"data": '{"paused": false}', "content_type": "text/plain"}, 403),
        ({"data": "paused=false", "content_type": "application/x-www-form-urlencoded"}, 403),
        ({"data": {"paused": "false"}, "content_type": "multipart/form-data"}, 403),
    ],
)
@pytest.mark.parametrize(
    "headers", [{}, {"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Referer": f"{EVIL}/x"}]
)
def test_a_foreign_page_changes_nothing(people: People, sent: Any, status: int, headers: dict[str, str]) -> None:
    page = people.page("ann@example.org")
    token = page.environ_base.pop("HTTP_X_CSRF_TOKEN")
    assert code(page.post(CHANGING, headers=headers, **sent)) == (status, "FORBIDDEN")
    if headers:  # a token that leaked does not help
        known = {**headers, "X-CSRF-Token": token}
        assert code(page.post(CHANGING, headers=known, json={"paused": False})) == (403, "FORBIDDEN")


@pytest.mark.parametrize("path", ["/api/session", f"{OWN}/login"])
def test_a_foreign_page_logs_nobody_in(people: People, path: str) -> None:
    """Login CSRF: the victim would work in the attacker's account."""
    body = {"email": "ann@example.org", "password": PASSWORD}
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = people.client().post(path, data=str(body).replace("'", '"'), content_type=kind)
        assert code(answer) == (415, "UNSUPPORTED_MEDIA") and "Set-Cookie" not in answer.headers
    for headers in ({"Origin": EVIL}, {"Sec-Fetch-Site": "same-site"}, {"Referer": EVIL}):
        assert code(people.client().post(path, json=body, headers=headers)) == (403, "FORBIDDEN")


def test_reading_changes_nothing(people: People) -> None:
    """What a link or a picture of another page could ask for: with GET nobody can log out, delete or submit."""
    changing = {route.rule for route in routes(people.app) if route.method != "GET"}
    reading = {route.rule for route in routes(people.app) if route.method == "GET"}
    page = people.page("ann@example.org")
    verbs = {rule for rule in changing if rule.rpartition("/")[2] in ("cancel", "retry", "move", "logout", "pause")}
    assert len(verbs) > 10 and not verbs & reading
    for rule in sorted(verbs):
        for method in ("GET", "HEAD", "OPTIONS"):
            page.open(rule.replace("<", "").replace(">", ""), method=method)
    assert page.get(ASKED).status_code == 200


# sessions and tokens


def test_of_two_who_refresh_at_once_one_gets_tokens_and_the_login_is_over(people: People) -> None:
    tokens = people.tokens("ann@example.org")
    start, answers = threading.Barrier(4), []

    def refresh() -> None:
        client = people.program(tokens["refresh_token"])
        start.wait()
        answers.append(client.post(f"{OWN}/refresh"))

    threads = [threading.Thread(target=refresh) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good = [answer.json for answer in answers if answer.status_code == 200]
    assert len(good) <= 1
    for made in (tokens, *good):
        assert code(people.program(made["access_token"]).get(ASKED)) == (401, "UNAUTHORIZED")
        assert code(people.program(made["refresh_token"]).post(f"{OWN}/refresh")) == (401, "UNAUTHORIZED")


def test_a_session_is_never_one_that_was_there_before(people: People) -> None:
    client = people.client()
    client.set_cookie(COOKIE, "fixed" * 8, domain="localhost")
    seen = set()
    for _ in range(2):
        answer = client.post("/api/session", json={"email": "ann@example.org", "password": PASSWORD})
        cookie = client.get_cookie(COOKIE, domain="localhost")
        assert cookie and "Domain" not in answer.headers["Set-Cookie"]
        seen.add(cookie.value)
    assert len(seen) == 2 and "fixed" * 8 not in seen


def test_secrets_and_ids_cannot_be_guessed(people: People) -> None:
    """Secrets have 256 random bits, ids 122 (UUID 4); an id opens nothing by itself."""
    user, credentials = people.accounts.users.find("ann@example.org").id, Credentials(people.application.database)
    made = [credentials.add(user, kind, name="x") for kind in Kind for _ in range(50)]
    secrets, ids = {secret for _, secret in made}, {credential.id for credential, _ in made}
    assert len(secrets) == len(ids) == len(made)
    assert all(len(secret) == 43 for secret in secrets), "base64 of 32 bytes"
    assert all(identity[12] == "4" and identity[16] in "89ab" for identity in ids), "UUID 4, in hexadecimal"
    with people.application.database.read() as connection:
        dump = "\n".join(str(row) for row in connection.exec_driver_sql("select * from tokens"))
    assert not any(secret in dump for secret in secrets), "only hashes are kept"


def test_who_loses_a_role_has_lost_it_at_once(people: People) -> None:
    user = people.accounts.users.add("former@example.org", PASSWORD)
    people.accounts.users.change(user.id, role="admin")  # type: ignore[arg-type]
    page, access = people.page(user.email), people.program(people.tokens(user.email)["access_token"])
    body = {"name": "x", "scopes": ["admin"]}
    program = people.program(page.post(f"{OWN}/tokens", json=body).json["token"])
    every = (page, access, program)
    assert [client.get("/api/v1/users").status_code for client in every] == [200] * 3
    people.accounts.users.change(user.id, role="user")  # type: ignore[arg-type]
    assert [client.get("/api/v1/users").status_code for client in every] == [403] * 3


# more than one may say of oneself


@pytest.mark.parametrize("extra", [{"role": "admin"}, {"plan": "unlimited"}, {"user_id": "local"}, {"user": "local"}])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", f"{OWN}/me", {"password": PASSWORD, "new_password": "another of mine"}),
        ("POST", f"{OWN}/tokens", {"name": "x", "scopes": ["read"]}),
        ("POST", f"{OWN}/register", {"invitation": "x", "email": "n@example.org", "password": PASSWORD}),
        ("POST", f"{OWN}/login", {"email": "ann@example.org", "password": PASSWORD}),
        ("POST", "/api/v1/jobs", {"command": "debug"}),
        ("POST", "/api/jobs", {"command": "debug"}),
        ("POST", "/api/v1/presets", {"name": "x", "command": "debug", "params": {}}),
        ("POST", "/api/v1/uploads/sign", {"content_type": "audio/wav", "ext": "wav"}),
    ],
)
def test_no_body_says_whose_it_is_or_what_they_may(
    people: People, method: str, path: str, body: Any, extra: Any
) -> None:
    answer = people.page("ann@example.org").open(path, method=method, json={**body, **extra})
    assert code(answer) == (400, "INVALID_INPUT"), answer.text


# headers that lie


def test_forwarded_headers_mean_nothing_without_a_proxy(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "address", "3/minute")
    lies = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP")
    client = people.client()
    client.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    statuses = [
        client.post(
            f"{OWN}/login",
            json={"email": f"liar{number}@example.org", "password": "x"},
            headers=dict.fromkeys(lies, f"198.51.100.{number}"),
        ).status_code
        for number in range(5)
    ]
    assert statuses == [401] * 3 + [429] * 2


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Original-URL"])
def test_no_header_leads_links_elsewhere(people: People, name: str) -> None:
    page = people.page("ann@example.org")
    body = {"content_type": "audio/wav", "ext": "wav"}
    said = page.post("/api/v1/uploads/sign", json=body, headers={name: "evil.example"}).json
    assert said["put_url"].startswith("http://localhost") and "evil" not in said["put_url"]


def test_a_request_id_brings_no_header_or_line_of_its_own(people: People) -> None:
    for sent in ("a\tb", "a b", "x" * 5000, 'a"b', "a;b", "<script>", "ü".encode().decode("latin-1")):
        answer = people.client().get("/api/health", headers={"X-Request-ID": sent})
        assert answer.headers["X-Request-ID"].isalnum() and answer.headers["X-Request-ID"] != sent


# work for whoever answers


def cpu_s(do: Callable[[], Any]) -> float:
    """The least processor time of three tries."""
    times = []
    for _ in range(3):
        began = time.thread_time()
        do()
        times.append(time.thread_time() - began)
    return min(times)


def many(count: int) -> dict[str, int]:
    return {f"name{number}": number for number in range(count)}


MARKS, AFTER = "\u0301\u0316", {"Content-Type": "application/json"}
COSTLY: dict[str, Callable[[FlaskClient, int], Any]] = {
    "marks in an email": lambda c, n: c.post("/api/session", json={"email": f"a{MARKS * n}@b", "password": "x"}),
    "marks in a password": lambda c, n: c.post("/api/session", json={"email": "a@b.c", "password": MARKS * n}),
    "a long password": lambda c, n: c.post(f"{OWN}/login", json={"email": "a@b.c", "password": "a" * n}),
    "unknown fields": lambda c, n: c.post("/api/jobs", json={"command": "debug", "params": many(n)}),
    "unknown fields, v1": lambda c, n: c.post(f"{OWN}/login", json=many(n)),
    "depth": lambda c, n: c.post("/api/jobs", data="[" * n, headers=AFTER),
    "digits": lambda c, n: c.post("/api/jobs", data="9" * n, headers=AFTER),
    "a cursor": lambda c, n: c.get("/api/v1/tracks", query_string={"cursor": "W" * n}),
    "a search": lambda c, n: c.get("/api/v1/tracks", query_string={"q": "a* OR " * n}),
    "marks in a text": lambda c, n: c.post("/api/understand", json={"text": "a" + MARKS * (n // 2)}),
    "blanks in a text": lambda c, n: c.post("/api/understand", json={"text": "to " + " " * n}),
    "ranges": lambda c, n: c.get("/i18n/en.json", headers={"Range": "bytes=" + ",".join(["0-0"] * n)}),
    "cookies": lambda c, n: c.get(ASKED, headers={"Cookie": f"{COOKIE}=x; " * n}),
    "an idempotency key": lambda c, n: c.post("/api/v1/jobs", json={}, headers={"Idempotency-Key": "a" * n}),
    "a token": lambda c, n: c.get(ASKED, headers={"Authorization": "Bearer " + "a." * n}),
}  # fmt: skip


@pytest.mark.parametrize("name", COSTLY)
def test_four_times_as_much_is_far_from_sixteen_times_the_work(people: People, name: str) -> None:
    """Counted in processor time, of which a square would take seconds; below 100 ms noise decides."""
    ask, page = COSTLY[name], people.page("ann@example.org")
    ask(page, 100)
    small, large = (cpu_s(partial(ask, page, size)) for size in (4_000, 16_000))
    assert large < max(0.1, 8 * small)


def test_a_password_of_a_megabyte_is_not_hashed(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[int] = []
    real = passwords.Passwords._verified
    monkeypatch.setattr(passwords.Passwords, "_verified", lambda s, p, k: hashed.append(len(p)) or real(s, p, k))
    for path in ("/api/session", f"{OWN}/login"):
        for size in (1025, 100_000, 1_000_000):
            answer = people.client().post(path, json={"email": "ann@example.org", "password": "a" * size})
            assert answer.status_code in (400, 401, 413)
    assert hashed == []


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, limit in {"login": "5/minute;30/hour", "address": "30/minute;300/hour", "email": "10/minute"}.items():
        monkeypatch.setitem(limits.LIMITS, name, limit)
    yield


@pytest.mark.slow
def test_of_ten_thousand_logins_few_are_looked_at(
    people: People, strict: None, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half from one address, half for one email from as many addresses; meanwhile others get their answers."""
    count, looked_at = 5_000 if full else 150, 0
    people.accounts.users.add("target@example.org", PASSWORD)
    other = people.page("ann@example.org")
    real = passwords.Passwords.fits

    def counted(self: Any, password: str, known: str | None) -> bool:
        nonlocal looked_at
        looked_at += 1
        return real(self, password, known)

    monkeypatch.setattr(passwords.Passwords, "fits", counted)
    statuses: dict[int, int] = {}
    for number in range(count):
        for address, email in (
            ("192.0.2.1", f"nobody{number}@example.org"),
            (f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "target@example.org"),
        ):
            client = people.without_cookies()
            answer = client.post(
                f"{OWN}/login", json={"email": email, "password": "a guess"}, environ_base={"REMOTE_ADDR": address}
            )
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        if number % 50 == 0:
            assert other.get(ASKED).status_code == 200
    minutes = 1 + (count > 1000) * 4
    assert set(statuses) == {401, 429} and statuses[401] == looked_at <= minutes * (30 + 10)
