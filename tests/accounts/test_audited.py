"""What is kept of who did what over REST."""

import time

from engine.accounts.audit import Action
from engine.web.auth import audited
from engine.web.auth.access import PUBLIC
from engine.web.v1 import version_1
from engine.web.v1.ground import Ground
from tests.accounts.conftest import PASSWORD, People
from tests.conftest import Running


def test_every_route_that_is_named_is_there(people: People) -> None:
    there = {(method, rule.rule) for rule in people.app.url_map.iter_rules() for method in rule.methods or ()}
    rules = {rule for _, rule in there}
    deleting = {(method, rule) for method, rule in there if method == "DELETE" and "/uploads/<" in rule}
    assert deleting <= set(audited.ROUTES)
    assert [route for route in audited.ROUTES if route not in there] == []
    assert [rule for rule in (*audited.DELETING, *audited.TRACKS) if rule not in rules] == []
    asked_for = {"/api/session/oidc", "/api/session/oidc/callback", "/metrics"}
    assert PUBLIC - rules <= asked_for, "these are there with their settings only"


def test_what_version_1_lets_anybody_do_is_named_with_what_is_public(people: People) -> None:
    surfaces = version_1.surfaces(Ground.of(people.application))
    told = {s.prefix + each.rule for s in surfaces for each in s.operations.values() if each.anonymous}
    assert told and told <= PUBLIC


def test_jobs_and_tracks_leave_a_trace_without_their_words(people: People) -> None:
    user = people.accounts.users.add("trace@example.org", PASSWORD)
    page, began = people.page(user.email), time.time()
    body = {"command": "debug", "params": {"duration": 1.5, "prompt": "a secret wish"}}
    job_id = page.post("/api/jobs", json=body).json["job_id"]
    running = Running(people.application)
    done = running.done(people.application.queue.get(job_id))
    track_id = done.track_ids[0]
    assert round(people.accounts.quotas.used(user.id).minutes_a_day, 2) == 0.03
    page.post(f"/api/jobs/{job_id}/cancel", json={})
    assert page.delete(f"/api/tracks/{track_id}").status_code == 200
    assert page.delete(f"/api/jobs/{job_id}").status_code == 200
    assert page.delete(f"/api/jobs/{job_id}").status_code == 404
    entries = people.accounts.audit.read(user=user.id, since=began)
    assert [(entry.action, entry.target) for entry in entries if entry.action != Action.LOGIN] == [
        (Action.JOB_SUBMITTED, job_id), (Action.JOB_CANCELED, job_id), (Action.TRACK_DELETED, track_id),
        (Action.JOB_DELETED, job_id),
    ]  # fmt: skip
    assert "secret" not in str(entries)
    assert round(people.accounts.quotas.used(user.id).minutes_a_day, 2) == 0.03, "deleting gives nothing back"
