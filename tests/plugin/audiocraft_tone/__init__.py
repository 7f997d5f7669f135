"""A plug-in as others may write one: `/tone`. The server imports this module, so nothing heavy is imported here."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from engine.command import Command, Lane
from engine.parameters import OutputParams


class ToneParams(OutputParams):
    text_field: ClassVar[str | None] = "name"

    name: str = Field("tone", max_length=100, title="Name", description="What the record calls it.")
    frequency_hz: float = Field(
        440.0,
        ge=20,
        le=20_000,
        title="Frequency",
        description="How high it is.",
        json_schema_extra={"unit": "Hz"},
    )


COMMAND = Command(
    name="tone",
    summary="Make a pure tone.",
    params=ToneParams,
    runner="audiocraft_tone.run:run",
    lane=lambda params: Lane.LIGHT,
    device_key=lambda params: "none",
    catalogues=Path(__file__).parent / "i18n",
)
