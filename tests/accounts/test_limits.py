"""Too much is refused for a while: of logins, of jobs, and of what a plan allows."""

import io
import itertools
import time
from typing import Any

import numpy as np
import pytest
import soundfile
from flask.testing import FlaskClient

from engine.accounts.audit import Action
from engine.accounts.plans import Allowance, Plans
from engine.accounts.quotas import Used
from engine.errors import AppError, Code
from engine.web.auth import limits
from tests.accounts.conftest import PASSWORD, People
from tests.accounts.test_login import code
from tests.conftest import Running

REAL = {
    "login": "5/minute;30/hour", "address": "30/minute;300/hour", "email": "10/minute", "refresh": "30/minute",
    "password": "5/minute;30/hour", "jobs": "120/minute", "uploads": "1200/minute", "links": "30/minute",
    "shared": "600/minute",
}  # fmt: skip
NUMBERS = itertools.count(1)


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, limit in REAL.items():
        monkeypatch.setitem(limits.LIMITS, name, limit)


def coming_from(people: People, address: str) -> FlaskClient:
    client = people.client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def tried(client: FlaskClient, email: str, password: str = "wrong password") -> Any:
    return client.post("/api/v1/auth/login", json={"email": email, "password": password})


def fresh(people: People) -> str:
    email = f"limited{next(NUMBERS)}@example.org"
    people.accounts.users.add(email, PASSWORD)
    return email


def test_a_sixth_try_within_a_minute_is_refused_with_the_time_to_wait(people: People, strict: None) -> None:
    email, client = fresh(people), coming_from(people, "203.0.113.1")
    answers = [tried(client, email) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[5].json["code"] == Code.RATE_LIMITED and 0 <= int(answers[5].headers["Retry-After"]) <= 60
    assert answers[0].headers["X-RateLimit-Limit"] == "5" and "Retry-After" not in answers[0].headers
    assert tried(client, email, PASSWORD).status_code == 429, "not even the right one"
    assert tried(client, f" {email.upper()} ", PASSWORD).status_code == 429, "however it is spelled"
    assert client.post("/api/session", json={"email": email, "password": PASSWORD}).status_code == 429
    assert tried(client, fresh(people), PASSWORD).status_code == 200


def test_one_address_may_not_try_everybody(people: People, strict: None) -> None:
    client = coming_from(people, "2001:db8:0:7::1")
    for number in range(30):
        assert tried(client, f"nobody{number}@example.org").status_code == 401
    neighbour = coming_from(people, "2001:db8:0:7:ffff::2")
    assert tried(neighbour, "nobody@example.org").status_code == 429
    assert tried(coming_from(people, "2001:db8:0:8::1"), "nobody@example.org").status_code == 401


def test_strangers_everywhere_lock_nobody_out_of_where_they_have_been(people: People, strict: None) -> None:
    email, home = fresh(people), coming_from(people, "198.51.100.7")
    assert tried(home, email, PASSWORD).status_code == 200
    answers = [tried(coming_from(people, f"198.51.100.{100 + n}"), email).status_code for n in range(12)]
    assert answers == [401] * 9 + [429] * 3
    assert tried(home, email, PASSWORD).status_code == 200


def test_refreshing_and_changing_the_password_are_limited(people: People, strict: None) -> None:
    client = coming_from(people, "203.0.113.9")
    statuses = [client.post("/api/v1/auth/refresh").status_code for _ in range(31)]
    assert statuses == [401] * 30 + [429]
    page = people.page(fresh(people))
    body = {"password": "x", "new_password": PASSWORD}
    assert [page.patch("/api/v1/auth/me", json=body).status_code for _ in range(6)] == [403] * 5 + [429]


def test_jobs_are_counted_by_user(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "jobs", "2/minute")
    one, other = people.page(fresh(people)), people.page(fresh(people))
    bad = {"command": "nothing"}
    assert [one.post("/api/jobs", json=bad).status_code for _ in range(3)] == [400, 400, 429]
    assert one.post("/api/v1/jobs", json=bad).status_code == 429
    assert other.post("/api/jobs", json=bad).status_code == 400
    assert one.get("/api/jobs").status_code == 200


def test_a_plan_says_how_many_jobs_wait(people: People) -> None:
    user = people.accounts.users.add(f"queued{next(NUMBERS)}@example.org", PASSWORD)
    page = people.page(user.email)
    people.accounts.users.change(user.id, plan="large")
    assert people.accounts.quotas.most_waiting(user.id) == 200
    people.accounts.users.change(user.id, plan="unlimited")
    assert people.accounts.quotas.most_waiting(user.id) == people.accounts.quotas.most_waiting("local") == 1000
    assert page.get("/api/v1/auth/me").json["allowed"]["jobs_waiting"] is None


@pytest.fixture
def tight(people: People, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a user whose plan allows a minute of sound, a kilobyte and two waiting jobs."""
    plan = Allowance(jobs_waiting=2, minutes_a_day=1, gigabytes=1e-6)
    monkeypatch.setitem(people.accounts.plans._plans, "tight", plan)
    return people.accounts.users.add(f"tight{next(NUMBERS)}@example.org", PASSWORD, plan="tight").id


def ask(page: FlaskClient, **params: Any) -> Any:
    return page.post("/api/jobs", json={"command": "debug", "params": params})


def test_more_jobs_than_may_wait_are_refused(people: People, tight: str) -> None:
    page, running = people.page(people.accounts.users.get(tight).email), Running(people.application)
    slow = ask(page, steps=600, step_s=0.05).json["job_id"]
    try:
        running.running(people.application.queue.get(slow))
        assert page.post("/api/queue/pause", json={"paused": True}).json["paused"] is True
        answers = [ask(page, seed=seed) for seed in (1, 2, 3)]
        assert [answer.status_code for answer in answers] == [202, 202, 429]
        assert answers[2].json["error"]["code"] == Code.RATE_LIMITED
        assert people.accounts.quotas.used(tight) == Used(2, 0, 0)
    finally:
        page.post("/api/queue/cancel-waiting")
        page.post(f"/api/jobs/{slow}/cancel")


def test_a_day_holds_so_many_minutes_of_sound_also_of_what_was_deleted(people: People, tight: str) -> None:
    page, audit = people.page(people.accounts.users.get(tight).email), people.accounts.audit
    now = time.time()
    long_ago, then = {"duration_s": 999, "created_at": now - 90_000}, {"duration_s": 61, "created_at": now - 5}
    audit.note(Action.TRACK_DELETED, "t1", user=tight, payload=long_ago)
    with pytest.raises(AppError) as refused:
        audit.note(Action.TRACK_DELETED, "t2", user=tight, payload=then)
        people.accounts.quotas.check_job(people.accounts.credentials.by_id("session", session_of(people, tight)))  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.key) == (Code.RATE_LIMITED, "quota_minutes_a_day")
    answer = ask(page, seed=4)
    assert code(answer) == (429, "RATE_LIMITED") and answer.json["error"]["detail"]["quota"] == "minutes_a_day"


def session_of(people: People, user: str) -> str:
    return people.accounts.credentials.of(user, "session")[0].id  # type: ignore[arg-type]


def test_what_would_be_too_much_to_keep_is_refused(people: People, tight: str) -> None:
    page = people.page(people.accounts.users.get(tight).email)
    answer = page.post("/api/uploads", data={"file": (__file__, "x.wav")}, content_type="multipart/form-data")
    assert code(answer) == (429, "RATE_LIMITED") and answer.json["error"]["detail"]["quota"] == "gigabytes"
    assert people.page("boss@example.org").post("/api/uploads", data={}).status_code == 400, "administrators may"


def begun(page: FlaskClient, sound: bytes, **size: int) -> str:
    """The path of an upload of which all has come."""
    asked = {"content_type": "audio/wav", "ext": "wav", **size}
    signed = page.post("/api/v1/uploads/sign", json=asked).json
    assert page.put(signed["put_url"], data=sound, headers=signed["headers"]).status_code == 200
    return f"/api/v1/uploads/{signed['key']}"


def test_what_was_begun_counts_by_its_bytes_when_it_is_completed(people: People, tight: str) -> None:
    """Of some nobody said the size before; others each were small enough for themselves."""
    page, file = people.page(people.accounts.users.get(tight).email), io.BytesIO()
    soundfile.write(file, np.zeros(600), 8000, format="WAV", subtype="PCM_U8")
    small = file.getvalue()
    untold, one, other = begun(page, bytes(1001)), begun(page, small, size=len(small)), begun(page, small)
    answers = [page.post(f"{path}/complete", json={}) for path in (untold, one, other)]
    assert [answer.status_code for answer in answers] == [429, 201, 429]
    for answer in (answers[0], answers[2]):
        assert (answer.json["code"], answer.json["detail"]["quota"]) == ("RATE_LIMITED", "gigabytes")
    assert page.delete(one).status_code == 204
    assert page.post(f"{other}/complete", json={}).status_code == 201, "it has stayed"


def test_plans_of_ones_own_are_read_and_checked(tmp_path: Any) -> None:
    (tmp_path / "plans.toml").write_text("[standard]\njobs_waiting = 1\n[golden]\n")
    own = Plans(tmp_path)
    assert own.get("golden") == Allowance() and own.get("gone").jobs_waiting == 1
    for text in ("[golden]\n", "[standard]\njobs = 1\n", "[standard", "[standard]\njobs_waiting = -1\n"):
        (tmp_path / "plans.toml").write_text(text)
        with pytest.raises(AppError) as refused:
            Plans(tmp_path)
        assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "plans_unreadable")
