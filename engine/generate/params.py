"""What `/generate` can be asked for."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field
from pydantic.config import JsonDict

from engine.generate.models import CHOICES, COMPOSER, MELODY, MUSICGEN, OFFERED, OWN, PRECISIONS, STYLE
from engine.parameters import MAX_TEXT, AudioInput, OutputParams

if TYPE_CHECKING:
    ModelId = str
    Precision = str
else:
    ModelId = Literal[CHOICES]
    Precision = Literal[PRECISIONS]

_LANGUAGE_MODELS: JsonDict = {"shown_when": {"model": list(MUSICGEN)}}
_STYLE: JsonDict = {"shown_when": {"model": [STYLE, OWN]}}


class GenerateParams(OutputParams):
    text_field: ClassVar[str | None] = "prompt"

    prompt: str = Field(
        min_length=1,
        max_length=MAX_TEXT,
        title="Prompt",
        description="The music in words: style, mood, tempo, instruments.",
    )
    model: ModelId = Field(
        COMPOSER,
        title="Model",
        description="composer writes a score and plays it; it needs no download. The others are language models that "
        "make sound itself; they are downloaded on first use.",
        json_schema_extra={"labels": {name: model.label for name, model in OFFERED.items()}},
    )
    own_model: str = Field(
        "",
        max_length=100,
        pattern=r"^[^/\\]*$",
        title="Own model",
        description="Folder inside the models folder that holds state_dict.bin and compression_state_dict.bin of "
        "yours.",
        json_schema_extra={"shown_when": {"model": [OWN]}},
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
    loop_mode: bool = Field(
        False,
        title="Loop",
        description="Ends where it begins, to be repeated without a seam.",
        json_schema_extra={"shown_when": {"model": [COMPOSER]}},
    )
    stems: bool = Field(
        False,
        title="Stems",
        description="Drums, bass, melody and harmony are written as files of their own as well.",
        json_schema_extra={"shown_when": {"model": [COMPOSER]}},
    )
    stem_split: Literal["off", "all", "vocals", "drums", "bass", "other"] = Field(
        "off",
        title="Split when done",
        description="The finished track is taken apart by /split: into all stems, or one of them.",
    )
    audio_prompt: AudioInput | None = Field(
        None,
        title="Audio reference",
        description="Tempo, key and melody are taken over from this clip; what the prompt says comes first. Of the "
        "language models those for melodies hear its melody, and style hears its style.",
        json_schema_extra={"shown_when": {"model": [COMPOSER, *MELODY, STYLE, OWN]}},
    )
    style_s: float = Field(
        3.0,
        ge=1.5,
        le=4.5,
        title="Heard of the style",
        description="How much of the reference the style model hears; the seed draws from where.",
        json_schema_extra={**_STYLE, "unit": "s", "step": 0.1},
    )
    style_codebooks: int = Field(
        3,
        ge=1,
        le=6,
        title="Likeness",
        description="How closely the style is described: 1 is the loosest likeness, 6 the closest.",
        json_schema_extra={**_STYLE, "step": 1},
    )
    style_beta: float = Field(
        5.0,
        ge=1,
        le=10,
        title="Words over style",
        description="How much more the prompt counts than the style of the reference; 1 treats both alike.",
        json_schema_extra={**_STYLE, "step": 0.1},
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
    continuation_mode: Literal["append", "continue"] = Field(
        "append",
        title="How it goes on",
        description="append plays something new after the clip, at its loudness; continue lets the model hear the end "
        "of the clip and go on from there.",
        json_schema_extra=_LANGUAGE_MODELS,
    )
    prompt_s: float = Field(
        8.0,
        ge=0.5,
        le=25,
        title="Heard of the clip",
        description="How much of the clip's end the model hears when it continues.",
        json_schema_extra={**_LANGUAGE_MODELS, "unit": "s", "step": 0.5, "advanced": True},
    )
    auto_tune: bool = Field(
        True,
        title="Auto-tune",
        description="Sets temperature and CFG, and shortens the duration, as suits the size of the model and Top P or "
        "Top K. What you set yourself is left alone; the record tells what was changed.",
        json_schema_extra=_LANGUAGE_MODELS,
    )
    mbd: bool = Field(
        False,
        title="Multi-Band Diffusion",
        description="The sound is made from the codes by diffusion instead of the codec's decoder: cleaner, and many "
        "times slower. For the models of 32 kHz.",
        json_schema_extra=_LANGUAGE_MODELS,
    )
    variations: int = Field(
        1,
        ge=1,
        le=8,
        title="Variations",
        description="So many different results of one seed, made side by side.",
        json_schema_extra={**_LANGUAGE_MODELS, "step": 1},
    )
    unconditional: bool = Field(
        False,
        title="Without the prompt",
        description="The model plays what it likes; the prompt only gives the title.",
        json_schema_extra={**_LANGUAGE_MODELS, "advanced": True},
    )
    to_stereo: bool = Field(
        True,
        title="Two channels",
        description="A sound of one channel is written as two equal ones.",
        json_schema_extra=_LANGUAGE_MODELS,
    )
    loudness: Literal["loudness", "peak", "rms", "clip", "none"] = Field(
        "loudness",
        title="Loudness",
        description="How the level is set: loudness by LUFS with a true peak of at most -1 dBTP, peak by the highest "
        "sample, rms by the mean power; clip and none change nothing.",
        json_schema_extra={**_LANGUAGE_MODELS, "advanced": True},
    )
    headroom_db: float = Field(
        18.0,
        ge=0,
        le=40,
        title="Headroom",
        description="How far under full scale that level lies: 18 is -18 LUFS.",
        json_schema_extra={**_LANGUAGE_MODELS, "unit": "dB", "step": 0.5, "advanced": True},
    )
    extend_stride_s: float = Field(
        18.0,
        ge=1,
        le=29,
        title="Window stride",
        description="Beyond the length that a model hears at once, how far each further window moves on; the rest is "
        "heard again. AudioGen's windows of 10 s move on by 2 s at most.",
        json_schema_extra={**_LANGUAGE_MODELS, "unit": "s", "step": 1, "advanced": True},
    )
    two_step_cfg: bool = Field(
        False,
        title="Guidance in two passes",
        description="Prompt and null condition are read one after the other, as in training; slower.",
        json_schema_extra={**_LANGUAGE_MODELS, "advanced": True},
    )
    precision: Precision = Field(
        "auto",
        title="Precision",
        description="Numbers that the model computes with. auto is int8 on a processor, with its error measured and "
        "told in the record, and fp16 on a GPU; fp32 is exact.",
        json_schema_extra={**_LANGUAGE_MODELS, "advanced": True},
    )
    fall_back: bool = Field(
        True,
        title="Make do with less",
        description="When memory runs out, try again with smaller numbers, then on the processor; the record tells.",
        json_schema_extra={**_LANGUAGE_MODELS, "advanced": True},
    )


def follow_ups(params: GenerateParams) -> list[dict[str, Any]]:
    """The jobs that are to follow: a split, where one is wished."""
    return [] if params.stem_split == "off" else [{"command": "split", "params": {"stems": params.stem_split}}]
