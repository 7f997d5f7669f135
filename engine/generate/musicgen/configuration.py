"""What `xp.cfg` of a checkpoint may say: one schema for each network of audiocraft that is run, every number bounded.

Names and meanings are those of audiocraft's own configurations (config/model/**). The published values are far inside
the bounds, which are there so that a wrong or hostile one is named before anything is built from it. Importing this
stays light: no torch.
"""

from collections.abc import Mapping
from math import prod
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from engine.upstream.documents import judged, problem, read_yaml, refused, sections, together

Rate = Annotated[int, Field(ge=8_000, le=192_000)]
Width = Annotated[int, Field(ge=8, le=16_384)]
Layers = Annotated[int, Field(ge=1, le=256)]
Books = Annotated[int, Field(ge=1, le=64)]
Bins = Annotated[int, Field(ge=2, le=65_536)]
Short = Annotated[str, StringConstraints(max_length=60)]
Names = Annotated[list[Short], Field(max_length=8)]
Share = Annotated[float, Field(ge=0, le=1)]
Power = Annotated[float, Field(ge=0, le=100)]
Kernel = Annotated[int, Field(ge=1, le=64)]

TextEncoder = Literal[
    "t5-small", "t5-base", "t5-large", "t5-3b", "t5-11b",
    "google/flan-t5-small", "google/flan-t5-base", "google/flan-t5-large",
]  # fmt: skip
TEXT_WIDTHS: dict[str, int] = {
    "t5-small": 512, "t5-base": 768, "t5-large": 1024, "t5-3b": 1024, "t5-11b": 1024,
    "google/flan-t5-small": 512, "google/flan-t5-base": 768, "google/flan-t5-large": 1024,
}  # fmt: skip
"""Those text encoders that audiocraft's T5Conditioner knows, and their width."""


class ConfigSection(BaseModel):
    """A section of a configuration; what concerns training alone is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Whole(ConfigSection):
    """Passed to a constructor entry by entry, so that an unknown one is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# the language model


class TransformerLm(ConfigSection):
    dim: Width
    num_heads: Annotated[int, Field(ge=1, le=256)]
    num_layers: Layers
    hidden_scale: Annotated[float, Field(gt=0, le=64)] = 4
    n_q: Books
    card: Bins
    activation: Short = "relu"
    positional_embedding: Short = "sin"
    norm_first: bool = False
    causal: bool = False
    kv_repeat: int = 1
    bias_ff: bool = False
    bias_attn: bool = False
    bias_proj: bool = False
    qk_layer_norm: bool = False
    layer_scale: float | None = None
    past_context: int | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.dim % (2 * self.num_heads):
            raise together("num_heads")
        if int(self.hidden_scale * self.dim) < 1:
            raise together("hidden_scale")
        return self


class Delay(ConfigSection):
    delays: list[Annotated[int, Field(ge=0, le=1000)]] | None = Field(None, max_length=64)
    flatten_first: int = 0
    empty_initial: int = 0


class CodebooksPattern(ConfigSection):
    modeling: Short
    delay: Delay | None = None


class Fuser(ConfigSection):
    cross_attention_pos_emb: bool = False
    cross_attention_pos_emb_scale: Annotated[float, Field(ge=0, le=100)] = 1
    cross: Names | None = None
    prepend: Names | None = None
    sum: Names | None = None
    input_interpolate: Names | None = None


class T5(ConfigSection):
    name: TextEncoder
    finetune: bool = False
    word_dropout: Share = 0
    normalize_text: Literal[False] = False


class ChromaStem(ConfigSection):
    sample_rate: Rate
    n_chroma: Annotated[int, Field(ge=1, le=120)] = 12
    radix2_exp: Annotated[int, Field(ge=6, le=17)] = 12
    nfft: Annotated[int, Field(ge=64, le=1 << 17)] | None = None
    winlen: Annotated[int, Field(ge=64, le=1 << 17)] | None = None
    winhop: Annotated[int, Field(ge=16, le=1 << 17)] | None = None
    argmax: bool = False
    norm: Annotated[float, Field(gt=0, allow_inf_nan=True)] = float("inf")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.fft < self.window:
            raise together("nfft")
        if self.fft * self.sample_rate > 64 * 10**6 * (self.winhop or self.window // 4):
            raise together("winhop")  # a second of spectrogram would take hundreds of megabytes
        return self

    @property
    def window(self) -> int:
        return self.winlen or 2**self.radix2_exp

    @property
    def fft(self) -> int:
        return self.nfft or self.window


class Style(ConfigSection):
    model_name: Short = ""
    transformer_scale: Short = "default"
    ds_factor: Annotated[int, Field(ge=1, le=1000)] = 15
    n_q_out: Books = 6
    bins: Bins = 1024
    batch_norm: bool = True


class ConditionerConfig(ConfigSection):
    model: Short
    t5: T5 | None = None
    chroma_stem: ChromaStem | None = None
    style: Style | None = None


class Guidance(ConfigSection):
    inference_coef: Annotated[float, Field(ge=0, le=100)] = 3.0


class Dataset(ConfigSection):
    segment_duration: Annotated[float, Field(ge=0.5, le=120)]


class Interleaved(ConfigSection):
    use: bool = False
    per_timestep: bool = False


class LanguageModel(ConfigSection):
    lm_model: Short
    transformer_lm: TransformerLm
    codebooks_pattern: CodebooksPattern
    fuser: Fuser
    conditioners: Annotated[dict[Short, ConditionerConfig], Field(max_length=8)] | None = None
    sample_rate: Rate
    channels: Literal[1, 2] = 1
    dataset: Dataset
    classifier_free_guidance: Guidance | None = None
    interleave_stereo_codebooks: Interleaved | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_args(cls, values: Any) -> Any:
        """`conditioners.args` is for training, and no conditioner."""
        if isinstance(values, Mapping) and isinstance(parts := values.get("conditioners"), Mapping):
            return {**values, "conditioners": {key: part for key, part in parts.items() if key != "args"}}
        return values


# the codec


class Seanet(Whole):
    """Of SEANetEncoder and SEANetDecoder (audiocraft/modules/seanet.py)."""

    channels: Literal[1]
    dimension: Annotated[int, Field(ge=1, le=4096)] = 128
    n_filters: Annotated[int, Field(ge=1, le=1024)] = 32
    n_residual_layers: Annotated[int, Field(ge=0, le=16)] = 3
    ratios: list[Annotated[int, Field(ge=1, le=64)]] = Field([8, 5, 4, 2], min_length=1, max_length=8)
    activation: Literal["ELU", "ReLU", "LeakyReLU", "GELU", "SiLU", "Tanh"] = "ELU"
    activation_params: dict[Literal["alpha", "negative_slope"], Share] = {"alpha": 1.0}
    norm: Literal["none", "weight_norm", "spectral_norm", "time_group_norm"] = "none"
    norm_params: Annotated[dict[Short, Any], Field(max_length=0)] = {}
    kernel_size: Kernel = 7
    last_kernel_size: Kernel = 7
    residual_kernel_size: Kernel = 3
    dilation_base: Annotated[int, Field(ge=1, le=8)] = 2
    causal: bool = False
    pad_mode: Literal["constant", "reflect", "replicate"] = "reflect"
    true_skip: bool = True
    compress: Annotated[int, Field(ge=1, le=1024)] = 2
    lstm: Annotated[int, Field(ge=0, le=16)] = 0
    disable_norm_outer_blocks: Annotated[int, Field(ge=0, le=64)] = 0


class SeanetDecoder(Seanet):
    final_activation: Literal["ELU", "ReLU", "LeakyReLU", "GELU", "SiLU", "Tanh"] | None = None
    final_activation_params: dict[Literal["alpha", "negative_slope"], Share] | None = None
    trim_right_ratio: Share = 1.0


class Rvq(Whole):
    """Of ResidualVectorQuantizer (audiocraft/quantization/vq.py)."""

    n_q: Books = 8
    q_dropout: bool = False
    bins: Bins = 1024
    decay: Share = 0.99
    kmeans_init: bool = True
    kmeans_iters: Annotated[int, Field(ge=0, le=10_000)] = 10
    threshold_ema_dead_code: Annotated[float, Field(ge=0, le=1e6)] = 2
    orthogonal_reg_weight: Annotated[float, Field(ge=0, le=1e6)] = 0
    orthogonal_reg_active_codes_only: bool = False
    orthogonal_reg_max_codes: Annotated[int, Field(ge=0, le=1 << 20)] | None = None


class Encodec(ConfigSection):
    autoencoder: Literal["seanet"]
    quantizer: Literal["rvq"]
    sample_rate: Rate
    channels: Literal[1]
    causal: bool = False
    renormalize: Literal[False] = False


class Compression(ConfigSection):
    """`encoder` and `decoder`: what `seanet` says of both, and each one's own entries over it."""

    compression_model: Literal["encodec"]
    encodec: Encodec
    encoder: Seanet
    decoder: SeanetDecoder
    rvq: Rvq

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hop > self.encodec.sample_rate or self.decoder.ratios != self.encoder.ratios:
            raise together("ratios")
        return self

    @property
    def hop(self) -> int:
        """Samples of one frame."""
        return prod(self.encoder.ratios)


def read_compression(text: Any, file: str) -> Compression:
    """The codec behind `xp.cfg`. Raises INVALID_INPUT `config_refused`."""
    document = read_yaml(text, file) if isinstance(text, str) else None
    parsed = sections(document, ("compression_model", "encodec", "seanet", "rvq"), file)
    shared, own = parsed.get("seanet"), {}
    if not isinstance(shared, Mapping):
        raise refused(file, problem("dict_type", ("seanet",)))
    for part in ("encoder", "decoder"):
        both = {key: value for key, value in shared.items() if key not in ("encoder", "decoder")}
        override = shared.get(part) or {}
        own[part] = {**both, **override} if isinstance(override, Mapping) else override
    return judged(Compression, {**parsed, **own}, file)


# multi-band diffusion


class Schedule(ConfigSection):
    """Of NoiseSchedule (audiocraft/modules/diffusion_schedule.py)."""

    beta_t0: Annotated[float, Field(gt=0, lt=1)] = 1e-4
    beta_t1: Annotated[float, Field(gt=0, lt=1)] = 0.02
    num_steps: Annotated[int, Field(ge=1000, le=10_000)] = 1000
    variance: Literal["beta", "beta_tilde", "none"] = "beta"
    clip: Annotated[float, Field(ge=0, le=1e6)] | None = 5.0
    rescale: Annotated[float, Field(gt=0, le=1e6)] = 1.0
    beta_exp: Annotated[float, Field(gt=0, le=100)] = 1
    repartition: Literal["power"] = "power"
    n_bands: None = None
    noise_scale: Annotated[float, Field(gt=0, le=1e6)] = 1.0


class DiffusionUnet(Whole):
    """Of DiffusionUnet and its layers (audiocraft/models/unet.py)."""

    hidden: Annotated[int, Field(ge=1, le=4096)] = 24
    depth: Annotated[int, Field(ge=1, le=10)] = 3
    growth: Annotated[float, Field(ge=1, le=8)] = 2.0
    max_channels: Annotated[int, Field(ge=1, le=100_000)] = 10_000
    emb_all_layers: bool = False
    cross_attention: bool = False
    bilstm: bool = False
    transformer: bool = False
    codec_dim: Annotated[int, Field(ge=1, le=4096)] | None = None
    res_blocks: Annotated[int, Field(ge=0, le=16)] = 1
    norm_groups: Annotated[int, Field(ge=1, le=256)] = 4
    kernel: Kernel = 4
    stride: Annotated[int, Field(ge=1, le=64)] = 2
    dropout: Share = 0.0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hidden % self.norm_groups:
            raise together("norm_groups")
        return self


class ProcessorConfig(ConfigSection):
    """Of MultiBandProcessor (audiocraft/modules/diffusion_schedule.py)."""

    name: Short = "multi_band_processor"
    use: bool = False
    n_bands: Annotated[int, Field(ge=2, le=64)] = 8
    num_samples: Annotated[int, Field(ge=0, le=10**12)] = 10_000
    power_std: Power | list[Power] = 1.0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if isinstance(self.power_std, list) and len(self.power_std) != self.n_bands:
            raise together("power_std")
        return self


class DiffusionBand(ConfigSection):
    channels: Literal[1]
    schedule: Schedule
    diffusion_unet: DiffusionUnet
    processor: ProcessorConfig
