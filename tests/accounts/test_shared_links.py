"""Links by which anybody may hear one track for a while, and nothing else of its owner's."""

import time
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.accounts import links
from engine.accounts.audit import Action
from engine.accounts.users import User
from engine.database.tables import links as rows
from engine.library.record import Record
from engine.web.auth import limits
from engine.web.auth.shared import FILES
from tests.accounts.conftest import PASSWORD, People
from tests.accounts.test_login import ASKED, code

LINKS = "/api/v1/links"


@pytest.fixture(scope="module")
def user(people: People) -> User:
    return people.accounts.users.add("sharer@example.org", PASSWORD)


@pytest.fixture(scope="module")
def page(people: People, user: User) -> FlaskClient:
    return people.page(user.email)


@pytest.fixture(scope="module")
def track(people: People, user: User) -> Record:
    return people.track(user.id, "drums")


@pytest.fixture
def nobody(people: People) -> FlaskClient:
    return people.without_cookies()


def made(page: FlaskClient, track: Record, **body: int) -> Any:
    """A new link, its `url` without the host."""
    answer = page.post(f"/api/v1/tracks/{track.id}/links", json=body)
    assert answer.status_code == 201, answer.json
    host, shared, secret = answer.json["url"].partition("/shared/")
    assert host == "http://localhost" and len(secret) > 40
    return answer.json | {"url": f"{shared}{secret}", "secret": secret}


def test_whoever_has_the_link_hears_and_saves_the_track(page: FlaskClient, track: Record, nobody: FlaskClient) -> None:
    url = made(page, track)["url"]
    answer = nobody.get(url)
    assert answer.status_code == 200 and answer.mimetype == "text/html" and "<script" not in answer.text
    assert track.title in unescape(answer.text) and f'src="{url}/audio"' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer" and answer.headers["Cache-Control"] == "no-store"
    for file in FILES:
        got = nobody.get(f"{url}/{file}")
        assert got.status_code == 200, file
        assert got.headers["Cache-Control"] == "private, no-cache" and "noindex" in got.headers["X-Robots-Tag"]
    saved = nobody.get(f"{url}/audio?download=1")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    part = nobody.get(f"{url}/audio", headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, saved.data[:10])
    assert nobody.get(f"{url}/audio", headers={"If-None-Match": saved.headers["ETag"]}).status_code == 304
    assert nobody.head(url).status_code == nobody.head(f"{url}/audio").status_code == 200


def test_the_page_speaks_the_visitors_language(page: FlaskClient, track: Record, nobody: FlaskClient) -> None:
    url = made(page, track)["url"]
    assert (
        'lang="ru"' in (said := nobody.get(url, headers={"Accept-Language": "ru-RU,ru;q=0.9"}).text)
        and "Скачать" in said
    )
    assert "下载" in nobody.get(f"{url}?language=zh", headers={"Accept-Language": "ru"}).text
    assert '<html lang="en">' in nobody.get(f"{url}?language=xx", headers={"Accept-Language": "fr"}).text


def test_a_link_opens_nothing_else(
    people: People, page: FlaskClient, track: Record, nobody: FlaskClient, user: User
) -> None:
    link = made(page, track)
    other = people.track(user.id)
    for path in (
        f"/{track.id}", "/record", "/match", "/audio/x", "/../audio", "/peaks", "/midi", "/stems.zip/..",
        f"/audio?track_id={other.id}", "/spectrogram?from_s=0&to_s=1", "/stems.zip?stems=bass",
    ):  # fmt: skip
        assert nobody.get(f"{link['url']}{path}").status_code in (401, 404), path
    for path in (ASKED, f"/api/tracks/{track.id}", f"/api/v1/tracks/{track.id}/audio", "/api/v1/auth/me"):
        assert code(nobody.get(path)) == (401, "UNAUTHORIZED")
        assert code(nobody.get(path, headers={"Authorization": f"Bearer {link['secret']}"})) == (401, "UNAUTHORIZED")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert nobody.open(link["url"], method=method).status_code == 401
        assert nobody.open(f"{link['url']}/audio", method=method).status_code == 401


def test_a_link_ends_when_it_was_said_or_sooner(
    people: People, page: FlaskClient, track: Record, nobody: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    brief, long = made(page, track, expires_in=60), made(page, track, expires_in=86400)
    with monkeypatch.context() as patch:
        later = time.time() + 61
        patch.setattr(links.time, "time", lambda: later)
        ended = nobody.get(brief["url"])
        assert ended.status_code == 410 and "ended" in ended.text and track.title not in unescape(ended.text)
        assert nobody.get(f"{brief['url']}/audio").status_code == 410
        assert nobody.get(long["url"]).status_code == 200
    assert page.delete(f"{LINKS}/{long['id']}").status_code == 204
    assert code(page.delete(f"{LINKS}/{long['id']}")) == (404, "NOT_FOUND")
    assert nobody.get(long["url"]).status_code == nobody.get(f"{long['url']}/audio").status_code == 410
    unknown = nobody.get(f"/shared/{'x' * 43}")
    assert unknown.status_code == 404 and unknown.mimetype == "text/html"


def test_a_link_ends_with_its_track_and_its_user(people: People, nobody: FlaskClient) -> None:
    user = people.accounts.users.add("leaving@example.org", PASSWORD)
    page, gone, kept = people.page(user.email), people.track(user.id), people.track(user.id)
    of_gone, of_kept = made(page, gone), made(page, kept)
    assert page.delete(f"/api/v1/tracks/{gone.id}").status_code == 204
    assert nobody.get(of_gone["url"]).status_code == 410
    assert [link["id"] for link in page.get(LINKS).json["items"]] == [of_kept["id"]]
    people.accounts.disable(user.id)
    assert nobody.get(of_kept["url"]).status_code == nobody.get(f"{of_kept['url']}/audio").status_code == 410


def test_one_makes_sees_and_ends_links_of_ones_own_alone(people: People, page: FlaskClient, track: Record) -> None:
    link, ann = made(page, track), people.page("ann@example.org")
    assert page.patch(f"/api/tracks/{track.id}", json={"public": True}).status_code == 200
    place = f"/api/v1/tracks/{track.id}/links"
    for method, path in (("POST", place), ("GET", place), ("DELETE", f"{LINKS}/{link['id']}")):
        body = {} if method == "POST" else None
        assert code(ann.open(path, method=method, json=body)) == (404, "NOT_FOUND"), (method, path)
    assert link["id"] not in {each["id"] for each in ann.get(LINKS).json["items"]}
    told = next(one for one in page.get(place).json["items"] if one["id"] == link["id"])
    assert told == {name: link[name] for name in ("id", "track_id", "title", "created_at", "expires_at")}
    for wrong in ({"expires_in": 59}, {"expires_in": 91 * 86400}, {"expires_in": "never"}, {"user": "local"}):
        assert code(page.post(place, json=wrong)) == (400, "INVALID_INPUT")


def test_a_program_needs_to_be_allowed_to_write(people: People, page: FlaskClient, track: Record) -> None:
    for scope, status in (("read", 403), ("jobs", 403), ("write", 201)):
        made = page.post("/api/v1/auth/tokens", json={"name": scope, "scopes": [scope]}).json["token"]
        assert people.program(made).post(f"/api/v1/tracks/{track.id}/links", json={}).status_code == status


def test_only_hashes_are_kept_and_what_was_done_is_told(
    people: People, page: FlaskClient, track: Record, user: User
) -> None:
    began = time.time()
    link = made(page, track)
    page.delete(f"{LINKS}/{link['id']}")
    with people.application.database.read() as connection:
        assert link["secret"] not in str(connection.execute(rows.select()).all())
    entries = people.accounts.audit.read(user=user.id, since=began)
    assert [(entry.action, entry.target) for entry in entries] == [
        (Action.LINK_MADE, link["id"]), (Action.LINK_REVOKED, link["id"]),
    ]  # fmt: skip
    assert entries[0].payload["track"] == track.id and link["secret"] not in str(entries)


def test_links_are_limited(people: People, page: FlaskClient, track: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MOST", len(page.get(LINKS).json["items"]) + 1)
    one = made(page, track)
    assert code(page.post(f"/api/v1/tracks/{track.id}/links", json={})) == (400, "INVALID_INPUT")
    stranger = people.without_cookies()
    stranger.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    monkeypatch.setitem(limits.LIMITS, "shared", "3/minute")
    assert [stranger.get(one["url"]).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_link_of_another_page_leads_to_it(page: FlaskClient, track: Record, nobody: FlaskClient) -> None:
    url = made(page, track)["url"]
    foreign = {"Sec-Fetch-Site": "cross-site", "Referer": "https://mail.example/"}
    assert nobody.get(url, headers=foreign | {"Sec-Fetch-Mode": "navigate"}).status_code == 200
    assert nobody.get(f"{url}/audio", headers=foreign | {"Sec-Fetch-Mode": "no-cors"}).status_code == 403


def test_no_log_tells_a_secret(
    page: FlaskClient,
    track: Record,
    nobody: FlaskClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link = made(page, track)

    def broken(**_: str) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setitem(page.application.view_functions, FILES["audio"], broken)
    with caplog.at_level("DEBUG"):
        assert nobody.get(f"{link['url']}/audio").status_code == 500
    assert caplog.records and link["secret"] not in str([vars(record) for record in caplog.records])
