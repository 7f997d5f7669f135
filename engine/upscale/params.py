"""What `/upscale` can be asked for."""

from typing import Final, Literal

from pydantic import Field, JsonValue
from pydantic.config import JsonDict

from engine.models.catalogue import MODELS, offered
from engine.parameters import FLAC_LEVEL, AudioInput, FlacLevel, Format, OutputParams

ModelId = Literal["harmonic", "audiosr-basic", "audiosr-speech", "audiolbm", "resample"]

HARMONIC: Final = "harmonic"
RESAMPLE: Final = "resample"
BUILT_IN = (HARMONIC, RESAMPLE)
"""What needs neither a download nor torch."""
_SR = [model.id for model in offered("audiosr")]
_AUDIOSR: JsonDict = {"shown_when": {"model": [*_SR]}}
_NETWORKS: JsonDict = {"shown_when": {"model": [*_SR, "audiolbm"]}}
_MAKES_TREBLE: JsonDict = {"shown_when": {"model": [HARMONIC, *_SR, "audiolbm"]}}
_LABELS: dict[str, JsonValue] = {
    HARMONIC: "Harmonic: built in, no download",
    **{model.id: f"{model.title}: {model.purpose}" for model in offered("audiosr")},
    "audiolbm": "AudioLBM: 48, 96 and 192 kHz, checkpoints never published",
    RESAMPLE: "Resample only, adds nothing",
}


def model_family(model: str) -> str:
    """The catalogue's family of a model; what it has not stands for itself."""
    return MODELS[model].model_family if model in MODELS else model


def need_mb(model: str, precision: str, device: str) -> int:
    """About what a model takes on a device while it works, MiB."""
    rows = offered(model_family(model))
    return rows[0].need_mb(device, precision) if rows else 0


class UpscaleParams(OutputParams):
    source: AudioInput = Field(
        title="Track",
        description="The track to restore: from the library, or a file of yours.",
        json_schema_extra={"choose": "Choose the sound to restore"},
    )
    model: ModelId = Field(
        HARMONIC,
        title="Model",
        description=(
            "harmonic is built in; the others are neural networks, downloaded on first use where available. "
            "resample only changes the sample rate and adds nothing."
        ),
        json_schema_extra={"labels": _LABELS},
    )
    target_rate: Literal["48000", "96000", "192000"] = Field(
        "48000",
        title="Target sample rate",
        description=(
            "Sample rate of the result in Hz. What the model cannot reach stays empty, and the details say so."
        ),
        json_schema_extra={"labels": {"48000": "48 kHz", "96000": "96 kHz", "192000": "192 kHz"}},
    )
    cutoff_hz: float | None = Field(
        None,
        ge=1000,
        le=96_000,
        title="Cut-off frequency",
        description=(
            "Where the track's high frequencies end, in Hz; Auto finds it. Below the cut-off, the original "
            "stays untouched."
        ),
        json_schema_extra={**_MAKES_TREBLE, "advanced": True, "unit": "Hz", "step": 100, "labels": {"null": "Auto"}},
    )
    vocals: Literal["off", "gentle", "strong"] = Field(
        "off",
        title="Vocal repair",
        description=(
            "Against the metallic sound of vocals at low bit rates. gentle boosts 1-4 kHz by 1.5 dB and de-"
            "esses 5-11 kHz by up to 4 dB; strong boosts by 3 dB and de-esses by up to 9 dB. The original "
            "below the cut-off is then changed too."
        ),
        json_schema_extra={"labels": {"off": "Off", "gentle": "Gentle", "strong": "Strong"}},
    )
    preview_at_s: float | None = Field(
        None,
        ge=0,
        le=86_400,
        title="Preview from",
        description="Restores only 5 s from here, as a preview; empty is the whole track.",
        json_schema_extra={"unit": "s", "step": 1},
    )
    seed: int | None = Field(
        None,
        ge=0,
        le=2**32 - 1,
        title="Seed",
        description="The same seed gives the same result; empty is random.",
        json_schema_extra={**_MAKES_TREBLE, "advanced": True, "labels": {"null": "Random"}},
    )
    sampler: Literal["dpm++", "ddim"] = Field(
        "dpm++",
        title="Sampler",
        description="How AudioSR gets from noise to audio: dpm++ needs few steps, ddim is what its authors used.",
        json_schema_extra={**_AUDIOSR, "advanced": True},
    )
    steps: int | None = Field(
        None,
        ge=1,
        le=500,
        title="Steps",
        description="Steps of the sampler. More is slower and somewhat finer.",
        json_schema_extra={**_NETWORKS, "advanced": True, "step": 1, "labels": {"null": "Auto"}},
    )
    guidance: float | None = Field(
        None,
        ge=1,
        le=20,
        title="Guidance (CFG)",
        description="How strictly AudioSR follows the original (classifier-free guidance).",
        json_schema_extra={**_AUDIOSR, "advanced": True, "step": 0.1, "labels": {"null": "Auto"}},
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        title="Precision",
        description=(
            "Numeric precision of the network. auto is 16 bit where the device is made for it; the details show which."
        ),
        json_schema_extra={**_NETWORKS, "advanced": True, "labels": {"auto": "Auto"}},
    )
    format: Format = Field(
        Format.FLAC,
        title="Format",
        description=(
            "File format: wav, flac, mp3, ogg (Vorbis) or opus; the last three do not support every sample rate."
        ),
    )
    flac_level: FlacLevel = Field(
        FLAC_LEVEL,
        ge=0,
        le=8,
        title="FLAC compression",
        description="0 is fastest, 8 gives the smallest file. The audio is identical.",
        json_schema_extra={"step": 1, "advanced": True, "shown_when": {"format": ["flac"]}},
    )
