"""What `/mix` can be asked for."""

from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from engine.mix.levels import parse_levels
from engine.parameters import AudioInput, OutputParams


class MixParams(OutputParams):
    text_field: ClassVar[str | None] = "levels"

    source: AudioInput = Field(
        title="Track",
        description="A track with stems.",
        json_schema_extra={"choose": "Choose a track that was split", "library": True},
    )
    levels: str = Field(
        "",
        max_length=2000,
        title="Levels",
        description=(
            "Stems with gain (0 to 2) and pan (-1 to 1): drums=0.8 bass vocals=1@-0.25. Stems you leave out "
            "are silent; if you name none, all play at 1."
        ),
    )
    from_s: float = Field(
        0.0, ge=0, title="From", description="Start of the mix in the track.", json_schema_extra={"unit": "s"}
    )
    to_s: float | None = Field(
        None,
        gt=0,
        title="To",
        description="End of the mix in the track.",
        json_schema_extra={"unit": "s", "labels": {"null": "End"}},
    )

    @field_validator("levels")
    @classmethod
    def _levels(cls, text: str) -> str:
        try:
            parse_levels(text)
        except ValueError:
            raise PydanticCustomError("mix_levels", "not levels") from None
        return text

    @field_validator("to_s")
    @classmethod
    def _order(cls, to_s: float | None, others: ValidationInfo) -> float | None:
        from_s = others.data.get("from_s", 0.0)
        if to_s is not None and to_s <= from_s:
            raise PydanticCustomError("mix_region", "ends before it begins", {"from_s": from_s})
        return to_s
