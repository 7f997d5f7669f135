"""Tokens of programs, and where one is logged in. Only where there are accounts."""

from engine.accounts.audit import Action
from engine.accounts.caller import Role
from engine.accounts.credentials import DAY_S, Kind
from engine.errors import AppError, Code, invalid
from engine.text import label
from engine.web.audit import note
from engine.web.auth.access import OWN, Scope
from engine.web.auth.proof import PREFIX, accounts
from engine.web.me import caller
from engine.web.v1.account_models import MadeToken, NewToken, ProgramToken, ProgramTokens, Session, Sessions
from engine.web.v1.ground import Ground
from engine.web.v1.login import TAG
from engine.web.v1.operations import Answer, Surface

MOST = 100
"""Tokens of programs that one user may have."""
_BELOW = OWN.removeprefix("/api/v1")
GONE = {204: Answer(said="It is good no longer.")}


def add(surface: Surface, _ground: Ground) -> None:
    @surface.on("GET", f"{_BELOW}/tokens", TAG, {200: Answer(ProgramTokens)})
    def list_tokens() -> ProgramTokens:
        """One's tokens for programs."""
        found = accounts().credentials.of(caller().user, Kind.PROGRAM)
        return ProgramTokens(items=[ProgramToken.model_validate(vars(one)) for one in found])

    @surface.on("POST", f"{_BELOW}/tokens", TAG, {201: Answer(MadeToken)}, body=NewToken)
    def create_token(body: NewToken) -> MadeToken:
        """Make a token for a program."""
        who, credentials = caller(), accounts().credentials
        if Scope.ADMIN in body.scopes and who.role is not Role.ADMIN:
            raise AppError(Code.FORBIDDEN, "admin_only")
        if len(credentials.of(who.user, Kind.PROGRAM)) >= MOST:
            raise invalid("tokens_full", limit=MOST)
        name = label(body.name)
        lasts_s = None if body.days is None else body.days * DAY_S
        scopes = sorted(set(body.scopes))
        made, secret = credentials.add(who.user, Kind.PROGRAM, name=name, scopes=scopes, lasts_s=lasts_s, prefix=PREFIX)
        note(Action.TOKEN_MADE, made.id, name=name, scopes=scopes)
        return MadeToken(token=secret, **ProgramToken.model_validate(vars(made)).model_dump())

    @surface.on("DELETE", f"{_BELOW}/tokens/<token_id>", TAG, GONE, errors=(Code.NOT_FOUND,))
    def delete_token(token_id: str) -> None:
        """Delete a token of a program."""
        _revoke(token_id, Kind.PROGRAM)
        note(Action.TOKEN_REVOKED, token_id)

    @surface.on("GET", f"{_BELOW}/sessions", TAG, {200: Answer(Sessions)})
    def list_sessions() -> Sessions:
        """Where one is logged in."""
        who = caller()
        found = accounts().credentials.of(who.user, Kind.SESSION, Kind.LOGIN)
        return Sessions(items=[Session.model_validate({**vars(one), "current": one.id == who.token}) for one in found])

    @surface.on("DELETE", f"{_BELOW}/sessions/<session_id>", TAG, GONE, errors=(Code.NOT_FOUND,))
    def end_session(session_id: str) -> None:
        """Log out somewhere else."""
        _revoke(session_id, Kind.SESSION, Kind.LOGIN)
        note(Action.SESSION_REVOKED, session_id)


def _revoke(identity: str, *kinds: Kind) -> None:
    who, credentials = caller(), accounts().credentials
    if identity not in {one.id for one in credentials.of(who.user, *kinds)}:
        raise AppError(Code.NOT_FOUND, "token_not_found")
    credentials.revoke(who.user, identity)
