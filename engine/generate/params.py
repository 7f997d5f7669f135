"""What `/generate` can be asked for."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, JsonValue
from pydantic.config import JsonDict

from engine.generate.models import (
    AUDIOGEN,
    CHOICES,
    COMPOSER,
    MELODY,
    MONO,
    MUSICGEN,
    OFFERED,
    OWN,
    PRECISIONS,
    STYLE,
)
from engine.parameters import MAX_TEXT, AudioInput, OutputParams

if TYPE_CHECKING:
    ModelId = str
    Precision = str
else:
    ModelId = Literal[CHOICES]
    Precision = Literal[PRECISIONS]

_LANGUAGE_MODELS: JsonDict = {"shown_when": {"model": list(MUSICGEN)}}
_STYLE: JsonDict = {"shown_when": {"model": [STYLE, OWN], "audio_prompt": True}}
_LEVEL: JsonDict = {"continuation_mode": ["append"]}
"""What is continued keeps the level and the channels of its clip."""
_AT_32_KHZ: list[JsonValue] = [model for model in MUSICGEN if model != AUDIOGEN]
_LEVELLED: list[JsonValue] = ["loudness", "peak", "rms"]


class GenerateParams(OutputParams):
    text_field: ClassVar[str | None] = "prompt"

    prompt: str = Field(
        min_length=1,
        max_length=MAX_TEXT,
        title="Prompt",
        description="Describe the music: genre, mood, tempo, instruments.",
    )
    model: ModelId = Field(
        COMPOSER,
        title="Model",
        description=(
            "The composer writes a score and plays it; nothing to download. The other models generate the "
            "audio itself and are downloaded on first use."
        ),
        json_schema_extra={
            "labels": {
                COMPOSER: "Composer: built in, no download",
                **{name: model.label for name, model in OFFERED.items()},
                OWN: "Your own model",
            }
        },
    )
    own_model: str = Field(
        "",
        max_length=100,
        pattern=r"^[^/\\]*$",
        title="Your model",
        description="Folder inside the models folder with your state_dict.bin and compression_state_dict.bin.",
        json_schema_extra={"shown_when": {"model": [OWN]}},
    )
    duration: float = Field(
        30.0,
        ge=1,
        le=600,
        title="Duration",
        description="Length in seconds.",
        json_schema_extra={"unit": "s", "step": 1},
    )
    temperature: float = Field(
        1.2,
        ge=0.1,
        le=2,
        title="Temperature",
        description="Below 1 is predictable, above 1 is surprising.",
        json_schema_extra={"advanced": True, "step": 0.01},
    )
    top_k: int = Field(
        250,
        ge=0,
        le=250,
        title="Top K",
        description="Choose among the K most likely options; 0 is all. Off while Top P is on; setting it turns "
        "Top P off.",
        json_schema_extra={"advanced": True, "step": 1, "labels": {"0": "All"}},
    )
    top_p: float = Field(
        0.67,
        ge=0,
        le=1,
        title="Top P",
        description="Choose among the most likely options that make up this share; 0 is off.",
        json_schema_extra={"silences": "top_k", "advanced": True, "step": 0.01, "labels": {"0": "Off"}},
    )
    cfg_coef: float = Field(
        4.0,
        ge=1,
        le=10,
        title="Prompt strength (CFG)",
        description="How strictly the prompt is followed.",
        json_schema_extra={"advanced": True, "step": 0.1},
    )
    seed: int = Field(
        -1,
        ge=-1,
        le=99_999_999,
        title="Seed",
        description="The same seed gives the same music; -1 is random.",
        json_schema_extra={"step": 1, "labels": {"-1": "Random"}},
    )
    loop_mode: bool = Field(
        False,
        title="Loop",
        description="The end leads back to the beginning, for seamless looping.",
        json_schema_extra={"shown_when": {"model": [COMPOSER]}},
    )
    stems: bool = Field(
        False,
        title="Stems",
        description="Also save drums, bass, melody and harmony as stems.",
        json_schema_extra={"shown_when": {"model": [COMPOSER]}},
    )
    stem_split: Literal["off", "all", "vocals", "drums", "bass", "other"] = Field(
        "off",
        title="Split when done",
        description="Runs /split on the finished track: all stems, or one of them.",
        json_schema_extra={
            "advanced": True,
            "labels": {
                "off": "Off",
                "all": "All stems",
                "vocals": "Vocals",
                "drums": "Drums",
                "bass": "Bass",
                "other": "Other",
            },
        },
    )
    piece: AudioInput | None = Field(
        None,
        title="Piece to change",
        description="A composed piece of the library: the prompt says what becomes different, slower or without drums "
        "or in G minor, and all else stays as it is. Seed, sampling and length are those of the piece.",
        json_schema_extra={"shown_when": {"model": [COMPOSER]}, "advanced": True},
    )
    like: AudioInput | None = Field(
        None,
        title="More like this",
        description="A track to make more of: what you do not set stays as it was, with a new seed. A composed piece "
        "keeps its genre, instruments, form and time signature, stays near its tempo and key, and gets new motifs; the "
        "prompt may say what changes.",
        json_schema_extra={"advanced": True},
    )
    audio_prompt: AudioInput | None = Field(
        None,
        title="Reference",
        description=(
            "Tempo, key and melody come from this track; the prompt takes priority. Melody models follow its "
            "melody, style its style."
        ),
        json_schema_extra={"shown_when": {"model": [COMPOSER, *MELODY, STYLE, OWN]}},
    )
    style_s: float = Field(
        3.0,
        ge=1.5,
        le=4.5,
        title="Style excerpt",
        description="Length of the excerpt of the reference that style listens to; the seed decides where it starts.",
        json_schema_extra={"advanced": True, **_STYLE, "unit": "s", "step": 0.1},
    )
    style_codebooks: int = Field(
        3,
        ge=1,
        le=6,
        title="Style similarity",
        description="How closely the style of the reference is followed: 1 is loose, 6 is close.",
        json_schema_extra={"advanced": True, **_STYLE, "step": 1},
    )
    style_beta: float = Field(
        5.0,
        ge=1,
        le=10,
        title="Prompt weight",
        description="How much more the prompt counts than the style of the reference; 1 is equal.",
        json_schema_extra={"advanced": True, **_STYLE, "step": 0.1},
    )
    continuation_source: AudioInput | None = Field(
        None,
        title="Extend a clip",
        description=(
            "The clip plays first, then a new part in its tempo, key and loudness. Duration is that of the new part."
        ),
    )
    crossfade_s: float = Field(
        0.0,
        ge=0,
        le=10,
        title="Crossfade",
        description="Overlap between the end of the clip and the new part.",
        json_schema_extra={
            "shown_when": {"continuation_source": True, **_LEVEL},
            "advanced": True,
            "unit": "s",
            "step": 0.1,
            "labels": {"0": "Off"},
        },
    )
    continuation_mode: Literal["append", "continue"] = Field(
        "append",
        title="Continuation mode",
        description=(
            "append plays something new after the clip, at its loudness; continue listens to the end of the "
            "clip and carries on from there."
        ),
        json_schema_extra={
            "shown_when": {"model": list(MUSICGEN), "continuation_source": True},
            "labels": {"append": "Append", "continue": "Continue"},
        },
    )
    prompt_s: float = Field(
        8.0,
        ge=0.5,
        le=25,
        title="Context from the clip",
        description="How much of the clip's end the model listens to when it continues.",
        json_schema_extra={
            "shown_when": {"continuation_mode": ["continue"]},
            "advanced": True,
            "unit": "s",
            "step": 0.5,
        },
    )
    auto_tune: bool = Field(
        True,
        title="Automatic settings",
        description=(
            "Chooses temperature and prompt strength, and shortens the duration, to suit the model's size and"
            " Top P or Top K. What you set yourself stays; the details show what changed."
        ),
        json_schema_extra={"advanced": True, **_LANGUAGE_MODELS},
    )
    mbd: bool = Field(
        False,
        title="Multi-Band Diffusion",
        description=(
            "Decodes the audio by diffusion instead of the codec: cleaner, but many times slower. For 32 kHz models."
        ),
        json_schema_extra={"shown_when": {"model": _AT_32_KHZ}, "advanced": True},
    )
    variations: int = Field(
        1,
        ge=1,
        le=8,
        title="Variations",
        description="How many different results to make; each of the composer's has the next seed.",
        json_schema_extra={"step": 1, "advanced": True},
    )
    unconditional: bool = Field(
        False,
        title="Ignore the prompt",
        description="The model plays freely; the prompt only gives the title.",
        json_schema_extra={**_LANGUAGE_MODELS, "advanced": True},
    )
    to_stereo: bool = Field(
        True,
        title="Save as stereo",
        description="A mono result is saved as two identical channels.",
        json_schema_extra={"shown_when": {"model": [*MONO, OWN], **_LEVEL}, "advanced": True},
    )
    loudness: Literal["loudness", "peak", "rms", "clip", "none"] = Field(
        "loudness",
        title="Normalisation",
        description=(
            "How the level is set: loudness by LUFS with a true peak of at most -1 dBTP, peak by the highest "
            "sample, rms by the average power; clip and none leave it as it is."
        ),
        json_schema_extra={
            "shown_when": _LEVEL,
            "advanced": True,
            "labels": {
                "loudness": "Loudness (LUFS)",
                "peak": "Peak",
                "rms": "RMS",
                "clip": "Off, clipped",
                "none": "Off",
            },
        },
    )
    headroom_db: float | None = Field(
        None,
        ge=0,
        le=40,
        title="Headroom",
        description="How far below 0 dBFS that level is: 18 is -18 LUFS. Auto: 14 for the composer (peak 1, rms 18), "
        "18 for the other models.",
        json_schema_extra={
            "shown_when": {"loudness": _LEVELLED, **_LEVEL},
            "labels": {"null": "Auto"},
            "advanced": True,
            "unit": "dB",
            "step": 0.5,
        },
    )
    extend_stride_s: float = Field(
        18.0,
        ge=1,
        le=29,
        title="Window stride",
        description=(
            "For pieces longer than the model hears at once: how far each further window moves on. AudioGen's"
            " 10 s windows move by 2 s at most."
        ),
        json_schema_extra={**_LANGUAGE_MODELS, "unit": "s", "step": 1, "advanced": True},
    )
    two_step_cfg: bool = Field(
        False,
        title="Two-pass guidance",
        description="Reads the prompt and the empty condition one after the other, as in training; slower.",
        json_schema_extra={**_LANGUAGE_MODELS, "advanced": True},
    )
    precision: Precision = Field(
        "auto",
        title="Precision",
        description=(
            "Numeric precision of the model. auto is int8 on a CPU, with the error measured and shown in the "
            "details, and fp16 on a GPU; fp32 is exact."
        ),
        json_schema_extra={**_LANGUAGE_MODELS, "advanced": True, "labels": {"auto": "Auto"}},
    )
    fall_back: bool = Field(
        True,
        title="Low-memory fallback",
        description="When memory runs out, tries again at a lower precision, then on the CPU; the details show it.",
        json_schema_extra={**_LANGUAGE_MODELS, "advanced": True},
    )


def follow_ups(params: GenerateParams) -> list[dict[str, Any]]:
    """The jobs that are to follow: a split, where one is wished."""
    return [] if params.stem_split == "off" else [{"command": "split", "params": {"stems": params.stem_split}}]
