"""What bodies, queries and answers of every operation have in common."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class RequestModel(BaseModel):
    """What a client sends: nothing besides what is known."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, defer_build=True)


class AnswerModel(BaseModel):
    """What is answered; later versions may add to it."""

    model_config = ConfigDict(allow_inf_nan=False, defer_build=True)


class Error(AnswerModel):
    """Why something was refused or went wrong."""

    code: str = Field(description="What kind of error it is, for programs: INVALID_INPUT, NOT_FOUND, RATE_LIMITED, ….")
    message: str = Field(description="What happened, for people.")
    detail: dict[str, Any] = Field(
        {}, description="More of it: `key` and `values` of the sentence, `fields` that are wrong, and so on."
    )


class CursorPage(AnswerModel, Generic[T]):
    """A part of a list."""

    items: list[T] = Field(description="The part, in the order of the list.")
    next_cursor: str | None = Field(
        None, description="Where the next part begins: `cursor` of the next request. None at the end of the list."
    )


CURSOR = Field(None, max_length=400, description="`next_cursor` of the part before; none for the first part.")
LIMIT = Field(50, ge=1, le=200, description="How many at most.")
URLS_EXPIRE = Field(
    None,
    description="Until when the addresses of files in here are good without a login, Unix seconds; None where nobody "
    "has to log in, or the token that asks may not read.",
)
