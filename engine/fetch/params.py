"""What `/fetch` can be asked for."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from engine.models import MODELS
from engine.parameters import Params

_FETCHABLE = {model.id: model for model in MODELS.values() if model.fetchable}

if TYPE_CHECKING:
    ModelId = str
else:
    ModelId = Literal[tuple(_FETCHABLE)]


def _as_typed(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class FetchParams(Params):
    text_field: ClassVar[str | None] = "model"

    model: Annotated[ModelId, BeforeValidator(_as_typed)] = Field(
        title="Model",
        description="The model to download; one you already have is checked.",
        json_schema_extra={"labels": {id_: model.label for id_, model in _FETCHABLE.items()}},
    )
