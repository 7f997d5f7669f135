"""Presets as programs send and read them."""

from typing import Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from engine.match.style import StyleParams
from engine.web.v1.models import CURSOR, LIMIT, AnswerModel, RequestModel

_NAME = Field(min_length=1, max_length=200, description="Its name: each of a user's presets has another one.")
_PARAMS = "Some of the command's parameters; who uses the preset gives the rest."
_STYLE = "For a preset of match: the style, as `GET /tracks/{id}/match` tells it."


class NewPreset(RequestModel):
    """A preset to keep: `style_params` for a match, or a `command` with `params`."""

    name: str = _NAME
    style_params: StyleParams | None = Field(None, description=_STYLE)
    command: str | None = Field(None, max_length=40, description="The command that it is for.")
    params: dict[str, Any] | None = Field(None, description=_PARAMS)
    public: bool = Field(False, description="Whether everybody on this server may use it.")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.style_params is None) is (self.command is None) or (self.params is not None and not self.command):
            raise PydanticCustomError("preset_form", "either style_params, or command and params")
        return self


class PresetChange(RequestModel):
    """What is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=200, description="Another name.")
    style_params: StyleParams | None = Field(None, description=_STYLE)
    params: dict[str, Any] | None = Field(None, description=_PARAMS)
    public: bool | None = Field(None, description="Whether everybody on this server may use it.")


class PresetsQuery(RequestModel):
    cursor: str | None = CURSOR
    limit: int = LIMIT
    command: str | None = Field(None, max_length=40, description="Only those of this command.")
    public: bool = Field(False, description="Those that are public, whoever's, in place of your own.")


class PresetView(AnswerModel):
    """Parameters of a command under a name."""

    id: str = Field(description="Its id.")
    name: str = _NAME
    command: str = Field(description="The command that it is for.")
    params: dict[str, Any] = Field(description=_PARAMS)
    style_params: dict[str, Any] | None = Field(description="Of a preset of match: the style.")
    public: bool = Field(description="Whether everybody on this server may use it.")
    mine: bool = Field(description="Whether it is yours to change.")
    created_at: float = Field(description="When it was made, Unix seconds.")
    updated_at: float = Field(description="When it was changed last, Unix seconds.")
