"""Who asks for something."""

from dataclasses import dataclass
from enum import StrEnum

from engine.owner import LOCAL


class Role(StrEnum):
    USER = "user"
    ADMIN = "admin"


@dataclass(frozen=True)
class Caller:
    """A user's id and role; `plan` says how much they may use, `scopes` what a program's token is good for, None for
    everything. `token`: the id of the token or session that proves it."""

    user: str
    role: Role = Role.USER
    plan: str = "standard"
    scopes: frozenset[str] | None = None
    token: str | None = None


LOCAL_CALLER = Caller(LOCAL, Role.ADMIN)
