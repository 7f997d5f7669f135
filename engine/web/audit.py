"""The one call by which routes and sockets say who did what."""

from typing import Any

from flask import g, request

from engine.accounts.audit import Action
from engine.trace import request_id
from engine.web.me import application


def note(action: Action, target: str, *, user: str | None = None, **payload: Any) -> None:
    """Keep it, with who asks now, from where, and the request's id; `user`: who logs in only now."""
    known = application().accounts
    if known is not None:
        who = user or (g.caller.user if g.get("caller") else None)
        known.audit.note(
            action, target, user=who, request_id=request_id(), address=request.remote_addr, payload=payload
        )


SOCKETS = {
    "command": Action.JOB_SUBMITTED,
    "batch": Action.JOB_SUBMITTED,
    "retry": Action.JOB_SUBMITTED,
    "batch_retry": Action.JOB_SUBMITTED,
    "cancel": Action.JOB_CANCELED,
    "batch_cancel": Action.JOB_CANCELED,
    "cancel_waiting": Action.JOB_CANCELED,
}
"""What is kept of what pages ask for over their sockets; `engine.web.auth.audited` has the routes."""


def note_asked(name: str, body: Any, answer: Any) -> None:
    """Keep that a page asked so, where that is kept."""
    if action := SOCKETS.get(name):
        named = [part for part in (answer, body) if isinstance(part, dict)]
        targets = (str(part[field]) for part in named for field in ("job_id", "batch_id") if field in part)
        note(action, next(targets, ""))
