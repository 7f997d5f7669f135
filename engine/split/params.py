"""What `/split` can be asked for."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from engine.models import MODELS
from engine.parameters import HAS_BIT_DEPTH, AudioInput, BitDepth, OutputParams
from engine.split.models import CHOICES, OWN, SEVERAL, SIX, STEMS

ALL = "all"

if TYPE_CHECKING:
    ModelId = str
else:
    ModelId = Literal[CHOICES]


def _stem_names(text: str) -> str:
    """`Vocals, drums` -> `vocals,drums`."""
    names = [name for name in text.lower().replace(",", " ").split() if name]
    unknown = [name for name in names if name not in (ALL, *SIX)]
    if unknown:
        facts = {"stems": ", ".join(unknown)[:60], "known": ", ".join((ALL, *SIX))}
        raise PydanticCustomError("stems_unknown", "there is no stem called {stems}; choose among {known}", facts)
    return ALL if ALL in names or not names else ",".join(dict.fromkeys(names))


class SplitParams(OutputParams):
    text_field: ClassVar[str | None] = "stems"

    source: AudioInput = Field(
        title="Track",
        description="The track to split: from the library, or a file of yours.",
        json_schema_extra={"choose": "Choose the song to split"},
    )
    stems: Annotated[str, AfterValidator(_stem_names)] = Field(
        ALL,
        max_length=100,
        title="Stems",
        description=(
            "all, or the stems you want, separated by commas: vocals, drums, bass, other; some models also "
            "know guitar and piano."
        ),
        json_schema_extra={
            "widget": "choices",
            "choices": list(SIX),
            "every": ALL,
            "labels": {
                "all": "All",
                "vocals": "Vocals",
                "drums": "Drums",
                "bass": "Bass",
                "other": "Other",
                "guitar": "Guitar",
                "piano": "Piano",
            },
        },
    )
    two_stems: bool = Field(
        False,
        title="Two stems",
        description="Keeps the one stem you chose and puts everything else into a second one.",
    )
    model: ModelId = Field(
        "htdemucs",
        title="Model",
        description="The separation model; downloaded on first use where available.",
        json_schema_extra={
            "labels": {**{model: MODELS[model].label for model in STEMS}, OWN: "Your own model (BS-RoFormer)"}
        },
    )
    own_model: str = Field(
        "",
        max_length=100,
        pattern=r"^[^/\\]*(/[^/\\]+)?$",
        title="Your model",
        description="Folder inside the models folder with your BS-RoFormer checkpoint and its YAML file.",
        json_schema_extra={"shown_when": {"model": [OWN]}},
    )
    residual: bool = Field(
        False,
        title="Exact sum",
        description=(
            "Other is the mix minus the other stems, so that all stems add up to the original. Off: other is "
            "what the model hears as such."
        ),
        json_schema_extra={"shown_when": {"model": [*SEVERAL, OWN]}, "advanced": True},
    )
    shifts: int = Field(
        1,
        ge=1,
        le=10,
        title="Passes",
        description="Number of passes, each slightly shifted, to be averaged: slower and slightly cleaner.",
        json_schema_extra={"advanced": True, "step": 1},
    )
    overlap: float | None = Field(
        None,
        ge=0,
        le=0.95,
        title="Overlap",
        description="How much of a window the next one covers. Auto is 0.25 for Demucs, 0.75 for BS-RoFormer.",
        json_schema_extra={"step": 0.05, "advanced": True, "labels": {"null": "Auto"}},
    )
    segment_s: float | None = Field(
        None,
        ge=1,
        le=60,
        title="Window",
        description=(
            "Length of a window. Auto is the length the model was trained on. Shorter needs less memory; HT "
            "Demucs takes at most 7.8 s."
        ),
        json_schema_extra={"unit": "s", "step": 0.1, "advanced": True, "labels": {"null": "Auto"}},
    )
    batch: int | None = Field(
        None,
        ge=1,
        le=32,
        title="Windows at once",
        description=(
            "Windows that a GPU works on at once. Auto is 4 for Demucs, 1 for BS-RoFormer. A CPU takes them one by one."
        ),
        json_schema_extra={"step": 1, "advanced": True, "labels": {"null": "Auto"}},
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        title="Precision",
        description=(
            "Numeric precision of the model. auto is 16 bit where the device is made for it, else 32; the "
            "details show which."
        ),
        json_schema_extra={"advanced": True, "labels": {"auto": "Auto"}},
    )
    bit_depth: BitDepth = Field(
        "32f",
        title="Bit depth",
        description=(
            "Bit depth of wav and flac: 16, 24, or 32f (32-bit float, wav only), which neither rounds nor clips."
        ),
        json_schema_extra={**HAS_BIT_DEPTH},
    )
