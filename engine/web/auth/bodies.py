"""What is sent to the routes of accounts, and what they answer."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.accounts.emails import MAX_EMAIL
from engine.errors import invalid
from engine.parameters import problems_of

M = TypeVar("M", bound=BaseModel)

MAX_SENT = 2000
"""Letters of a password that is looked at at all; which are taken, `check_password` says."""


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LoginBody(Body):
    email: str = Field(max_length=MAX_EMAIL * 2, description="Email address of the user.")
    password: str = Field(max_length=MAX_SENT, description="Password of the user.")


class TokensBody(Body):
    """Answer of a login."""

    access_token: str = Field(description="Goes into the Authorization header of each request: `Bearer TOKEN`.")
    refresh_token: str = Field(description="Gives the next two tokens, once.")
    expires_in: int = Field(description="Seconds until the access token ends.")
    token_type: str = Field("Bearer", description="Always Bearer.")


class UserBody(Body):
    id: str = Field(description="Id of the user.")
    email: str = Field(description="Email address of the user.")
    role: str = Field(description="What the user may do: user or admin.")
    plan: str = Field(description="Plan of the user, which says how much they may use.")


def read(model: type[M], body: Any) -> M:
    """What was sent, as this. Raises INVALID_INPUT naming every field that is wrong."""
    if not isinstance(body, dict):
        raise invalid("params_not_object")
    try:
        return model.model_validate(body)
    except ValidationError as error:
        problems = problems_of(error)
        raise invalid("invalid_params", detail={"fields": problems[:50]}, problems=problems[:5]) from None
