"""The plain torch runtime: every other one is measured against it. Exact in float32; half precision on CUDA.

It differs from `audiocraft.models.LMModel.generate` in what is not computed again: keys and values stay where they
were written (audiocraft concatenates them at every step), those of the cross-attention are computed once, and logits
are made for the last position alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import gelu, layer_norm, linear, scaled_dot_product_attention

from engine.generate.musicgen.architecture import Architecture
from engine.generate.musicgen.decoder import Condition, Floats, positions
from engine.generate.musicgen.layer import Layer
from engine.generate.musicgen.offload import LayersOffloaded

Tensor = torch.Tensor
_EPS = 1e-5

Hold = Literal["device", "host", "disk"]
"""Where layers are kept between their turns."""


@dataclass(frozen=True)
class LayersOnDisk:
    """Layers that are read when their turn comes and forgotten after it: slow, and of no weight."""

    state: Mapping[str, Tensor]
    arch: Architecture
    dtype: torch.dtype
    device: str

    def take(self, name: str) -> Tensor:
        return self.state[name].to(device=self.device, dtype=self.dtype)

    def norm(self, name: str) -> tuple[Tensor, Tensor]:
        return self.take(f"{name}.weight"), self.take(f"{name}.bias")

    def __iter__(self) -> Iterator[Layer]:
        for index in range(self.arch.layers):
            root = f"transformer.layers.{index}"
            layer = Layer(
                norm1=self.norm(f"{root}.norm1"),
                qkv=self.take(f"{root}.self_attn.in_proj_weight"),
                out=self.take(f"{root}.self_attn.out_proj.weight"),
                norm2=self.norm(f"{root}.norm2"),
                up=self.take(f"{root}.linear1.weight"),
                down=self.take(f"{root}.linear2.weight"),
            )
            if self.arch.cross:
                layer.norm_cross = self.norm(f"{root}.norm_cross")
                layer.cross_qkv = self.take(f"{root}.cross_attention.in_proj_weight")
                layer.cross_out = self.take(f"{root}.cross_attention.out_proj.weight")
            yield layer


@dataclass
class TorchCache:
    """Keys and values so far. `keys`, `values`: [layers, rows, heads, capacity, head_dim]."""

    condition: Condition
    keys: Tensor
    values: Tensor
    cross: list[tuple[Tensor, Tensor] | None] = field(default_factory=list)
    length: int = 0


class TorchDecoder:
    """A `Decoder` in torch. A state dict without what the architecture needs raises KeyError with its name."""

    def __init__(
        self,
        arch: Architecture,
        state: Mapping[str, Tensor],
        *,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
        hold: Hold = "device",
    ) -> None:
        self.precision = {torch.float32: "fp32", torch.float16: "fp16", torch.bfloat16: "bf16"}[dtype]
        self._arch, self._device, self._dtype = arch, device, dtype
        disk = LayersOnDisk(state, arch, dtype, device)
        self._layers: Iterable[Layer] = disk
        if hold == "device":
            self._layers = list(disk)
        elif hold == "host":
            self._layers = LayersOffloaded(LayersOnDisk(state, arch, dtype, "cpu"), device)
        self._embeddings = torch.stack([disk.take(f"emb.{book}.weight") for book in range(arch.codebooks)])
        self._out_norm = disk.norm("out_norm")
        self._heads = torch.cat([disk.take(f"linears.{book}.weight") for book in range(arch.codebooks)])
        self._positions = torch.empty(0, arch.dim)

    @torch.inference_mode()
    def prefill(self, condition: Condition, tokens: NDArray[np.int64], steps: int) -> tuple[TorchCache, Floats]:
        cache, x = self._begin(condition, tokens, steps)
        return cache, self._logits(self._forward(x, cache)[:, -1:], cache)[:, 0]

    @torch.inference_mode()
    def score(self, condition: Condition, tokens: NDArray[np.int64]) -> Floats:
        """The guided logits after every one of `tokens`, [batch, n, codebooks, cardinality]."""
        cache, x = self._begin(condition, tokens, tokens.shape[2])
        return self._logits(self._forward(x, cache)[:, -tokens.shape[2] :], cache)

    def _begin(self, condition: Condition, tokens: NDArray[np.int64], steps: int) -> tuple[TorchCache, Tensor]:
        arch = self._arch
        capacity = condition.prefix_frames + steps
        if len(self._positions) < capacity:
            self._positions = torch.from_numpy(positions(capacity, arch.dim)).to(self._device)
        shape = (arch.layers, condition.rows, arch.heads, capacity, arch.head_dim)
        keys = torch.empty(shape, device=self._device, dtype=self._dtype)
        cache = TorchCache(condition, keys, torch.empty_like(keys))
        for layer in self._layers:
            cache.cross.append(self._cross(layer, condition))
        inputs = self._embed(torch.from_numpy(tokens).to(self._device), condition)
        if condition.prefix is not None:
            prefix = torch.from_numpy(condition.prefix).to(self._device, self._dtype)
            inputs = torch.cat([prefix, inputs], dim=1)
        return cache, inputs

    @torch.inference_mode()
    def step(self, tokens: NDArray[np.int64], cache: Any) -> Floats:
        x = self._embed(torch.from_numpy(tokens)[:, :, None].to(self._device), cache.condition)
        return self._logits(self._forward(x, cache), cache)[:, 0]

    def _embed(self, tokens: Tensor, condition: Condition) -> Tensor:
        """[batch, codebooks, n] -> [rows, n, dim]: the sum over codebooks, the same for every group."""
        total: Any = sum(table[tokens[:, book]] for book, table in enumerate(self._embeddings))
        repeated: Tensor = total.repeat(len(condition.weights), 1, 1)
        return repeated

    def _cross(self, layer: Layer, condition: Condition) -> tuple[Tensor, Tensor] | None:
        if condition.cross is None or layer.cross_qkv is None:
            return None
        dim = self._arch.dim
        source = torch.from_numpy(condition.cross).to(self._device, self._dtype)
        return (
            self._split(linear(source, layer.cross_qkv[dim : 2 * dim])),
            self._split(linear(source, layer.cross_qkv[2 * dim :])),
        )

    def _split(self, x: Tensor) -> Tensor:
        """[rows, n, dim] -> [rows, heads, n, head_dim]"""
        return x.view(*x.shape[:-1], self._arch.heads, self._arch.head_dim).transpose(1, 2)

    def _forward(self, x: Tensor, cache: TorchCache) -> Tensor:
        """`x` [rows, n, dim], embedded -> [rows, n, dim] before the last norm."""
        start, end = cache.length, cache.length + x.shape[1]
        x = x + self._positions[start:end].to(x.dtype)
        for index, layer in enumerate(self._layers):
            query, key, value = self._projected(x, layer)
            cache.keys[index, :, :, start:end] = key
            cache.values[index, :, :, start:end] = value
            attended = scaled_dot_product_attention(
                query, cache.keys[index, :, :, :end], cache.values[index, :, :, :end], is_causal=x.shape[1] > 1
            )
            x = self._after_attention(x, attended, layer, cache.cross[index])
        cache.length = end
        return x

    def _projected(self, x: Tensor, layer: Layer) -> tuple[Tensor, ...]:
        """Queries, keys and values of `x` [rows, n, dim], each [rows, heads, n, head_dim]."""
        return tuple(self._split(part) for part in linear(self._norm(x, layer.norm1), layer.qkv).chunk(3, dim=-1))

    def _after_attention(
        self, x: Tensor, attended: Tensor, layer: Layer, cross: tuple[Tensor, Tensor] | None
    ) -> Tensor:
        """What of a layer follows self-attention: its output projection, cross-attention and feed-forward network."""
        x = x + linear(attended.transpose(1, 2).flatten(2), layer.out)
        if cross is not None and layer.cross_qkv is not None and layer.cross_out is not None:
            assert layer.norm_cross is not None
            query = self._split(linear(self._norm(x, layer.norm_cross), layer.cross_qkv[: self._arch.dim]))
            attended = scaled_dot_product_attention(query, *cross)
            x = x + linear(attended.transpose(1, 2).flatten(2), layer.cross_out)
        return x + linear(gelu(linear(self._norm(x, layer.norm2), layer.up)), layer.down)

    def _logits(self, x: Tensor, cache: TorchCache) -> Floats:
        """[rows, n, dim] -> guided, [batch, n, codebooks, cardinality]."""
        arch, condition = self._arch, cache.condition
        logits = linear(self._norm(x, self._out_norm), self._heads).float()
        logits = logits.view(len(condition.weights), condition.batch, *logits.shape[1:])
        factors = torch.tensor(condition.weights, device=logits.device).view(-1, 1, 1, 1)
        guided = (logits * factors).sum(0)
        found: Floats = guided.view(*guided.shape[:-1], arch.codebooks, arch.cardinality).cpu().numpy()
        return found

    def _norm(self, x: Tensor, parts: tuple[Tensor, Tensor]) -> Tensor:
        return layer_norm(x, (self._arch.dim,), *parts, _EPS)
