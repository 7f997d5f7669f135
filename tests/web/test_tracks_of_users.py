"""Every route that names a track, an upload or a playlist answers about another user's as about one nobody knows."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from engine.accounts import Caller
from engine.app import Application, Owned
from engine.library.track_files import COVER, PEAKS, SPECTROGRAM, derived_key
from engine.web.me import act_as
from engine.web.server import create_web
from tests.conftest import make_settings
from tests.made_tracks import silence
from tests.two_users import ANNA, ANNOTATION, BORIS, record_files, uploaded_by

UNKNOWN = "f" * 32
CAROL = "ca" * 16
READ = {
    "/api/tracks/<track_id>", "/api/tracks/<track_id>/annotations", "/api/tracks/<track_id>/audio",
    "/api/tracks/<track_id>/midi", "/api/tracks/<track_id>/picture", "/api/tracks/<track_id>/score",
    "/api/tracks/<track_id>/peaks", "/api/tracks/<track_id>/spectrogram", "/api/tracks/<track_id>/cover",
    "/api/tracks/<track_id>/analysis.json", "/api/tracks/<track_id>/analysis.md", "/api/tracks/<track_id>/stems.zip",
    "/api/tracks/<track_id>/stems/<stem>/audio", "/api/tracks/<track_id>/stems/<stem>/peaks",
    "/api/tracks/<track_id>/stems/<stem>/samples",
}  # fmt: skip
"""What others may ask about a public track."""
NAMES = ("track_id", "upload_id", "playlist_id", "key")
PARTS = {"stem": "drums", "form": "book.m4b", "annotation_id": ANNOTATION}
TAGS = {"mode": "keep", "digest": "0" * 32}
BODIES: dict[tuple[str, str], Any] = {
    ("PATCH", "/api/tracks/<track_id>"): {"title": "mine", "favourite": True, "public": True},
    ("POST", "/api/tracks/<track_id>/annotations"): {"tempo": {"bpm": 99}},
    ("POST", "/api/tracks/<track_id>/file-tags"): TAGS,
    ("POST", "/api/tracks/<track_id>/file-tags/preview"): {"mode": "keep"},
    ("PATCH", "/api/playlists/<playlist_id>"): {"title": "mine"},
}


class Users(NamedTuple):
    """One server, and whoever `X-User` names asks it."""

    application: Application
    client: FlaskClient
    records: dict[str, Any]
    uploads: dict[str, str]
    playlists: dict[str, str]

    def ask(self, user: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self.client.open(path, method=method, json=body, headers={"X-User": user})
        return answer.status_code, answer.json if answer.is_json else answer.data


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Users]:
    settings = make_settings(tmp_path_factory.mktemp("users"), async_mode="threading")
    records = record_files(settings.audio_dir, (ANNA, BORIS))
    application = Application.open(settings)
    try:
        application.library.sync()
        application.uploads._probe = lambda path, name: {
            "kind": "sound", "rate_hz": 8000, "channels": 1, "duration_s": 1.0, "outline": "00",
        }  # fmt: skip
        app, _ = create_web(application)
        app.before_request_funcs.setdefault(None, []).insert(0, lambda: act_as(Caller(request.headers["X-User"])))
        uploads = {user: uploaded_by(application.uploads, user, f"{user}.wav") for user in (ANNA, BORIS)}
        for made in (*records[ANNA], *records[BORIS]):
            for name in (PEAKS, SPECTROGRAM, COVER):
                picture = json.dumps({"peaks": [[0], [0]]}).encode() if name == PEAKS else b"png"
                application.storage.write(derived_key(made.id, name), picture)
            application.storage.write(derived_key(made.id, ".stems/drums.json"), b"{}")
        found = Users(application, app.test_client(), records, uploads, {})
        for user in (ANNA, BORIS):
            wish = {"title": user, "search": {"q": "calm"}}
            found.playlists[user] = found.ask(user, "POST", "/api/playlists", wish)[1]["id"]
        yield found
    finally:
        application.close()


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, rule, and what it names."""
    for rule in app.url_map.iter_rules():
        named = [name for name in NAMES if name in rule.arguments]
        if named and rule.rule.startswith("/api/") and "/v1/" not in rule.rule and "/speech/" not in rule.rule:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule.rule, named[0]


def address(rule: str, name: str, identity: str) -> str:
    parts = {**PARTS, name: identity}
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: parts[part[1]], rule)


def ids(users: Users, name: str, user: str) -> list[str]:
    track, upload = users.records[user][0].id, users.uploads[user]
    return {
        "track_id": [track], "upload_id": [upload], "playlist_id": [users.playlists[user]],
        "key": [f"track:{track}", f"upload:{upload}"],
    }[name]  # fmt: skip


def unknown(name: str, identity: str) -> str:
    return f"{identity.partition(':')[0]}:{UNKNOWN}" if name == "key" else UNKNOWN


def test_no_route_tells_anothers_from_what_nobody_knows(users: Users) -> None:
    seen = set()
    for method, rule, name in routes(users.client.application):
        for theirs in ids(users, name, BORIS):
            body = BODIES.get((method, rule), {} if method in ("POST", "PATCH") else None)
            status, answer = users.ask(ANNA, method, address(rule, name, theirs), body)
            other = users.ask(ANNA, method, address(rule, name, unknown(name, theirs)), body)
            assert (status, answer) == other and status == 404, (method, rule)
            seen.add(rule)
    assert seen > READ and len(seen) >= 30
    assert {user: users.application.of(user).library.count() for user in (ANNA, BORIS)} == {ANNA: 3, BORIS: 3}


def test_lists_counts_and_outlines_are_each_users_own(users: Users) -> None:
    for user, other in ((ANNA, BORIS), (BORIS, ANNA), (CAROL, ANNA)):
        mine = [made.id for made in users.records.get(user, [])]
        tracks = users.ask(user, "GET", "/api/tracks")[1]
        assert ({row["id"] for row in tracks["tracks"]}, tracks["total"]) == (set(mine), len(mine))
        summary = users.ask(user, "GET", "/api/library")[1]
        assert summary["total"] == len(mine) and summary["uploads"]["count"] == (1 if mine else 0)
        assert summary["tags"] == ({"mood/calm": 3} if mine else {})
        listed = users.ask(user, "GET", "/api/uploads")[1]["uploads"]
        assert [facts["name"] for facts in listed] == ([f"{user}.wav"] if mine else [])
        playlists = users.ask(user, "GET", "/api/playlists")[1]["playlists"]
        assert [one["title"] for one in playlists] == ([user] if mine else [])
        theirs = [made.id for made in users.records[other]]
        keys = [*(f"track:{one}" for one in (*mine, *theirs)), *(f"upload:{one}" for one in users.uploads.values())]
        outlines = users.ask(user, "GET", f"/api/outlines?keys={','.join(keys)}")[1]["outlines"]
        own = {f"track:{one}" for one in mine} | ({f"upload:{users.uploads[user]}"} if mine else set())
        assert set(outlines) == own


def test_tags_of_many_files_name_no_track_of_anothers(users: Users) -> None:
    theirs = users.records[BORIS][0].id
    body = {"tracks": [theirs, UNKNOWN], "mode": "keep"}
    told = users.ask(ANNA, "POST", "/api/file-tags", body)[1]["tracks"]
    assert told[0]["error"] == told[1]["error"] and told[0]["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("kind", ["track", "upload"])
def test_nothing_is_made_of_anothers_sound(kind: str, users: Users) -> None:
    theirs = {"track": users.records[BORIS][0].id, "upload": users.uploads[BORIS]}[kind]

    def answers(identity: str) -> list[tuple[int, Any]]:
        key = f"{kind}:{identity}"
        style = {"reverb": {"ir_key": key}}
        return [
            users.ask(ANNA, "POST", "/api/jobs", {"command": "split", "params": {"source": key}}),
            users.ask(ANNA, "POST", "/api/match/export", {"style": style, "form": "json"}),
            users.ask(
                ANNA, "POST", "/api/match/spot",
                {"params": {"source": key, "style": "{}"}, "from_s": 0, "rate_hz": 8000},
            ),
        ]  # fmt: skip

    assert answers(theirs) == answers(UNKNOWN)
    assert [status for status, _ in answers(theirs)] == [404, 404, 404], answers(theirs)


def test_a_public_track_is_read_by_whoever_knows_its_address_and_changed_by_its_owner_alone(users: Users) -> None:
    track = users.records[BORIS][1].id
    place = f"/api/tracks/{track}"
    assert users.ask(BORIS, "PATCH", place, {"public": True})[1]["public"] is True
    status, body = users.ask(CAROL, "GET", f"{place}/audio")
    assert (status, body) == (200, users.ask(BORIS, "GET", f"{place}/audio")[1])
    for method, rule, name in routes(users.client.application):
        if name != "track_id" or "score" in rule or "samples" in rule:  # those wait for a worker
            continue
        body = BODIES.get((method, rule), {} if method in ("POST", "PATCH") else None)
        status, _ = users.ask(CAROL, method, address(rule, name, track), body)
        assert status == (200 if method == "GET" and rule in READ else 404), (method, rule)
    assert users.ask(CAROL, "GET", "/api/tracks")[1]["total"] == 0
    assert users.ask(CAROL, "GET", f"/api/tracks?like={track}")[0] == 404
    assert users.ask(BORIS, "PATCH", place, {"public": False})[1]["public"] is False
    assert users.ask(CAROL, "GET", place) == users.ask(CAROL, "GET", f"/api/tracks/{UNKNOWN}")


def test_every_part_of_the_application_is_one_users_or_the_installations(users: Users) -> None:
    own = users.application.of(BORIS)
    shared = {"settings", "storage", "events", "tasks"}
    scoped = {"user", "uploads", "library", "queue", "scheduler", "file_tags", "tagging", "search", "playlists"}
    assert {name for name in dir(Owned) if name[0] != "_"} | {"user"} == shared | scoped
    assert all(getattr(own, name) is not getattr(users.application, name) for name in scoped - {"user"})


def test_whoever_deletes_all_deletes_their_own(users: Users) -> None:
    removed = users.ask(BORIS, "DELETE", "/api/tracks")[1]
    assert set(removed["removed"]) == {made.id for made in users.records[BORIS]}
    assert (removed["kept"], removed["uploads"]) == (0, 1)
    assert users.ask(ANNA, "GET", "/api/tracks")[1]["total"] == 3
    assert users.ask(ANNA, "GET", f"/api/uploads/{users.uploads[ANNA]}/audio") == (200, silence(10))
