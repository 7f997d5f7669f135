"""Logging in, by the page's cookie and by tokens, and what does not count as logged in."""

import json
import os
import time
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from engine.accounts import LOCAL
from engine.accounts.audit import Action
from engine.web.auth.proof import COOKIE, csrf_token
from tests.accounts.conftest import HOST, PASSWORD, People

ASKED = "/api/state"
CHANGING = "/api/queue/pause"


def code(answer: Any) -> tuple[int, str]:
    body = answer.json
    return answer.status_code, body.get("error", body)["code"]


def test_nobody_gets_more_than_the_way_in(people: People) -> None:
    client = people.client()
    for path in ("/", "/api/health", "/i18n/en.json", "/static/js/main.js", "/favicon.ico", "/api/session"):
        assert client.get(path).status_code == 200, path
    for path in (ASKED, "/api/tracks", "/api/jobs", "/api/nowhere", "/nowhere", "/static/audio", "/socket.iox"):
        answer = client.get(path)
        assert code(answer) == (401, "UNAUTHORIZED"), path
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert client.get("/api/session").json == {"login": True, "user": None, "csrf": None, "oidc": False}


def test_the_page_logs_in_and_out(people: People) -> None:
    client = people.page("Ann@Example.org ")
    told = client.get("/api/session").json
    assert told["user"]["email"] == "ann@example.org" and told["user"]["role"] == "user"
    assert client.get(ASKED).status_code == 200
    assert client.post(CHANGING, json={"paused": False}).status_code == 200
    cookie = client.get_cookie(COOKIE, domain="localhost")
    assert cookie and cookie.http_only and cookie.same_site == "Lax" and not cookie.secure and cookie.path == "/"
    assert client.delete("/api/session").status_code == 200
    assert client.get_cookie(COOKIE, domain="localhost") is None
    client.set_cookie(COOKIE, cookie.value, domain="localhost")
    assert code(client.get(ASKED)) == (401, "UNAUTHORIZED")


def test_over_https_the_cookie_belongs_to_this_host_alone(people: People) -> None:
    answer = people.client().post(
        "/api/session", json={"email": "ann@example.org", "password": PASSWORD}, base_url="https://localhost:5000"
    )
    header = answer.headers["Set-Cookie"]
    assert header.startswith("__Host-audiocraft-webui-5000=") and "Secure" in header and "Domain" not in header
    secret = header.partition("=")[2].partition(";")[0]
    plain = people.without_cookies().get(
        ASKED, headers={"Cookie": f"audiocraft-webui-5000={secret}"}, base_url="https://localhost:5000"
    )
    assert code(plain) == (401, "UNAUTHORIZED")
    own = people.without_cookies().get(ASKED, headers={"Cookie": header}, base_url="https://localhost:5000")
    assert own.status_code == 200


def test_what_changes_something_needs_the_token_of_its_own_session(people: People) -> None:
    client, other = people.page("ann@example.org"), people.page("ann@example.org")
    foreign = other.environ_base["HTTP_X_CSRF_TOKEN"]
    for sent in ("", "x", foreign, "ü"):
        client.environ_base["HTTP_X_CSRF_TOKEN"] = sent
        assert code(client.post(CHANGING, json={"paused": False})) == (403, "FORBIDDEN")
        assert code(client.delete("/api/session")) == (403, "FORBIDDEN")
        assert client.get(ASKED).status_code == 200
    del client.environ_base["HTTP_X_CSRF_TOKEN"]
    assert code(client.post(CHANGING, json={"paused": False})) == (403, "FORBIDDEN")


def test_a_login_by_the_same_cookie_ends_the_one_before(people: People) -> None:
    client = people.page("ann@example.org")
    before = client.get_cookie(COOKIE, domain="localhost")
    assert before
    client.post("/api/session", json={"email": "boss@example.org", "password": PASSWORD})
    assert client.get("/api/session").json["user"]["id"] == LOCAL
    old = people.without_cookies().get(ASKED, headers={"Cookie": f"{COOKIE}={before.value}"})
    assert code(old) == (401, "UNAUTHORIZED")


def test_a_cookie_from_a_neighbour_makes_nobody_of_two(people: People) -> None:
    ann, boss = (people.page(f"{name}@example.org") for name in ("ann", "boss"))
    mine, theirs = (c.get_cookie(COOKIE, domain="localhost").value for c in (ann, boss))  # type: ignore[union-attr]
    name = COOKIE
    for sent in (f"{name}={theirs}; {name}={mine}", f"{name}={mine}; {name}={theirs}"):
        assert code(people.without_cookies().get(ASKED, headers={"Cookie": sent})) == (401, "UNAUTHORIZED")
    with_rubbish = people.without_cookies().get(
        "/api/session", headers={"Cookie": f"{name}=x; {name}={mine}; {name}=" + "y" * 300}
    )
    assert with_rubbish.json["user"]["email"] == "ann@example.org"
    fixed = people.client()
    fixed.set_cookie(name, "chosen", domain="localhost")
    answer = fixed.post("/api/session", json={"email": "ann@example.org", "password": PASSWORD})
    assert "chosen" not in answer.headers["Set-Cookie"] and answer.json["csrf"] != csrf_token("chosen")


def test_tokens_log_in_refresh_and_log_out(people: People) -> None:
    first = people.tokens("ann@example.org")
    assert (first["expires_in"], first["token_type"]) == (900, "Bearer")
    assert people.program(first["access_token"]).post(CHANGING, json={"paused": False}).status_code == 200
    second = people.program(first["refresh_token"]).post("/api/v1/auth/refresh").json
    assert second["refresh_token"] != first["refresh_token"]
    assert people.program(second["access_token"]).get(ASKED).status_code == 200
    assert people.program(second["access_token"]).post("/api/v1/auth/logout").status_code == 204
    for token in (first["access_token"], second["access_token"]):
        assert code(people.program(token).get(ASKED)) == (401, "UNAUTHORIZED")
    assert code(people.program(second["refresh_token"]).post("/api/v1/auth/refresh")) == (401, "UNAUTHORIZED")


def test_a_refresh_token_that_comes_again_ends_all_that_came_of_its_login(people: People) -> None:
    began = time.time()
    first = people.tokens("ann@example.org")
    other = people.tokens("ann@example.org")
    stolen = people.program(first["refresh_token"]).post("/api/v1/auth/refresh").json
    assert code(people.program(first["refresh_token"]).post("/api/v1/auth/refresh")) == (401, "UNAUTHORIZED")
    assert code(people.program(stolen["refresh_token"]).post("/api/v1/auth/refresh")) == (401, "UNAUTHORIZED")
    assert code(people.program(stolen["access_token"]).get(ASKED)) == (401, "UNAUTHORIZED")
    assert people.program(other["access_token"]).get(ASKED).status_code == 200
    reused = people.accounts.audit.read(action=Action.REFRESH_REUSED, since=began)
    assert len(reused) == 1


def forged(claims: dict[str, Any], header: dict[str, Any], key: bytes = b"") -> str:
    parts = (urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims))
    return ".".join([*parts, urlsafe_b64encode(key).decode().rstrip("=")])


def bad_tokens(people: People) -> dict[str, str]:
    good = people.tokens("ann@example.org")
    access: str = good["access_token"]
    said = jwt.decode(access, options={"verify_signature": False})
    name, key = people.accounts.keys.newest()
    head, body, signature = access.split(".")
    admin = people.accounts.users.find("boss@example.org").id

    def signed(headers: dict[str, Any] | None = None, algorithm: str = "HS256", **claims: Any) -> str:
        return jwt.encode({**said, **claims}, key, algorithm, headers or {"kid": name})

    assert people.program(signed()).get(ASKED).status_code == 200, "the forger's own tools work"
    return {
        "alg none": forged(said, {"alg": "none", "typ": "JWT", "kid": name}),
        "alg None": forged(said, {"alg": "None", "typ": "JWT", "kid": name}),
        "unsigned": f"{head}.{body}.",
        "another algorithm": signed(algorithm="HS512"),
        "refresh as access": good["refresh_token"],
        "another kind": signed(type="session"),
        "expired": signed(exp=int(time.time()) - 1),
        "not yet": signed(nbf=int(time.time()) + 1000),
        "another user": signed(sub=admin),
        "no user": jwt.encode({k: v for k, v in said.items() if k != "sub"}, key, "HS256", {"kid": name}),
        "no login": jwt.encode({k: v for k, v in said.items() if k != "sid"}, key, "HS256", {"kid": name}),
        "a login that is none": signed(sid="0" * 32),
        "a login that is a number": signed(sid=5),
        "tampered body": f"{head}.{forged({**said, 'sub': admin}, {}).split('.')[1]}.{signature}",
        "tampered signature": f"{head}.{body}.{signature[:-2]}AA",
        "unknown key": signed({"kid": "nobody"}),
        "no key": forged(said, {"alg": "HS256", "kid": None}, b"x"),
        "a key that is a list": forged(said, {"alg": "HS256", "kid": [name]}, b"x"),
        "a key that is a path": signed({"kid": "../../../dev/null"}),
        "empty key": jwt.encode(said, b"\0", "HS256", {"kid": name}),
        "rubbish": "rubbish",
        "dots": "...",
        "much": "a" * 5000,
        "a program's that is none": "awui_" + "a" * 43,
        "other letters": "тайна",
    }


BAD = (
    "alg none", "alg None", "unsigned", "another algorithm", "refresh as access", "another kind", "expired", "not yet",
    "another user", "no user", "no login", "a login that is none", "a login that is a number", "tampered body",
    "tampered signature", "unknown key", "no key", "a key that is a list", "a key that is a path", "empty key",
    "rubbish", "dots", "much", "a program's that is none", "other letters",
)  # fmt: skip


@pytest.fixture(scope="module")
def bad(people: People) -> dict[str, str]:
    return bad_tokens(people)


@pytest.mark.parametrize("name", BAD)
def test_a_token_that_is_none_is_refused(people: People, bad: dict[str, str], name: str) -> None:
    assert set(bad) == set(BAD)
    client = people.client()
    headers = {"Authorization": f"Bearer {bad[name]}".encode().decode("latin-1")}
    assert code(client.get(ASKED, headers=headers)) == (401, "UNAUTHORIZED")
    if name != "refresh as access":
        assert code(client.post("/api/v1/auth/refresh", headers=headers)) == (401, "UNAUTHORIZED")


def test_an_access_token_does_not_refresh(people: People) -> None:
    found = people.tokens("ann@example.org")
    assert code(people.program(found["access_token"]).post("/api/v1/auth/refresh")) == (401, "UNAUTHORIZED")


def test_a_token_stands_in_the_header_and_nowhere_else(people: People) -> None:
    token, client = people.tokens("ann@example.org")["access_token"], people.without_cookies()
    for name in ("token", "access_token", "jwt", "Authorization"):
        assert code(client.get(f"{ASKED}?{name}={token}")) == (401, "UNAUTHORIZED")
        assert code(client.get(ASKED, headers={"Cookie": f"{name}={token}"})) == (401, "UNAUTHORIZED")
        assert code(client.get(ASKED, headers={"Cookie": f"access_token_cookie={token}"})) == (401, "UNAUTHORIZED")
        assert code(client.post(CHANGING, json={name: token, "paused": False})) == (401, "UNAUTHORIZED")
    for header in (token, f"Basic {token}", "Bearer", "Bearer ", f"Bearer {token} x", f"Token {token}"):
        assert code(client.get(ASKED, headers={"Authorization": header})) == (401, "UNAUTHORIZED")


def test_a_bad_token_is_not_made_good_by_a_cookie(people: People) -> None:
    client = people.page("ann@example.org")
    assert code(client.get(ASKED, headers={"Authorization": "Bearer x"})) == (401, "UNAUTHORIZED")


def refusals(client: FlaskClient) -> list[tuple[int, bytes, list[str]]]:
    wrong = [
        ("ann@example.org", "not the password"), ("nobody@example.org", PASSWORD), ("no address", PASSWORD),
        ("off@example.org", PASSWORD), ("", ""), ("ann@example.org", "x" * 1500),
    ]  # fmt: skip
    answers = [client.post("/api/v1/auth/login", json={"email": e, "password": p}) for e, p in wrong]
    return [(answer.status_code, answer.data, sorted(answer.headers.keys())) for answer in answers]


def test_a_refused_login_does_not_tell_what_was_wrong(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    people.accounts.users.add("off@example.org", PASSWORD)
    people.accounts.users.disable(people.accounts.users.find("off@example.org").id)
    verified: list[str] = []
    hasher = people.accounts.users._passwords._hasher
    real = type(hasher).verify

    def counted(self: Any, known: str, password: str) -> bool:
        verified.append(known.rpartition("$")[0].rpartition("$")[0])
        return bool(real(self, known, password))

    monkeypatch.setattr(type(hasher), "verify", counted)
    said = refusals(people.client())
    assert said[0][0] == 401 and said == [said[0]] * len(said)
    assert len(verified) == len(said) - 1 and len(set(verified)) == 1, "the same work, but for what is no password"


def test_a_user_who_is_disabled_is_out_at_once(people: People) -> None:
    user = people.accounts.users.add("gone@example.org", PASSWORD)
    page, tokens = people.page("gone@example.org"), people.tokens("gone@example.org")
    people.accounts.users.disable(user.id)
    assert code(page.get(ASKED)) == (401, "UNAUTHORIZED")
    assert code(people.program(tokens["access_token"]).get(ASKED)) == (401, "UNAUTHORIZED")
    assert code(people.program(tokens["refresh_token"]).post("/api/v1/auth/refresh")) == (401, "UNAUTHORIZED")


def test_a_key_that_was_replaced_proves_what_it_signed_until_the_next(people: People) -> None:
    old, keys = people.tokens("ann@example.org"), people.accounts.keys
    keys.replace()
    new = people.tokens("ann@example.org")
    assert people.program(old["access_token"]).get(ASKED).status_code == 200
    keys.replace()
    assert code(people.program(old["access_token"]).get(ASKED)) == (401, "UNAUTHORIZED")
    assert people.program(new["access_token"]).get(ASKED).status_code == 200
    if os.name == "posix":
        for name in ("accounts.keys", "accounts.json", "library.db", "library.db-wal"):
            assert (people.application.settings.state_dir / name).stat().st_mode & 0o777 == 0o600, name


def test_the_command_line_of_this_computer_is_known_by_the_servers_key(people: People) -> None:
    key = people.application.key
    assert key and people.program(key).get(ASKED).status_code == 200
    assert code(people.program(key[:-1]).get(ASKED)) == (401, "UNAUTHORIZED")


def test_the_host_and_the_origin_are_guarded_as_ever(people: People) -> None:
    answer = people.client().post("/api/session", json={}, headers={"Origin": "http://evil.example"}, base_url=HOST)
    assert code(answer) == (403, "FORBIDDEN")
