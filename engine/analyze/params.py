"""What `/analyze` can be asked for."""

from pydantic import Field

from engine.tag.params import SEPARATORS, ListenParams, Separator


class AnalyzeParams(ListenParams):
    stems: bool = Field(
        True,
        title="Stems",
        description=(
            "Split the track and listen to its stems too, which the result then has. Off: only listen to the "
            "whole, which is much faster."
        ),
    )
    separator: Separator = Field(
        "htdemucs",
        title="Separation model",
        description="The model that makes the stems; downloaded on first use where available.",
        json_schema_extra={"labels": {**SEPARATORS}, "shown_when": {"stems": True}},
    )
