"""Logging in, by whichever way: the same work and the same words whatever is wrong."""

from flask import request

from engine.accounts.audit import Action
from engine.accounts.users import User
from engine.errors import AppError, Code
from engine.metrics import LOGINS
from engine.text import label
from engine.web.audit import note
from engine.web.auth.proof import accounts


def log_in(email: str, password: str) -> User:
    """Whose email and password these are. Raises UNAUTHORIZED, RATE_LIMITED."""
    found = accounts().users.verified(email, password)
    if found is None:
        note(Action.LOGIN_FAILED, email[:255])
        LOGINS.add(outcome="failed")
        raise AppError(Code.UNAUTHORIZED, "login_failed")
    accounts().users.seen(found)
    LOGINS.add(outcome="ok")
    return found


def program() -> str:
    """What the program that asks calls itself, for the list of where somebody is logged in."""
    return label(request.headers.get("User-Agent", ""))[:200]
