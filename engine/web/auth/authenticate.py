"""Before every request: who it comes from, and whether they may."""

from flask import g, request
from werkzeug.exceptions import MethodNotAllowed

from engine.accounts import Caller
from engine.errors import AppError, Code
from engine.web.auth.access import PUBLIC, SAFE, check_scope, submits, uploads
from engine.web.auth.proof import TERMINAL, accounts, bearer, check_csrf, of_cookie, of_token
from engine.web.auth.signing import by_address


def authenticate() -> None:
    """Set `g.caller`. Raises UNAUTHORIZED for nobody where somebody is wanted, and FORBIDDEN.

    A route that anybody may ask has a caller only where one is proved. A token counts for more than a signed address,
    which any request may bear; a cookie counts for nothing beside one.
    """
    if request.url_rule is not None and request.url_rule.rule in PUBLIC:
        return
    if request.path in PUBLIC and isinstance(request.routing_exception, MethodNotAllowed):
        return  # which is the answer, whoever asks
    if bearer() is None and (found := by_address()):
        g.caller = found
        return
    g.caller = proved_caller()
    if g.caller.token != TERMINAL.token:
        accounts().credentials.used(g.caller.token)


def proved_caller() -> Caller:
    """Who proves to be somebody, by token or cookie. Raises UNAUTHORIZED, FORBIDDEN."""
    token = bearer()
    if token is not None:
        found = of_token(token)
        check_scope(found, request.method, request.path)
        return found
    session = of_cookie()
    if session is None:
        raise AppError(Code.UNAUTHORIZED, "login_wanted")
    found, secret = session
    if request.method not in SAFE:
        check_csrf(secret)
    return found


def check_quotas() -> None:
    """Raises RATE_LIMITED for jobs and uploads of somebody who has used what they may."""
    who = g.get("caller")
    if who is not None and submits(request.method, request.path):
        accounts().quotas.check_job(who)
    elif who is not None and uploads(request.method, request.path):
        accounts().quotas.check_upload(who, request.content_length or 0)
