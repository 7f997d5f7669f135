"""The weights of one layer of a language model."""

from dataclasses import dataclass

from torch import Tensor


@dataclass
class Layer:
    """One layer's weights under the field's names; `cross_*` are None where there is no cross-attention."""

    norm1: tuple[Tensor, Tensor]
    qkv: Tensor
    out: Tensor
    norm2: tuple[Tensor, Tensor]
    up: Tensor
    down: Tensor
    norm_cross: tuple[Tensor, Tensor] | None = None
    cross_qkv: Tensor | None = None
    cross_out: Tensor | None = None
