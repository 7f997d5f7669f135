"""What `/upscale` can be asked for."""

from typing import Final, Literal

from pydantic import Field, JsonValue

from engine.models.catalogue import MODELS, offered
from engine.parameters import FLAC_LEVEL, AudioInput, FlacLevel, Format, OutputParams

ModelId = Literal["harmonic", "audiosr-basic", "audiosr-speech", "audiolbm", "resample"]

HARMONIC: Final = "harmonic"
RESAMPLE: Final = "resample"
BUILT_IN = (HARMONIC, RESAMPLE)
"""What needs neither a download nor torch."""
_LABELS: dict[str, JsonValue] = {
    HARMONIC: "harmonic: built in, no download",
    **{model.id: f"{model.title}: {model.purpose}" for model in offered("audiosr")},
    "audiolbm": "AudioLBM: 48, 96 and 192 kHz, its weights were never published",
    RESAMPLE: "resampled, no new content",
}


def model_family(model: str) -> str:
    """The catalogue's family of a model; what it has not stands for itself."""
    return MODELS[model].model_family if model in MODELS else model


def need_mb(model: str, precision: str, device: str) -> int:
    """About what a model takes on a device while it works, MiB."""
    rows = offered(model_family(model))
    return rows[0].need_mb(device, precision) if rows else 0


class UpscaleParams(OutputParams):
    source: AudioInput = Field(title="Sound", description="The sound to restore: a track or a file of yours.")
    model: ModelId = Field(
        HARMONIC,
        title="Model",
        description="harmonic is built in; the others are networks that are downloaded on first use, where they can be "
        "had. resample only changes the sample rate: nothing new sounds.",
        json_schema_extra={"labels": _LABELS},
    )
    target_rate: Literal["48000", "96000", "192000"] = Field(
        "48000",
        title="Target rate",
        description="Sample rate of the result in Hz. What lies above the reach of a model stays empty, and the record "
        "says so.",
    )
    cutoff_hz: float | None = Field(
        None,
        ge=1000,
        le=96_000,
        title="Cut-off",
        description="Where the sound's treble ends, in Hz; empty finds it by listening. Below it nothing is changed.",
        json_schema_extra={"unit": "Hz", "step": 100},
    )
    vocals: Literal["off", "gentle", "strong"] = Field(
        "off",
        title="Voice",
        description="Against the metallic sound that low bit rates give voices. gentle lifts 1-4 kHz by 1.5 dB and "
        "takes up to 4 dB off sharp moments at 5-11 kHz; strong lifts 3 dB and takes up to 9 dB. The low band is then "
        "no longer the original's.",
    )
    preview_at_s: float | None = Field(
        None,
        ge=0,
        le=86_400,
        title="Preview at",
        description="Restore only 5 s from this second on, to hear what it will be like; empty is the whole sound.",
        json_schema_extra={"unit": "s", "step": 1},
    )
    seed: int | None = Field(
        None,
        ge=0,
        le=2**32 - 1,
        title="Seed",
        description="Start of the random numbers; the same seed gives the same sound. Empty draws one.",
        json_schema_extra={"advanced": True},
    )
    sampler: Literal["dpm++", "ddim"] = Field(
        "dpm++",
        title="Sampler",
        description="How AudioSR gets from noise to sound: dpm++ needs few steps, ddim is what its authors used.",
        json_schema_extra={"advanced": True},
    )
    steps: int | None = Field(
        None,
        ge=1,
        le=500,
        title="Steps",
        description="Steps of the sampler; empty is the model's own number. More is slower and somewhat finer.",
        json_schema_extra={"step": 1, "advanced": True},
    )
    guidance: float | None = Field(
        None,
        ge=1,
        le=20,
        title="Guidance",
        description="How strictly AudioSR follows the sound (classifier-free guidance); empty is the model's own.",
        json_schema_extra={"step": 0.1, "advanced": True},
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        title="Precision",
        description="Numbers that a network computes with. auto takes 16 bits where the device is made for them; the "
        "record says which.",
        json_schema_extra={"advanced": True},
    )
    format: Format = Field(
        Format.FLAC,
        title="Format",
        description="File format of the result: wav, flac, mp3, ogg (Vorbis) or opus; the last three cannot hold every "
        "rate.",
    )
    flac_level: FlacLevel = Field(
        FLAC_LEVEL,
        ge=0,
        le=8,
        title="FLAC level",
        description="How hard FLAC compresses: 0 is fast, 8 small. The sound is the same.",
        json_schema_extra={"step": 1, "advanced": True, "shown_when": {"format": ["flac"]}},
    )
