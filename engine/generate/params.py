"""What `/generate` can be asked for."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.parameters import MAX_TEXT, AudioInput, OutputParams, Params


class GenerateParams(OutputParams):
    text_field: ClassVar[str | None] = "prompt"

    prompt: str = Field(
        min_length=1,
        max_length=MAX_TEXT,
        title="Prompt",
        description="The music in words: style, mood, tempo, instruments.",
    )
    model: Literal["composer"] = Field(
        "composer", title="Model", description="composer writes a score and plays it; it needs no download."
    )
    duration: float = Field(
        30.0,
        ge=1,
        le=600,
        title="Duration",
        description="Length in seconds, exact to the sample.",
        json_schema_extra={"unit": "s", "step": 1},
    )
    temperature: float = Field(
        1.2,
        ge=0.1,
        le=2,
        title="Temperature",
        description="Below 1 plays safe, above 1 surprises.",
        json_schema_extra={"step": 0.01},
    )
    top_k: int = Field(
        250,
        ge=0,
        le=250,
        title="Top K",
        description="Choose among the K likeliest; 0 is all. Off while Top P is on.",
        json_schema_extra={"step": 1},
    )
    top_p: float = Field(
        0.67,
        ge=0,
        le=1,
        title="Top P",
        description="Choose among the likeliest that make up this share; 0 turns it off.",
        json_schema_extra={"step": 0.01},
    )
    cfg_coef: float = Field(
        4.0,
        ge=1,
        le=10,
        title="CFG",
        description="How strictly the prompt is followed.",
        json_schema_extra={"step": 0.1},
    )
    seed: int = Field(
        -1,
        ge=-1,
        le=99_999_999,
        title="Seed",
        description="The same seed gives the same music; -1 draws one.",
        json_schema_extra={"step": 1},
    )
    loop_mode: bool = Field(False, title="Loop", description="Ends where it begins, to be repeated without a seam.")
    stems: bool = Field(
        False, title="Stems", description="Drums, bass, melody and harmony are written as files of their own as well."
    )
    stem_split: Literal["off", "all", "vocals", "drums", "bass", "other"] = Field(
        "off",
        title="Split when done",
        description="The finished track is taken apart by /split: into all stems, or one of them.",
    )
    audio_prompt: AudioInput | None = Field(
        None,
        title="Melody reference",
        description="Tempo, key and melody are taken over from this clip; what the prompt says comes first.",
    )
    continuation_source: AudioInput | None = Field(
        None,
        title="Append to a clip",
        description="The clip comes first; the new part follows in its tempo, key and loudness. Duration counts the "
        "new part alone.",
    )
    crossfade_s: float = Field(
        0.0,
        ge=0,
        le=10,
        title="Cross-fade",
        description="How long the end of the clip and the beginning of the new part overlap.",
        json_schema_extra={"unit": "s", "step": 0.1, "advanced": True},
    )


def follow_ups(params: Params) -> list[dict[str, Any]]:
    """The jobs that are to follow: a split, where one is wished."""
    wish = getattr(params, "stem_split", "off")
    return [] if wish == "off" else [{"command": "split", "params": {"stems": wish}}]
