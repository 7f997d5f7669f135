"""What the networks of Demucs may be asked to be: the arguments beside a stranger's weights, within bounds."""

import inspect
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from engine.upstream.documents import judged, problem, refused, together

Width = Annotated[int, Field(ge=1, le=65_536)]
Few = Annotated[int, Field(ge=0, le=16)]
Number = Annotated[float, Field(ge=-1e6, le=1e6)]
Share = Annotated[float, Field(ge=0, le=1)]


class Arguments(BaseModel):
    """Of `Demucs`, `HDemucs` and `HTDemucs` (demucs/{demucs,hdemucs,htdemucs}.py): what each leaves out keeps its
    default there. An argument that no class has is passed over, as Demucs passes over it."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, arbitrary_types_allowed=True)

    sources: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,30}$")]] = Field(min_length=1, max_length=16)
    audio_channels: Literal[2] = 2
    channels: Annotated[int, Field(ge=1, le=1024)] = 48
    channels_time: Annotated[int, Field(ge=1, le=1024)] | None = None
    growth: Annotated[float, Field(ge=1, le=4)] = 2
    nfft: Annotated[int, Field(ge=64, le=65_536)] = 4096
    wiener_iters: Few = 0
    end_iters: Few = 0
    wiener_residual: bool = False
    cac: bool = True
    depth: Annotated[int, Field(ge=1, le=10)] = 4
    rewrite: bool = True
    hybrid: bool = True
    hybrid_old: bool = False
    lstm_layers: Few = 0
    multi_freqs: list[Share] | None = Field(None, max_length=8)
    multi_freqs_depth: Few = 3
    freq_emb: Share | None = 0.2
    emb_scale: Number = 10
    emb_smooth: bool = True
    kernel_size: Annotated[int, Field(ge=1, le=64)] = 8
    time_stride: Annotated[int, Field(ge=1, le=16)] = 2
    stride: Annotated[int, Field(ge=1, le=16)] = 4
    context: Few = 1
    context_enc: Few = 0
    gelu: bool = True
    glu: bool = True
    norm_starts: Few = 4
    norm_groups: Annotated[int, Field(ge=1, le=64)] = 4
    dconv_mode: Annotated[int, Field(ge=0, le=3)] = 1
    dconv_depth: Few = 2
    dconv_comp: Annotated[float, Field(ge=1, le=64)] = 8
    dconv_attn: Few = 4
    dconv_lstm: Few = 4
    dconv_init: Number = 1e-3
    bottom_channels: Annotated[int, Field(ge=0, le=8192)] = 0
    t_layers: Annotated[int, Field(ge=0, le=64)] = 5
    t_emb: Literal["sin", "cape", "scaled"] = "sin"
    t_hidden_scale: Annotated[float, Field(gt=0, le=32)] = 4
    t_heads: Annotated[int, Field(ge=1, le=64)] = 8
    t_dropout: Share = 0
    t_max_positions: Width = 10_000
    t_norm_in: bool = True
    t_norm_in_group: bool | int = False
    t_group_norm: bool | int = False
    t_norm_first: bool = True
    t_norm_out: bool = True
    t_max_period: Annotated[float, Field(gt=1, le=1e6)] = 10_000
    t_weight_decay: Number = 0
    t_lr: Number | None = None
    t_layer_scale: bool = True
    t_gelu: bool = True
    t_weight_pos_embed: Number = 1
    t_sin_random_shift: Few = 0
    t_cape_mean_normalize: bool = True
    t_cape_augment: bool = True
    t_cape_glob_loc_scale: list[Number] = Field([5000, 1, 1.4], min_length=3, max_length=3)
    t_sparse_self_attn: Literal[False] = False
    t_sparse_cross_attn: Literal[False] = False
    t_mask_type: str = Field("diag", max_length=40)
    t_mask_random_seed: Width = 42
    t_sparse_attn_window: Width = 500
    t_global_window: Width = 100
    t_sparsity: Share = 0.95
    t_auto_sparsity: bool = False
    t_cross_first: bool = False
    normalize: bool = True
    resample: bool = True
    rescale: Annotated[float, Field(gt=0, le=10)] = 0.1
    samplerate: Annotated[int, Field(ge=8000, le=192_000)] = 44_100
    segment: Annotated[Fraction | float, Field(ge=0.5, le=120)] = 10
    use_train_segment: bool = True

    @field_validator("segment", mode="before")
    @classmethod
    def _fraction(cls, value: Any) -> Any:
        """The hub's files write `{"_type": "fraction", ...}` for one."""
        if isinstance(value, Mapping) and value.get("_type") == "fraction":
            match value.get("numerator"), value.get("denominator"):
                case int(above), int(below) if below and max(abs(above), abs(below)) < 10**9:
                    return Fraction(above, below)
            return None
        return value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(set(self.sources)) != len(self.sources):
            raise together("sources")
        if self.bottom_channels % self.t_heads:
            raise together("t_heads")
        return self


def arguments(klass: Any, args: Any, kwargs: Any, file: str) -> dict[str, Any]:
    """The keyword arguments with which `klass` is built. Raises INVALID_INPUT `config_refused`."""
    names = [name for name in inspect.signature(klass).parameters if name != "self"]
    if not isinstance(args, Sequence) or isinstance(args, str | bytes) or len(args) > len(names):
        raise refused(file, problem("list_type", ("args",)))
    if not isinstance(kwargs, Mapping):
        raise refused(file, problem("dict_type", ("kwargs",)))
    given = dict(zip(names, args, strict=False)) | {str(name): value for name, value in kwargs.items()}
    known = judged(Arguments, given, file)
    return {name: getattr(known, name) for name in names if name in known.model_fields_set}
