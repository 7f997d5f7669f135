"""The one call by which routes say who did what."""

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
