"""The shape of a BS-RoFormer: read from the YAML that travels with a checkpoint, or one of the three that are known.

Importing this stays light: no torch.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.errors import invalid
from engine.upstream import documents
from engine.upstream.documents import problems_of, refused, together

BANDS = (2,) * 24 + (4,) * 12 + (12,) * 8 + (24,) * 8 + (48,) * 8 + (128, 129)
"""STFT bins of each of the 62 bands, as every published checkpoint splits its 1025 bins."""

SOURCE = re.compile(r"[a-z0-9_]{1,30}")

IGNORED = frozenset({
    "attn_dropout", "ff_dropout", "flash_attn", "sage_attention", "use_torch_checkpoint", "dim_freqs_in",
    "multi_stft_resolution_loss_weight", "multi_stft_resolutions_window_sizes", "multi_stft_hop_size",
    "multi_stft_normalized",
})  # fmt: skip
"""Keys of the model section that concern training or the choice of a kernel, not the result."""

NEUTRAL: dict[str, Any] = {
    "stereo": True, "linear_transformer_depth": 0, "skip_connection": False, "use_pope": False,
    "use_shared_bias": False, "add_value_residual": False, "num_residual_streams": 1,
}  # fmt: skip
"""Keys that change the mathematics, with the only value that is run here; a variant would load and sound wrong."""


class RoformerConfig(BaseModel):
    """What inference needs; names and defaults of the first group are those of the YAML's model section.

    `zero_dc` is off unless the YAML asks for it: the published checkpoints were trained without.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dim: int = Field(ge=1, le=4096)
    depth: int = Field(ge=1, le=64)
    num_stems: int = Field(default=1, ge=1, le=64)
    time_transformer_depth: int = Field(default=2, ge=1, le=8)
    freq_transformer_depth: int = Field(default=2, ge=1, le=8)
    dim_head: int = Field(default=64, ge=2, le=512, multiple_of=2)
    heads: int = Field(default=8, ge=1, le=64)
    freqs_per_bands: tuple[Annotated[int, Field(ge=1)], ...] = Field(default=BANDS, min_length=2, max_length=1024)
    stft_n_fft: int = Field(default=2048, ge=16, le=32768, multiple_of=2)
    stft_hop_length: int = Field(default=512, ge=1)
    stft_win_length: int = Field(default=2048, ge=16)
    stft_normalized: bool = False
    zero_dc: bool = False
    mask_estimator_depth: int = Field(default=2, ge=1, le=8)
    mlp_expansion_factor: int = Field(default=4, ge=1, le=16)

    sources: tuple[str, ...] = Field(description="Name of each estimated stem, in the order of the mask estimators.")
    window: int = Field(description="Samples of one window.")
    rate_hz: int = Field(default=44_100, ge=8_000, le=192_000)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if sum(self.freqs_per_bands) != self.stft_n_fft // 2 + 1:
            raise together("freqs_per_bands")
        if not self.stft_hop_length <= self.stft_win_length // 2 or self.stft_win_length > self.stft_n_fft:
            raise together("stft_hop_length")  # a Hann window needs half of itself in common with the next
        if not self.stft_n_fft <= self.window <= 120 * self.rate_hz:
            raise together("chunk_size")
        if len(self.sources) != self.num_stems or len(set(self.sources)) != self.num_stems:
            raise together("instruments")
        if not all(SOURCE.fullmatch(name) for name in self.sources):
            raise together("instruments")
        return self

    @property
    def band_widths(self) -> tuple[int, ...]:
        """Real numbers that a band has in one frame: bins times 2 channels times (real, imaginary)."""
        return tuple(4 * bins for bins in self.freqs_per_bands)

    @property
    def inner(self) -> int:
        """Width of all attention heads together."""
        return self.heads * self.dim_head


_ONE_EACH = {"time_transformer_depth": 1, "freq_transformer_depth": 1}

KNOWN = {
    "bs-roformer-viperx": RoformerConfig(
        dim=512, depth=12, stft_hop_length=441, sources=("vocals",), window=352_800, **_ONE_EACH,
    ),
    "bs-roformer-4stem": RoformerConfig(
        dim=384, depth=8, num_stems=4, mlp_expansion_factor=2, stft_hop_length=441,
        sources=("drums", "bass", "other", "vocals"), window=485_100, **_ONE_EACH,
    ),
    "bs-roformer-sw": RoformerConfig(
        dim=256, depth=12, num_stems=6, stft_hop_length=512,
        sources=("bass", "drums", "other", "vocals", "guitar", "piano"), window=588_800, **_ONE_EACH,
    ),
}  # fmt: skip
"""Configurations of the checkpoints in the catalogue, so that a checkpoint without its YAML can be run too."""


_BESIDE = ("sources", "window", "rate_hz")
"""Fields that other sections of the YAML tell."""


def read_yaml(path: Path) -> RoformerConfig:
    """The configuration in a YAML of Music-Source-Separation-Training's form.

    Sections other than `model` may hold whatever training needed; in `model`, a key that is not known, or that asks
    for another kind of network, is refused. Raises INVALID_INPUT, which names the file and the field.
    """
    document = _document(path)
    section = document["model"]
    known = {*IGNORED, *RoformerConfig.model_fields} - {*_BESIDE}
    for field, value in section.items():
        if field in NEUTRAL:
            if value != NEUTRAL[field] and value is not None:
                raise invalid("roformer_yaml_variant", file=path.name, field=field)
        elif field not in known:
            raise invalid("roformer_yaml_variant", file=path.name, field=str(field)[:40])
    if section.get("stereo") is not True:  # a model section without it means one channel
        raise invalid("roformer_yaml_variant", file=path.name, field="stereo")
    values = {key: value for key, value in section.items() if key not in IGNORED and key not in NEUTRAL}
    try:
        return RoformerConfig.model_validate({**values, **_surroundings(document)})
    except ValidationError as error:
        raise refused(path.name, *(_as_written(told) for told in problems_of(error))) from None


def _document(path: Path) -> dict[str, Any]:
    whole = documents.read_yaml(documents.read_file(path), path.name)
    document = documents.sections(whole, ("model", "audio", "training", "inference"), path.name)
    if not isinstance(document.get("model"), dict):
        raise invalid("roformer_yaml_unreadable", file=path.name)
    return document


def _surroundings(document: dict[str, Any]) -> dict[str, Any]:
    """What inference needs from the sections beside `model`."""

    def section(name: str) -> dict[str, Any]:
        found = document.get(name)
        return found if isinstance(found, dict) else {}

    audio, training, inference = section("audio"), section("training"), section("inference")
    names = training.get("instruments")
    if (target := training.get("target_instrument")) is not None:
        names = [target]
    found = {
        "sources": [_stem_name(name) for name in names] if isinstance(names, list | tuple) else (),
        "window": inference.get("chunk_size", audio.get("chunk_size")),
    }
    return {**found, "rate_hz": audio["sample_rate"]} if "sample_rate" in audio else found


def _stem_name(name: Any) -> str:
    """A name as it can stand in a file name: `Lead Vocals` becomes `lead_vocals`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") if isinstance(name, str) else ""


_WRITTEN = {"window": "chunk_size", "rate_hz": "sample_rate", "sources": "instruments"}
"""Our names of what stands under another one in the YAML."""


def _as_written(told: documents.Problem) -> documents.Problem:
    field, _, rest = told["field"].partition(".")
    if field not in _WRITTEN:
        return told
    name = f"{_WRITTEN[field]}.{rest}" if rest else _WRITTEN[field]
    values = {**told["values"], "field": name}
    if "problem" in values:
        values["problem"] = [_as_written(part) for part in values["problem"]]
    return {**told, "field": name, "values": values}
