"""Routes whose success is kept in the audit log, besides those that say it by themselves."""

import time
from typing import Any

from flask import Flask, Response, g, request
from sqlalchemy import select

from engine.accounts.audit import Action
from engine.accounts.quotas import DAY_S
from engine.database import tracks
from engine.web.audit import note
from engine.web.me import application

ROUTES = {
    ("POST", "/api/jobs"): Action.JOB_SUBMITTED,
    ("POST", "/api/batches"): Action.JOB_SUBMITTED,
    ("POST", "/api/v1/jobs"): Action.JOB_SUBMITTED,
    ("POST", "/api/v1/batches"): Action.JOB_SUBMITTED,
    ("POST", "/api/v1/audio-generation/sequential"): Action.JOB_SUBMITTED,
    ("POST", "/v1/audio/speech"): Action.JOB_SUBMITTED,
    ("POST", "/api/batches/<identity>/retry"): Action.JOB_SUBMITTED,
    ("POST", "/api/v1/batches/<batch_id>/retry"): Action.JOB_SUBMITTED,
    ("POST", "/api/jobs/<identity>/retry"): Action.JOB_SUBMITTED,
    ("POST", "/api/v1/jobs/<job_id>/retry"): Action.JOB_SUBMITTED,
    ("POST", "/api/jobs/<identity>/cancel"): Action.JOB_CANCELED,
    ("POST", "/api/batches/<identity>/cancel"): Action.JOB_CANCELED,
    ("POST", "/api/v1/jobs/<job_id>/cancel"): Action.JOB_CANCELED,
    ("POST", "/api/v1/batches/<batch_id>/cancel"): Action.JOB_CANCELED,
    ("POST", "/api/queue/cancel-waiting"): Action.JOB_CANCELED,
    ("DELETE", "/api/jobs/<job_id>"): Action.JOB_DELETED,
    ("DELETE", "/api/v1/jobs/<job_id>"): Action.JOB_DELETED,
    ("DELETE", "/api/uploads/<upload_id>"): Action.UPLOAD_DELETED,
    ("DELETE", "/api/v1/uploads/<upload_id>"): Action.UPLOAD_DELETED,
}
TRACKS = frozenset(("/api/tracks/<track_id>", "/api/v1/tracks/<track_id>"))
"""Whose PATCH may let everybody see a track."""
DELETING = frozenset(("/api/tracks", "/api/tracks/<track_id>", "/api/v1/tracks/<track_id>"))
"""Whose DELETE takes tracks away."""
TARGETS = ("job_id", "batch_id", "id")
"""Fields of an answer that name what was made."""


def attach(app: Flask) -> None:
    app.before_request(_before)
    app.after_request(_after)


def _rule() -> str:
    return request.url_rule.rule if request.url_rule else ""


def _deletes() -> bool:
    return request.method == "DELETE" and _rule() in DELETING and g.get("caller") is not None


def _before() -> None:
    if _deletes():
        g.there = _tracks(g.caller.user, **(request.view_args or {}))


def _after(response: Response) -> Response:
    if response.status_code < 400:
        if _deletes():
            left = _tracks(g.caller.user, **(request.view_args or {}))
            for track_id, facts in g.there.items():
                if track_id not in left:
                    note(Action.TRACK_DELETED, track_id, **facts)
        elif action := ROUTES.get((request.method, _rule())) or _published():
            _note(action, response)
    return response


def _published() -> Action | None:
    sent = request.get_json(silent=True) if request.method == "PATCH" and _rule() in TRACKS else None
    public = sent.get("public") if isinstance(sent, dict) else None
    return None if public is None else Action.TRACK_PUBLISHED if public else Action.TRACK_HIDDEN


def _note(action: Action, response: Response) -> None:
    said: Any = response.get_json(silent=True) if response.is_json else None
    told = [str(said[name]) for name in TARGETS if isinstance(said, dict) and name in said]
    note(action, next(iter([*(request.view_args or {}).values(), *told]), ""))


def _tracks(user: str, track_id: str | None = None) -> dict[str, dict[str, float]]:
    """What there is of a user, or this alone; of what was made within a day, with what the day's quota counts."""
    query = select(tracks.c.id, tracks.c.duration_s, tracks.c.created_at).where(tracks.c.user == user)
    if track_id is not None:
        query = query.where(tracks.c.id == track_id)
    since = time.time() - DAY_S
    with application().database.read() as connection:
        rows = connection.execute(query).all()
    return {
        row.id: {"duration_s": row.duration_s, "created_at": row.created_at} if row.created_at >= since else {}
        for row in rows
    }
