"""The torch runtime for a GPU: one step without a shape that changes, so that CUDA can replay it as a graph.

A step of a small batch is hundreds of kernels of microseconds each; launching them from Python takes longer than
running them. Captured once for each SPAN positions, a step is one launch. Without CUDA the same code runs eagerly,
which is how it is tested.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import linear, scaled_dot_product_attention

from engine.generate.musicgen.decoder import Condition, Floats, positions
from engine.generate.musicgen.reference import Tensor, TorchCache, TorchDecoder

SPAN = 256
"""Attention covers whole spans of so many positions; what is not written yet is masked."""


@dataclass
class GraphState:
    """What a step reads and writes, at fixed addresses: tokens [batch, codebooks], place [1], mask [span], logits."""

    cache: TorchCache
    tokens: Tensor
    place: Tensor
    mask: Tensor
    table: Tensor
    logits: Tensor | None = None
    graphs: dict[int, Any] = field(default_factory=dict)


class GraphDecoder(TorchDecoder):
    """A `Decoder` whose steps are replayed from CUDA graphs, or run eagerly where there is no CUDA."""

    @torch.inference_mode()
    def prefill(self, condition: Condition, tokens: NDArray[np.int64], steps: int) -> tuple[Any, Floats]:
        spare = -(-(condition.prefix_frames + steps) // SPAN) * SPAN - condition.prefix_frames
        cache, logits = super().prefill(condition, tokens, spare)
        cache.keys[:, :, :, cache.length :] = 0  # masked, but a NaN there would still spread
        cache.values[:, :, :, cache.length :] = 0
        capacity = cache.keys.shape[3]
        return GraphState(
            cache,
            tokens=torch.zeros(tokens.shape[:2], dtype=torch.long, device=self._device),
            place=torch.zeros(1, dtype=torch.long, device=self._device),
            mask=torch.full((capacity,), float("-inf"), device=self._device, dtype=self._dtype),
            table=torch.from_numpy(positions(capacity, self._arch.dim)).to(self._device, self._dtype),
        ), logits

    @torch.inference_mode()
    def step(self, tokens: NDArray[np.int64], cache: Any) -> Floats:
        state: GraphState = cache
        place = state.cache.length
        state.tokens.copy_(torch.from_numpy(np.ascontiguousarray(tokens)))
        state.place.fill_(place)
        state.mask[: place + 1] = 0
        span = (place // SPAN + 1) * SPAN
        if self._device.startswith("cuda"):
            if span not in state.graphs:
                self._run(state, span)  # libraries set themselves up outside of the capture
                torch.cuda.synchronize()
                state.graphs[span] = torch.cuda.CUDAGraph()
                with torch.cuda.graph(state.graphs[span]):
                    state.logits = self._run(state, span)
                state.graphs[span].answer = state.logits
            state.graphs[span].replay()
            logits = state.graphs[span].answer
        else:
            logits = self._run(state, span)
        state.cache.length = place + 1
        found: Floats = logits.float().cpu().numpy()
        return found

    def _run(self, state: GraphState, span: int) -> Tensor:
        """One column through all layers: guided logits [batch, codebooks, cardinality]."""
        arch, cache = self._arch, state.cache
        x = self._embed(state.tokens[:, :, None], cache.condition) + state.table[state.place]
        mask = state.mask[None, :span]
        for index, layer in enumerate(self._layers):
            query, key, value = self._projected(x, layer)
            cache.keys[index].index_copy_(2, state.place, key)
            cache.values[index].index_copy_(2, state.place, value)
            attended = scaled_dot_product_attention(
                query, cache.keys[index, :, :, :span], cache.values[index, :, :, :span], attn_mask=mask
            )
            x = self._after_attention(x, attended, layer, cache.cross[index])
        out = self._norm(x[:, -1], self._out_norm)
        mixed = self._guided(out, cache.condition)
        return linear(mixed, self._heads).float().view(-1, arch.codebooks, arch.cardinality)

    def _guided(self, out: Tensor, condition: Condition) -> Tensor:
        """The heads are linear: groups are mixed before them, so that they are passed once."""
        groups = out.view(len(condition.weights), condition.batch, -1).float()
        mixed = sum(weight * group for weight, group in zip(condition.weights, groups, strict=True))
        assert isinstance(mixed, torch.Tensor)
        return mixed.to(self._dtype)
