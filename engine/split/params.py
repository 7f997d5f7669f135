"""What `/split` can be asked for."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from engine.models import MODELS
from engine.parameters import AudioInput, BitDepth, OutputParams
from engine.split.models import CHOICES, OWN, SIX, STEMS

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

    source: AudioInput = Field(title="Sound", description="The sound to take apart: a track or a file of yours.")
    stems: Annotated[str, AfterValidator(_stem_names)] = Field(
        ALL,
        max_length=100,
        title="Stems",
        description="all, or the stems wanted, with commas between: vocals, drums, bass, other; some models know "
        "guitar and piano too.",
        json_schema_extra={"widget": "choices", "choices": list(SIX), "every": ALL},
    )
    two_stems: bool = Field(
        False,
        title="Two stems",
        description="With one stem wanted: that stem, and everything else together as a second one.",
    )
    model: ModelId = Field(
        "htdemucs",
        title="Model",
        description="The separation model. It is downloaded on first use, where it can be had.",
        json_schema_extra={"labels": {model: MODELS[model].label for model in STEMS}},
    )
    own_model: str = Field(
        "",
        max_length=100,
        pattern=r"^[^/\\]*(/[^/\\]+)?$",
        title="Own model",
        description="Folder inside the models folder that holds a BS-RoFormer checkpoint of yours and its YAML file.",
        json_schema_extra={"shown_when": {"model": [OWN]}},
    )
    residual: bool = Field(
        False,
        title="Exact sum",
        description="Everything else is the mix minus the other stems, so that all stems together are the mix again. "
        "Without it everything else is what the model hears as such.",
    )
    shifts: int = Field(
        1,
        ge=1,
        le=10,
        title="Passes",
        description="The sound is gone over that often, a little shifted each time, and the mean is taken: slower and "
        "slightly cleaner.",
        json_schema_extra={"step": 1},
    )
    overlap: float | None = Field(
        None,
        ge=0,
        le=0.95,
        title="Overlap",
        description="Share of a window that the next one covers too. Empty is the model's own: 0.25 for Demucs, 0.75 "
        "(each moment four times) for BS-RoFormer.",
        json_schema_extra={"step": 0.05, "advanced": True},
    )
    segment_s: float | None = Field(
        None,
        ge=1,
        le=60,
        title="Window",
        description="Length of a window; empty is what the model was trained on. Shorter takes less memory; HT Demucs "
        "takes at most 7.8 s.",
        json_schema_extra={"unit": "s", "step": 0.1, "advanced": True},
    )
    batch: int | None = Field(
        None,
        ge=1,
        le=32,
        title="Batch",
        description="Windows that a GPU works on at once; empty is 4 for Demucs, 1 for BS-RoFormer. A processor takes "
        "them one by one.",
        json_schema_extra={"step": 1, "advanced": True},
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        title="Precision",
        description="Numbers that the model computes with. auto takes 16 bits where the device is made for them and 32 "
        "elsewhere; the record says which.",
        json_schema_extra={"advanced": True},
    )
    bit_depth: BitDepth = Field(
        "32f",
        title="Bit depth",
        description="Sample width of wav and flac: 16, 24, or 32f (32-bit float, wav only), which rounds and clips "
        "nothing.",
    )
