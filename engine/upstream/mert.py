"""MERT v1 95M (Li et al. 2023, arXiv:2306.00107): a HuBERT for music, 75 frames a second of 24 kHz.

Its own code at the hub is not run: without the optional CQT branch it is a HuBERT, which transformers has.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.errors import AppError, invalid
from engine.upstream.documents import judged, read_file, read_json, together
from engine.upstream.tensors import agree, read_tensors, reason_of

RATE_HZ = 24_000
WEIGHTS, SHAPE = "pytorch_model.bin", "config.json"
Sizes = Annotated[list[Annotated[int, Field(ge=1, le=8192)]], Field(min_length=1, max_length=16)]


class Mert(BaseModel):
    """The fields of MERT's configuration that shape a HuBERT; those left out have HuBERT's own defaults."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    hidden_size: Annotated[int, Field(ge=1, le=8192)] = 768
    num_hidden_layers: Annotated[int, Field(ge=1, le=128)] = 12
    num_attention_heads: Annotated[int, Field(ge=1, le=256)] = 12
    intermediate_size: Annotated[int, Field(ge=1, le=65_536)] = 3072
    hidden_act: Literal["gelu", "relu", "silu", "gelu_new"] = "gelu"
    layer_norm_eps: Annotated[float, Field(gt=0, le=1)] = 1e-5
    feat_extract_norm: Literal["group", "layer"] = "group"
    feat_extract_activation: Literal["gelu", "relu", "silu", "gelu_new"] = "gelu"
    feat_proj_layer_norm: bool = True
    conv_dim: Sizes = [512] * 7
    conv_stride: Sizes = [5, 2, 2, 2, 2, 2, 2]
    conv_kernel: Sizes = [10, 3, 3, 3, 3, 2, 2]
    conv_bias: bool = False
    num_conv_pos_embeddings: Annotated[int, Field(ge=1, le=4096)] = 128
    num_conv_pos_embedding_groups: Annotated[int, Field(ge=1, le=1024)] = 16
    do_stable_layer_norm: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hidden_size % self.num_attention_heads:
            raise together("num_attention_heads")
        if self.hidden_size % self.num_conv_pos_embedding_groups:
            raise together("num_conv_pos_embedding_groups")
        if not len(self.conv_dim) == len(self.conv_stride) == len(self.conv_kernel):
            raise together("conv_stride")
        return self


def read_mert(folder: Path) -> Any:
    """The network behind `config.json` and `pytorch_model.bin`, ready to be used, float32 on the processor.

    Raises INVALID_INPUT `config_refused` or `checkpoint_unreadable`.
    """
    from transformers import HubertConfig, HubertModel

    file = f"{folder.name}/{SHAPE}"
    parsed = read_json(read_file(folder / SHAPE), file)
    shape = judged(Mert, parsed, file)
    for switch in ("feature_extractor_cqt", "deepnorm"):
        if parsed.get(switch):
            raise _unreadable(folder, switch)
    try:
        state = {_today(name): tensor.float() for name, tensor in read_tensors(folder / WEIGHTS).items()}
        config = HubertConfig(**shape.model_dump(exclude_unset=True))
        with torch.device("meta"):
            wanted: Any = HubertModel(config)
        absent = {name: tensor.shape for name, tensor in wanted.state_dict().items() if name != "masked_spec_embed"}
        agree(absent, {name: state.get(name) for name in absent})
        model: Any = HubertModel(config)
        model.load_state_dict(state, strict=False)  # what is there for training is left out
    except Exception as error:  # numbers that no layer can have; what is no tensor; a damaged file
        raise _unreadable(folder, reason_of(error)) from error
    return model.eval().requires_grad_(False)


def _unreadable(folder: Path, reason: str) -> AppError:
    return invalid("checkpoint_unreadable", file=f"{folder.name}/{WEIGHTS}", reason=reason)


def _today(name: str) -> str:
    """Weight normalisation has other names in a state dict than when MERT was saved."""
    root, _, last = name.rpartition(".")
    part = {"weight_g": "original0", "weight_v": "original1"}.get(last)
    return f"{root}.parametrizations.weight.{part}" if part else name
