"""Every route and every event with two users, made from what the server offers: what is new must have a rule."""

import io
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest

from engine.app import Owned
from engine.web.auth.proof import COOKIE
from tests.accounts import rules
from tests.accounts.conftest import PASSWORD
from tests.accounts.rules import ADMIN, NAMING, PLAIN, PROVING, PUBLIC, Route, filled, scope
from tests.accounts.two_people import STRANGER, TwoPeople, two_people
from tests.made_tracks import silence
from tests.two_users import BORIS

UNKNOWN = "f" * 32


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoPeople]:
    with two_people(tmp_path_factory.mktemp("two")) as found:
        yield found


@pytest.fixture(scope="module")
def routes(two: TwoPeople) -> list[Route]:
    return list(rules.routes(two.app))


def named(routes: list[Route]) -> list[Route]:
    return [route for route in routes if route.named]


def code(answer: Any) -> str:
    body = answer.json
    said = body.get("error", body) if isinstance(body, dict) else {}
    return str(said.get("code") or said.get("type", "")).upper()


def places(two: TwoPeople, key: str = "", mine: str = "") -> dict[str, str]:
    things = {"PRESET": "preset_id", "TRACK": "track_id", "JOB": "job_id", "BATCH": "batch_id"}
    return {"KEY": key, "MINE": mine} | {place: two.things[name][0] for place, name in things.items()}


@pytest.fixture(scope="module")
def mine(two: TwoPeople) -> str:
    """The key of an upload of the stranger's."""
    sent = {"file": (io.BytesIO(silence(10)), "mine.wav")}
    return str(two.stranger.post("/api/uploads", data=sent, content_type="multipart/form-data").json["key"])


def test_every_route_has_a_rule(routes: list[Route]) -> None:
    known = {str(route) for route in routes}
    tables = {*PUBLIC, *PROVING, *ADMIN, *rules.SHARED, *rules.BODIES, *PLAIN, *(name for name, _ in NAMING)}
    assert tables <= known, "rules of routes that are gone"
    for route in routes:
        if str(route) in PUBLIC | PROVING | ADMIN | rules.SHARED:
            continue
        strange = route.arguments - set(rules.NAMES) - set(rules.PARTS)
        assert not strange, f"{route}: whose is what {strange} names? Say it in tests/accounts/rules.py"
        if not route.arguments and route.method != "GET":
            assert str(route) in tables, f"{route}: what does it change? Say it in tests/accounts/rules.py"
    assert len(named(routes)) >= 75


def test_nobody_gets_in(two: TwoPeople, routes: list[Route]) -> None:
    anonymous = two.client()
    for route in routes:
        if str(route) not in PUBLIC | PROVING:
            answer = anonymous.open(route.paths(two.things)[0], method=route.method, json=route.sent(places(two)))
            assert (answer.status_code, code(answer)) == (401, "UNAUTHORIZED"), route


def test_what_is_anothers_is_as_what_nobody_knows(two: TwoPeople, routes: list[Route]) -> None:
    before = two.kept()
    for route in named(routes):
        unknown = {name: ["track:" + UNKNOWN if name == "key" else UNKNOWN] for name in two.things}
        none = two.stranger.open(route.paths(unknown)[0], method=route.method, json=route.sent({}))
        for path in route.paths(two.things):
            answer = two.stranger.open(path, method=route.method, json=route.sent({}))
            assert (answer.status_code, code(answer)) == (404, "NOT_FOUND"), (route, answer.text[:300])
            if not path.startswith("/api/sounds/upload:"):  # that one is told as an upload
                assert answer.data == none.data, route
    assert two.kept() == before


def test_a_program_asks_within_its_scope_alone(two: TwoPeople, routes: list[Route]) -> None:
    before = two.kept()
    for route in named(routes):
        path = route.paths(two.things)[0]
        for name, program in two.programs.items():
            answer = program.open(path, method=route.method, json=route.sent({}))
            assert answer.status_code == (404 if name == scope(route) else 403), (route, name, answer.status_code)
    assert two.kept() == before


def test_a_body_that_names_anothers_makes_no_job(two: TwoPeople, mine: str) -> None:
    before, jobs = two.kept(), len(two.stranger.get("/api/jobs").json["jobs"])
    for rule, body in NAMING:
        method, path = rule.split()
        for key in two.things["key"]:
            theirs, none = (
                two.stranger.open(path, method=method, json=filled(body, places(two, one, mine) | preset))
                for one, preset in ((key, {}), (key.partition(":")[0] + ":" + UNKNOWN, {"PRESET": UNKNOWN}))
            )
            assert (theirs.status_code, code(theirs)) == (404, "NOT_FOUND"), (rule, body, theirs.text[:300])
            assert theirs.data == none.data, (rule, body)
    assert two.kept() == before and len(two.stranger.get("/api/jobs").json["jobs"]) == jobs


def test_an_event_that_names_anothers_finds_nothing(two: TwoPeople, mine: str) -> None:
    cookie = two.stranger.get_cookie(COOKIE)
    socket = two.socketio.test_client(two.app, headers={"Cookie": f"{COOKIE}={cookie.value if cookie else ''}"})
    assert socket.is_connected()
    known = {*two.socketio.server.handlers["/"]}
    assert known == set(rules.EVENTS), "say in tests/accounts/rules.py what an event names"
    before, jobs = two.kept(), len(two.stranger.get("/api/jobs").json["jobs"])
    for name, bodies in rules.EVENTS.items():
        for body in bodies:
            for key in two.things["key"]:
                answer = socket.emit(name, filled(body, places(two, key, mine)), callback=True)
                if name not in rules.AT_LARGE:
                    assert answer["error"]["code"] == "NOT_FOUND", (name, body, answer)
    heard = str(socket.get_received())
    assert not {word for word in two.words if word in heard}
    socket.disconnect()
    assert two.kept() == before and len(two.stranger.get("/api/jobs").json["jobs"]) == jobs


def test_a_signed_address_is_good_for_its_own_upload_alone(two: TwoPeople) -> None:
    begun = two.things["upload_id"][1]
    said = two.stranger.post("/api/v1/uploads/sign", json={"content_type": "audio/wav", "ext": "wav"}).json
    query, own = said["put_url"].partition("?")[2], said["key"].removeprefix("upload:")
    before = two.kept()
    for path in (
        f"/api/v1/uploads/{begun}/content",
        f"/api/v1/uploads/{begun}/parts/1",
        f"/api/v1/uploads/{own}/parts/1",
    ):
        for client in (two.stranger, two.client()):
            for sent in (query, query.replace(f"user={two.accounts.users.find(STRANGER).id}", f"user={BORIS}")):
                answer = client.put(f"{path}?{sent}", data=b"x")
                assert (answer.status_code, code(answer)) == (403, "FORBIDDEN"), path
    assert two.kept() == before


def test_no_answer_to_another_has_a_word_of_it(two: TwoPeople, routes: list[Route]) -> None:
    seen, track = 0, two.things["track_id"][0]
    keys = ",".join(two.things["key"])
    lists = (route for route in routes if route.method == "GET" and not route.arguments and str(route) not in PUBLIC)
    asked = [route.rule for route in lists]
    queries = (
        f"/api/outlines?keys={keys}", f"/api/tracks?like={track}", "/api/tracks?q=piano", "/api/v1/tracks?q=piano",
        "/api/v1/presets?public=true", f"/api/sounds/audio?id=own:{track}",
    )  # fmt: skip
    for path in (*asked, *queries):
        answer = two.stranger.get(path)
        assert answer.status_code < 500, path
        found = {word for word in two.words if word in answer.get_data(as_text=True)}
        assert not found - {track}, (path, found)
        seen += answer.status_code == 200
    assert seen > 20
    for path in ("/api/tracks", "/api/v1/tracks", "/api/state", queries[0]):
        assert track in two.owner.get(path).text, "it is looked for where it would be"


def test_whatever_another_does_at_large_is_their_own(two: TwoPeople, routes: list[Route]) -> None:
    before = two.kept()
    page, said = two.page(STRANGER), {two.things["track_id"][0], "owner's"}
    for route in (each for each in routes if str(each) in PLAIN):
        answer = page.open(route.rule, method=route.method, json=route.sent(places(two, two.things["key"][0])))
        assert answer.status_code < 500, route
        assert not {word for word in two.words - said if word in answer.text}, (route, answer.text)
    assert two.kept() == before


def test_every_part_of_the_application_is_one_users_or_the_installations(two: TwoPeople) -> None:
    own = two.application.of(BORIS)
    shared = {"settings", "state", "storage", "events", "tasks"}
    scoped = {"user", "uploads", "library", "queue", "scheduler", "file_tags", "tagging", "search", "playlists"}
    assert {name for name in dir(Owned) if name[0] != "_"} | {"user"} == shared | scoped
    assert all(getattr(own, name) is not getattr(two.application, name) for name in scoped - {"user"})


def test_administration_is_for_administrators(two: TwoPeople, routes: list[Route]) -> None:
    before = two.kept()
    for route in (each for each in routes if str(each) in ADMIN):
        path = route.paths(two.things)[0]
        for client in (two.stranger, *two.programs.values()):
            answer = client.open(path, method=route.method, json={"role": "admin"})
            assert (answer.status_code, code(answer)) == (403, "FORBIDDEN"), (route, answer.text)
    assert two.kept() == before


def test_who_is_disabled_gets_nothing_more(two: TwoPeople, routes: list[Route]) -> None:
    email = "gone@example.org"
    gone = two.accounts.users.add(email, PASSWORD)
    page, access = two.page(email), two.program(two.tokens(email)["access_token"])
    made = page.post("/api/v1/auth/tokens", json={"name": "x", "scopes": ["read", "jobs", "write"]}).json["token"]
    program = two.program(made)
    assert [client.get("/api/state").status_code for client in (page, access, program)] == [200] * 3
    two.accounts.disable(gone.id)
    asked = (route for route in routes if str(route) not in PUBLIC | PROVING)
    for route, client in zip(asked, cycle((page, access, program)), strict=False):
        answer = client.open(route.paths(two.things)[0], method=route.method, json=route.sent(places(two)))
        assert (answer.status_code, code(answer)) == (401, "UNAUTHORIZED"), route


READ_WHERE_PUBLIC = frozenset(
    (
        "", "/annotations", "/audio", "/midi", "/picture", "/score", "/peaks", "/spectrogram", "/cover",
        "/analysis.json", "/analysis.md", "/stems.zip", "/stems/<stem>/audio", "/stems/<stem>/peaks",
        "/stems/<stem>/samples",
    )
)  # fmt: skip
"""What others may read of a public track, below its address."""


def test_a_public_track_is_read_by_whoever_knows_its_address_and_changed_by_its_owner_alone(
    two: TwoPeople, routes: list[Route]
) -> None:
    track = two.things["track_id"][0]
    place = f"/api/tracks/{track}"
    assert two.owner.patch(place, json={"public": True}).json["public"] is True
    before = two.kept()
    for route in (each for each in named(routes) if each.named == "track_id"):
        (path,) = route.paths(two.things)
        answer = two.stranger.open(path, method=route.method, json=route.sent({}))
        rest = route.rule.partition("<track_id>")[2]
        if route.method == "GET" and rest in READ_WHERE_PUBLIC:
            if "score" not in rest and "samples" not in rest:  # those want a worker
                assert answer.status_code == 200, route
            if answer.status_code == 200 and not answer.is_json:
                assert two.owner.get(path).data == answer.data, route
        else:
            assert (answer.status_code, code(answer)) == (404, "NOT_FOUND"), route
    assert track not in two.stranger.get("/api/tracks").text and track not in two.stranger.get("/api/v1/tracks").text
    assert two.kept() == before
    assert two.owner.patch(place, json={"public": False}).json["public"] is False
    assert two.stranger.get(place).data == two.stranger.get(f"/api/tracks/{UNKNOWN}").data


NOTHING_YET = {"GET /api/v1/jobs/<job_id>/preview"}
"""Of a job that waits there is none."""


def test_the_owner_is_refused_nothing(two: TwoPeople, routes: list[Route]) -> None:
    """Last, for it takes everything away: what can still be asked comes before what ends it."""
    ends = ("/logout", "/sessions/", "/cancel", "/complete")
    order = sorted(named(routes), key=lambda each: (each.method == "DELETE", any(end in each.rule for end in ends)))
    refused, deleted = set(), set()
    for route in order:
        asked = [
            (path, two.owner.open(path, method=route.method, json=route.sent({}))) for path in route.paths(two.things)
        ]
        statuses = [answer.status_code for _, answer in asked]
        again = {str(route.named) for status in statuses if status == 404} & deleted  # by the route of another version
        if {401, 403} & set(statuses) or max(statuses) >= 500 or not (set(statuses) - {404} or again):
            refused.add(str(route))
        if route.method == "DELETE":
            deleted.add(str(route.named))
    assert refused == NOTHING_YET
