"""What the server tells of itself."""

from typing import Any

from pydantic import Field

from engine.web.v1.models import AnswerModel


class Health(AnswerModel):
    ok: bool = Field(description="True: the server answers.")


class Ready(AnswerModel):
    """Whether jobs can be taken and done."""

    ok: bool = Field(description="Everything below is well.")
    database: bool = Field(description="The database answers.")
    folder: bool = Field(description="The output folder can be written to.")
    workers: bool = Field(description="Workers run, or can be started.")
    broker: bool | None = Field(description="The broker answers; null where there is no cluster.")
    storage: bool | None = Field(description="The bucket answers; null where sounds lie in the folder.")


class CommandInfo(AnswerModel):
    """What can be asked for."""

    name: str = Field(description="Its name.")
    summary: str = Field(description="What it does.")
    text_field: str | None = Field(description="The parameter that free text fills.")
    params: dict[str, Any] = Field(description="JSON Schema of its parameters.")


class Commands(AnswerModel):
    items: list[CommandInfo] = Field(description="Those of the program, then those of plug-ins.")


class ModelInfo(AnswerModel):
    """A model that commands may use."""

    id: str = Field(description="Its id.")
    licence: str = Field(description="Its licence.")
    commercial_use: bool = Field(description="Whether that allows commercial use.")
    bytes: int | None = Field(description="Size of its files; None where that is not known.")
    installed: bool = Field(description="Whether it is in the models folder.")
    fetchable: bool = Field(description="Whether it can be fetched on first use.")


class Models(AnswerModel):
    items: list[ModelInfo] = Field(description="The catalogue, in its order.")
