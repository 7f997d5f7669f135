"""What the operations of accounts take and answer."""

from typing import Literal

from pydantic import Field

from engine.accounts.caller import Role
from engine.accounts.emails import MAX_EMAIL
from engine.web.auth.access import Scope
from engine.web.v1.models import CURSOR, LIMIT, AnswerModel, CursorPage, RequestModel

MAX_SENT = 2000
"""Letters of a password that is looked at at all; which are taken, `check_password` says."""
MAX_PLAN = 32

EMAIL = Field(max_length=2 * MAX_EMAIL, description="Email address of the user.")
PASSWORD = Field(max_length=MAX_SENT, description="Password of the user.")
ID = Field(description="Its id.")
CREATED = Field(description="When it was made.")
ENDS = Field(description="When it ends; None for never.")
USED = Field(description="When it was last used, within a minute; None for never.")


class Login(RequestModel):
    """Who wants to log in."""

    email: str = EMAIL
    password: str = PASSWORD


class Tokens(AnswerModel):
    """What a login gives."""

    access_token: str = Field(description="Goes into the Authorization header of each request: `Bearer TOKEN`.")
    refresh_token: str = Field(description="Gives the next two tokens, once.")
    expires_in: int = Field(description="Seconds until the access token ends.")
    token_type: Literal["Bearer"] = Field(description="Always Bearer.")


class Registration(RequestModel):
    """Who was invited, and makes an account."""

    invitation: str = Field(max_length=200, description="Secret of the invitation, from its link.")
    email: str = EMAIL
    password: str = PASSWORD


class Account(AnswerModel):
    """A user."""

    id: str = Field(description="Id of the user.")
    email: str = Field(description="Email address of the user.")
    role: Role = Field(description="What they may do: user or admin.")
    plan: str = Field(description="Plan, which says how much they may use.")


class Amounts(AnswerModel):
    """How much of each thing that a plan limits."""

    jobs_waiting: int | None = Field(description="Jobs that wait at the same time.")
    minutes_a_day: float | None = Field(description="Minutes of sound made within 24 hours.")
    gigabytes: float | None = Field(description="Gigabytes (10^9 bytes) of tracks, stems and uploads kept.")


class Me(Account):
    """The user who asks."""

    used: Amounts = Field(description="What they use now.")
    allowed: Amounts = Field(description="What they may use at most; None for no limit.")
    scopes: list[Scope] | None = Field(description="What the token that asks is good for; None for everything.")


class PasswordChange(RequestModel):
    """Another password."""

    password: str = Field(max_length=MAX_SENT, description="Password as it is.")
    new_password: str = Field(max_length=MAX_SENT, description="Password as it shall be.")


class NewToken(RequestModel):
    """A token for a program."""

    name: str = Field(min_length=1, max_length=200, description="What it is for.")
    scopes: list[Scope] = Field(
        min_length=1,
        max_length=len(Scope),
        description="What it is good for: `read`, to look at things; `jobs`, to upload and to ask for jobs; `write`, "
        "to change and delete; `admin`, to manage users.",
    )
    days: int | None = Field(
        None, ge=1, le=3650, description="How long it is good; None for as long as it is not deleted."
    )


class ProgramToken(AnswerModel):
    """A token of a program, without its secret."""

    id: str = ID
    name: str = Field(description="What it is for.")
    scopes: list[Scope] = Field(description="What it is good for.")
    created_at: float = CREATED
    expires_at: float | None = ENDS
    used_at: float | None = USED


class MadeToken(ProgramToken):
    """A token that was made now."""

    token: str = Field(description="The token itself, which is told this once.")


class ProgramTokens(AnswerModel):
    """Tokens of programs."""

    items: list[ProgramToken] = Field(description="All that are good now, the newest first.")


class Session(AnswerModel):
    """Where somebody is logged in."""

    id: str = ID
    kind: Literal["session", "login"] = Field(description="`session`: a page; `login`: a program, by access tokens.")
    name: str = Field(description="What browser or program it says it is.")
    created_at: float = CREATED
    expires_at: float | None = ENDS
    used_at: float | None = USED
    current: bool = Field(description="Whether it is the one that asks.")


class Sessions(AnswerModel):
    """Where somebody is logged in."""

    items: list[Session] = Field(description="All that are good now, the newest first.")


class NewInvitation(RequestModel):
    """Somebody who may come."""

    email: str | None = Field(None, max_length=2 * MAX_EMAIL, description="Whom alone it is for; None for anybody.")
    role: Role = Field(Role.USER, description="What they may do: user or admin.")
    plan: str = Field("standard", max_length=MAX_PLAN, description="Plan, which says how much they may use.")
    days: int = Field(7, ge=1, le=365, description="How long it is good.")


class OpenInvitation(AnswerModel):
    """An invitation that was not used yet, without its secret."""

    id: str = ID
    email: str | None = Field(description="Whom alone it is for; None for anybody.")
    role: Role = Field(description="What they may do: user or admin.")
    plan: str = Field(description="Plan, which says how much they may use.")
    invited_by: str = Field(description="Id of the administrator.")
    created_at: float = CREATED
    expires_at: float = Field(description="When it ends.")


class MadeInvitation(OpenInvitation):
    """An invitation that was made now."""

    link: str = Field(description="Where they go, with its secret, which is told this once.")


class OpenInvitations(AnswerModel):
    """Invitations that were not used yet."""

    items: list[OpenInvitation] = Field(description="All that are good now, the newest first.")


class KnownUser(Account):
    """A user, as administrators see them."""

    created_at: float = CREATED
    seen_at: float | None = Field(description="When they last logged in; None for never.")
    disabled_at: float | None = Field(description="Since when they may not log in; None for who may.")


class KnownUsers(AnswerModel):
    """All users."""

    items: list[KnownUser] = Field(description="All of them, the oldest first.")


class UserChange(RequestModel):
    """What of a user shall be otherwise."""

    role: Role | None = Field(None, description="What they may do: user or admin.")
    plan: str | None = Field(None, max_length=MAX_PLAN, description="Plan, which says how much they may use.")
    disabled: bool | None = Field(None, description="Whether they may not log in.")


class AuditQuery(RequestModel):
    """Which part of the audit log."""

    user: str | None = Field(None, max_length=64, description="Id of the user who did it.")
    cursor: str | None = CURSOR
    limit: int = LIMIT


class AuditRow(AnswerModel):
    """Who did what."""

    id: str = ID
    created_at: float = Field(description="When it was done.")
    user: str | None = Field(description="Id of the user; None for nobody that was logged in, and the command line.")
    action: str = Field(description="What was done: `login`, `track.deleted`, ….")
    target: str = Field(description="To what: an id, mostly.")
    payload: dict[str, object] = Field(description="More of it.")
    request_id: str | None = Field(description="Id of the request.")
    address: str | None = Field(description="Where it came from.")


class AuditPage(CursorPage[AuditRow]):
    """A part of the audit log, the newest first."""
