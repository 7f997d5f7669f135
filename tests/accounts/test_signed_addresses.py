"""Addresses of files that are good without a login: for one file, one user, some time, and for nothing else."""

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

import pytest
from flask.testing import FlaskClient

from engine import metrics
from engine.accounts.users import User
from engine.library.record import Record
from engine.settings import Settings
from engine.web.auth import signing
from engine.web.auth.access import PUBLIC
from engine.web.v1.version_1 import openapi
from engine.web.v1.webhooks import payload
from tests.accounts.conftest import PASSWORD, People
from tests.accounts.test_login import ASKED, code

FORGED, EXPIRED = "error.address_not_signed", "error.address_expired"


@pytest.fixture(scope="module")
def user(people: People) -> User:
    return people.accounts.users.add("signer@example.org", PASSWORD)


@pytest.fixture(scope="module")
def track(people: People, user: User) -> Record:
    return people.track(user.id, "drums", "bass")


@pytest.fixture(scope="module")
def page(people: People, user: User) -> FlaskClient:
    return people.page(user.email)


@pytest.fixture
def told(page: FlaskClient, track: Record) -> Any:
    """The track as its user is told of it."""
    return page.get(f"/api/v1/tracks/{track.id}").json


@pytest.fixture
def nobody(people: People) -> FlaskClient:
    return people.without_cookies()


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["detail"]["key"]


def at(monkeypatch: pytest.MonkeyPatch, now: float) -> None:
    """Of signatures alone it is this late."""
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: now))


def changed(url: str, **said: str | None) -> str:
    """The address with another value for some of its query, or without it."""
    place, _, query = url.partition("?")
    pairs = {name: value for name, value in (dict(parse_qsl(query)) | said).items() if value is not None}
    return f"{place}?{urlencode(pairs)}"


def test_every_file_of_a_track_is_had_by_its_address_alone(told: Any, nobody: FlaskClient, people: People) -> None:
    names = ("audio_url", "download_url", "stems_zip_url", "cover_url")
    urls = [*(told[name] for name in names), *told["stems_urls"].values(), *told["viz_urls"].values()]
    assert len(urls) == 8 and all("signature=" in url for url in urls)
    assert time.time() + 3590 < told["urls_expire"] <= time.time() + 3600 + signing.ROUND_S
    for url in urls:
        answer = nobody.get(url)
        assert answer.status_code == 200, (url, answer.text)
        assert answer.headers["Cache-Control"] == "private, no-cache" and answer.headers["Referrer-Policy"]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert code(nobody.get(url.partition("?")[0])) == (401, "UNAUTHORIZED")
    assert nobody.get(told["download_url"]).headers["Content-Disposition"].startswith("attachment")
    assert "attachment" not in nobody.get(told["audio_url"]).headers.get("Content-Disposition", "")


def test_ranges_conditions_and_head_work_as_ever(told: Any, nobody: FlaskClient) -> None:
    url = told["audio_url"]
    whole = nobody.get(url)
    part = nobody.get(url, headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.data == whole.data[10:20]
    assert nobody.get(url, headers={"Range": "bytes=999999999-"}).status_code == 416
    same = nobody.get(url, headers={"If-None-Match": whole.headers["ETag"]})
    assert same.status_code == 304 and not same.data
    head = nobody.head(url)
    assert head.status_code == 200 and head.content_length == len(whole.data) and not head.data


ALTERED: dict[str, Callable[[str], str]] = {
    "signature of nothing": lambda url: changed(url, signature=""),
    "truncated": lambda url: url[:-1],
    "no expiry": lambda url: changed(url, expires=None),
    "later": lambda url: changed(url, expires=str(2**40)),
    "expiry that is no number": lambda url: changed(url, expires="never"),
    "another user": lambda url: changed(url, user="local"),
    "another query": lambda url: changed(url, download="1"),
    "two users": lambda url: f"{url}&user=local",
    "two signatures": lambda url: f"{url}&signature=x",
    "no ASCII": lambda url: changed(url, signature="п\ud800".encode("utf-8", "replace").decode()),
    "a pair within a pair": lambda url: changed(
        url, user=f"{dict(parse_qsl(url.partition('?')[2]))['user']}&expires=1"
    ),
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_what_was_altered_is_refused(alter: Callable[[str], str], told: Any, nobody: FlaskClient) -> None:
    assert refusal(nobody.get(alter(told["audio_url"]))) == (403, FORGED)


def test_it_is_good_for_its_path_alone(
    people: People, user: User, told: Any, track: Record, nobody: FlaskClient
) -> None:
    query = told["audio_url"].partition("?")[2]
    other = people.track(user.id)
    place = f"/api/v1/tracks/{track.id}"
    for path in (
        f"/api/v1/tracks/{other.id}/audio", f"{place}/stems/drums/audio", f"{place}/cover", f"{place}/match",
        place, f"{place}/annotations", "/api/v1/tracks", "/api/v1/jobs", "/api/v1/auth/me", "/api/v1/auth/tokens",
        ASKED, "/api/tracks", f"/api/tracks/{track.id}/audio",
        f"{place}/../{track.id}/audio", f"{place}/audio/", f"{place}//audio", f"{place}/%2e%2e/{track.id}/audio",
        f"{place}%252Faudio", f"/api/v1/tracks/{other.id}/..%2F{track.id}/audio",
    ):  # fmt: skip
        answer = nobody.get(f"{path}?{query}")
        assert answer.status_code in (403, 404), path
        assert b"RIFF" not in answer.data
    url = told["stems_urls"]["drums"]
    assert nobody.get(url.replace("drums", "%64rums")).status_code == 200, "the same path, written otherwise"
    assert refusal(nobody.get(url.replace("drums", "%2564rums"))) == (403, FORGED), "escaped twice, it is another one"


def test_it_is_good_for_reading_alone(told: Any, track: Record, nobody: FlaskClient, page: FlaskClient) -> None:
    query = told["audio_url"].partition("?")[2]
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert nobody.open(told["audio_url"], method=method).status_code in (403, 405, 200), method
    place = f"/api/v1/tracks/{track.id}"
    assert refusal(nobody.delete(f"{place}?{query}")) == (403, FORGED)
    assert refusal(nobody.patch(f"{place}?{query}", json={"title": "x"})) == (403, FORGED)
    assert refusal(nobody.post(f"/api/v1/jobs?{query}", json={"text": "/debug"})) == (403, FORGED)
    assert refusal(nobody.put(f"/api/v1/uploads/{'0' * 32}/content?{query}", data=b"x")) == (403, FORGED)
    assert page.get(place).json["title"] == track.title


def test_who_comes_by_an_address_is_nobody_else(told: Any, people: People, nobody: FlaskClient) -> None:
    """A cookie beside it counts for nothing: what is shown is what the address says."""
    boss = people.page("boss@example.org")
    assert boss.get(told["audio_url"]).status_code == 200
    assert refusal(boss.get(told["audio_url"][:-2])) == (403, FORGED)
    assert refusal(boss.get(f"{ASKED}?signature=x".replace(ASKED, "/api/v1/jobs"))) == (403, FORGED)
    assert code(nobody.get("/api/v1/auth/me")) == (401, "UNAUTHORIZED")
    token = people.tokens("boss@example.org")["access_token"]
    assert code(people.program(token).get(told["audio_url"])) == (404, "NOT_FOUND"), "a token counts for more"


def test_it_ends_to_the_second(told: Any, nobody: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    end = float(told["urls_expire"])
    at(monkeypatch, end)
    assert nobody.head(told["audio_url"]).status_code == 200
    at(monkeypatch, end + 1)
    assert refusal(nobody.get(told["audio_url"])) == (403, EXPIRED)
    assert refusal(nobody.get(told["audio_url"][:-1])) == (403, FORGED)


def test_it_ends_with_its_user_its_track_and_its_key(people: People, nobody: FlaskClient) -> None:
    user = people.accounts.users.add("ending@example.org", PASSWORD)
    record, gone = people.track(user.id), people.track(user.id)
    page = people.page(user.email)
    url, late = (page.get(f"/api/v1/tracks/{each.id}").json["audio_url"] for each in (record, gone))
    assert page.delete(f"/api/v1/tracks/{gone.id}").status_code == 204
    assert code(nobody.get(late)) == (404, "NOT_FOUND")
    people.accounts.disable(user.id)
    assert refusal(nobody.get(url)) == (403, EXPIRED)
    people.accounts.users.enable(user.id)
    assert nobody.get(url).status_code == 200
    people.accounts.keys.addresses.forget()
    assert refusal(nobody.get(url)) == (403, FORGED)
    key = people.application.settings.state_dir / "signing.key"
    key.write_text("", encoding="ascii")
    assert refusal(nobody.get(url)) == (403, FORGED) and len(key.read_text()) == 64, "no empty key signs anything"


def test_an_address_of_anothers_public_track_ends_with_its_being_public(
    people: People, user: User, page: FlaskClient
) -> None:
    ann = people.page("ann@example.org")
    record = people.track(people.accounts.users.find("ann@example.org").id)
    assert ann.patch(f"/api/tracks/{record.id}", json={"public": True}).status_code == 200
    url = page.get(f"/api/v1/tracks/{record.id}").json["audio_url"]
    assert people.client().get(url).status_code == 200
    ann.patch(f"/api/tracks/{record.id}", json={"public": False})
    assert code(people.client().get(url)) == (404, "NOT_FOUND")


def test_a_token_that_may_not_read_is_given_nothing_to_read_by(people: People, page: FlaskClient) -> None:
    tokens = {
        scope: page.post("/api/v1/auth/tokens", json={"name": scope, "scopes": [scope]}).json["token"]
        for scope in ("jobs", "read")
    }
    order = {"command": "debug", "params": {"duration": 0.2}}
    job = people.program(tokens["jobs"]).post("/api/v1/jobs", json=order, headers={"Prefer": "wait=60"}).json
    assert job["state"] == "COMPLETED" and "signature" not in str(job) and job["urls_expire"] is None
    again = people.program(tokens["read"]).get(f"/api/v1/jobs/{job['id']}").json
    pictures = again["viz_urls"].values()
    assert "signature=" in again["download_url"] and all("signature=" in url for url in pictures)
    for url in (again["download_url"], *pictures):
        assert people.client().get(url).status_code == 200, url
    done = people.application.queue.get(job["id"])
    hook = SimpleNamespace(
        user_id=done.user, id=done.id, event="job.completed", body={"job": vars(done)}, created_at=1.0
    )
    told = payload(people.app, cast(Any, hook))
    assert again["id"] in told and "/audio" in told and "signature=" not in told, "nor is a webhook of its making"


def test_what_is_answered_again_has_addresses_that_are_good_now(
    people: People, page: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"command": "debug", "params": {"duration": 0.2, "seed": 4711}}
    headers = {"Idempotency-Key": "one", "Prefer": "wait=60"}
    first = page.post("/api/v1/jobs", json=body, headers=headers).json
    url = first["download_url"]
    at(monkeypatch, first["urls_expire"] + 1)
    later = page.post("/api/v1/jobs", json=body, headers=headers)
    assert later.headers["Idempotency-Replayed"] == "true"
    assert people.client().get(later.json["download_url"]).status_code == 200
    assert people.client().get(url).status_code == 403


def test_a_page_of_others_may_show_a_signed_file_and_nothing_else(
    told: Any, track: Record, nobody: FlaskClient
) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Referer": "https://elsewhere.example/"}
    assert nobody.get(told["audio_url"], headers=foreign).status_code == 200
    assert refusal(nobody.get(told["audio_url"][:-1], headers=foreign)) == (403, FORGED)
    query = told["audio_url"].partition("?")[2]
    for url in (
        told["audio_url"].replace("signature", "xsignature"),
        f"/api/state?{query}",
        told["audio_url"].partition("?")[0],
    ):
        assert refusal_of_page(nobody.get(url, headers=foreign)) == "error.foreign_origin", url
    asking = {"Origin": "https://elsewhere.example"}
    assert refusal_of_page(nobody.get(told["audio_url"], headers=asking)) == "error.foreign_origin"


def test_below_a_prefix_it_is_good_as_well(people: People, page: FlaskClient, track: Record) -> None:
    below = "http://localhost:5000/sound"
    token = people.tokens("signer@example.org")["access_token"]
    told = people.program(token).get(f"/api/v1/tracks/{track.id}", base_url=below).json
    assert told["audio_url"].startswith("/sound/api/v1/")
    path = told["audio_url"].removeprefix("/sound")
    assert people.client().get(path, base_url=below).status_code == 200
    link = people.program(token).post(f"/api/v1/tracks/{track.id}/links", json={}, base_url=below).json["url"]
    assert link.startswith(f"{below}/shared/")
    said = people.client().get(link.removeprefix(below), base_url=below).text
    assert f'src="{link.removeprefix("http://localhost:5000")}/audio"' in said


def refusal_of_page(answer: Any) -> str:
    body = answer.json
    return str(body.get("error", body)["detail"]["key"])


def test_signed_routes_are_named_in_the_document_and_none_is_public(people: People) -> None:
    paths = openapi(Settings(accounts=True))["paths"]
    told = {
        path
        for path, methods in paths.items()
        for each in methods.values()
        if {"address": []} in each.get("security", [])
    }
    rules = {
        rule.rule for rule in people.app.url_map.iter_rules()
        if getattr(rule, "signed", False)
    }  # fmt: skip
    assert {rule.replace("<", "{").replace(">", "}") for rule in rules} == told and len(told) == 12
    assert not rules & PUBLIC


@pytest.fixture
def watched(people: People) -> Iterator[People]:
    metrics.start()
    yield people
    metrics.stop()


def test_uses_are_counted(watched: People, told: Any, nobody: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody.get(told["audio_url"])
    nobody.get(told["audio_url"][:-1])
    at(monkeypatch, told["urls_expire"] + 1.0)
    nobody.get(told["audio_url"])
    said = metrics.counted().decode()
    for outcome in ("ok", "expired", "forged"):
        assert f'{metrics.SIGNED_URLS.name}{{outcome="{outcome}"}} 1.0' in said


def test_no_log_tells_a_signature(
    told: Any, people: People, nobody: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        nobody.get(told["audio_url"])
        nobody.get(told["audio_url"][:-1])
    assert caplog.records and "signature" not in str(
        [vars(record) for record in caplog.records if record.name.startswith("engine")]
    )
