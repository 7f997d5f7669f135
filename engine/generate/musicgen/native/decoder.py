"""The compiled kernels as a `Decoder`."""

import os
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.generate.musicgen.architecture import Architecture
from engine.generate.musicgen.decoder import Condition, Floats, positions
from engine.generate.musicgen.native.intrinsics import CHUNK, LANES, ROWS
from engine.generate.musicgen.native.kernels import advance

PREFILL_FRAMES = 32
"""Positions that pass through the layers together when a condition or a prompt is read."""
MOST_COLUMNS = 8192


def fits(arch: Architecture) -> bool:
    """Whether the kernels are made for this shape: every published checkpoint is."""
    return arch.dim % CHUNK == 0 and arch.hidden <= MOST_COLUMNS and arch.head_dim % LANES == 0


def pack(matrix: torch.Tensor) -> tuple[NDArray[np.int8], Floats]:
    """Rows as int8 with one scale each; 8 rows side by side in pieces of 32, in the order the kernels read them."""
    wide = matrix.float()
    scales = (wide.abs().amax(dim=1) / 127).clamp(min=1e-12)
    whole = (wide / scales[:, None]).round().clamp(-127, 127).to(torch.int8)
    rows, columns = whole.shape
    pieces = whole.view(rows // ROWS, ROWS, columns // CHUNK, CHUNK).transpose(1, 2).contiguous()
    return pieces.view(-1).numpy(), scales.numpy()


@dataclass
class NativeCache:
    """Keys and values so far, as half floats in the kernels' layout, and scratch."""

    condition: Condition
    keys: NDArray[np.uint16]
    values: NDArray[np.uint16]
    cross_rows: NDArray[np.int64]
    cross_keys: Floats
    cross_values: Floats
    scratch: dict[int, tuple[Floats, ...]]
    guides: Floats
    length: int = 0


class Pace:
    """How many threads a step is given: as many as were quickest of late.

    One core alone reads memory nearly as fast as all of them, and threads that meet often wait for the one whose core
    another program has just taken. So now and then another number is tried. What is computed does not depend on it.
    """

    EVERY = 32
    WEIGHT = 0.3

    def __init__(self, most: int) -> None:
        self._choices = sorted({1, (most + 1) // 2, most}, reverse=True)
        self._seconds: dict[int, float] = {}
        self._steps = self._trials = 0

    def choose(self) -> int:
        """The number for the next step."""
        untried = [count for count in self._choices if count not in self._seconds]
        if untried:
            return untried[0]
        self._steps += 1
        best = min(self._choices, key=lambda count: self._seconds[count])
        if self._steps % self.EVERY or len(self._choices) == 1:
            return best
        self._trials += 1
        others = [count for count in self._choices if count != best]
        return others[self._trials % len(others)]

    def took(self, count: int, seconds: float) -> None:
        before = self._seconds.get(count, seconds)
        self._seconds[count] = before + self.WEIGHT * (seconds - before)


class NativeDecoder:
    """A `Decoder` on the CPU with int8 weights, int16 activations and a float16 cache."""

    precision = "int8"

    def __init__(self, arch: Architecture, state: Mapping[str, torch.Tensor], *, threads: int | None = None) -> None:
        if not fits(arch):
            raise ValueError(f"the kernels are not made for dim {arch.dim}, head {arch.head_dim}, hidden {arch.hidden}")
        self._arch = arch
        self.threads = min(threads or default_threads(), arch.heads)
        self._pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None  # ends with this object
        self._lock = threading.Lock()
        self._pace = Pace(self.threads)
        self._gate = np.zeros(16, np.int64)
        self._positions = np.zeros((0, arch.dim), np.float32)
        self._embeddings = np.stack([state[f"emb.{book}.weight"].half().numpy() for book in range(arch.codebooks)])
        self._read(state)

    def _read(self, state: Mapping[str, torch.Tensor]) -> None:
        arch, dim = self._arch, self._arch.dim
        per_layer = 4 * dim * dim + 2 * dim * arch.hidden + (2 * dim * dim if arch.cross else 0)
        heads = arch.codebooks * arch.cardinality
        self._weights = np.empty(arch.layers * per_layer + heads * dim, np.int8)
        scales: list[Floats] = []
        self._places = np.zeros((arch.layers + 1, 6), np.int64)
        self._scale_places = np.zeros_like(self._places)
        self._norms = np.zeros((arch.layers + 1, 6, dim), np.float32)
        self._cross: list[torch.Tensor] = []
        end = scale_end = 0

        def put(layer: int, place: int, matrix: torch.Tensor) -> None:
            nonlocal end, scale_end
            packed, own = pack(matrix)
            self._weights[end : end + len(packed)] = packed
            self._places[layer, place], self._scale_places[layer, place] = end, scale_end
            scales.append(own)
            end, scale_end = end + len(packed), scale_end + len(own)

        for layer in range(arch.layers):
            root = f"transformer.layers.{layer}"
            put(layer, 0, state[f"{root}.self_attn.in_proj_weight"])
            put(layer, 1, state[f"{root}.self_attn.out_proj.weight"])
            names = ["norm1", "norm_cross", "norm2"] if arch.cross else ["norm1", "norm1", "norm2"]
            if arch.cross:
                cross = state[f"{root}.cross_attention.in_proj_weight"]
                put(layer, 2, cross[:dim])
                put(layer, 3, state[f"{root}.cross_attention.out_proj.weight"])
                self._cross.append(cross[dim:].clone())
            put(layer, 4, state[f"{root}.linear1.weight"])
            put(layer, 5, state[f"{root}.linear2.weight"])
            for place, name in enumerate(names):
                self._norms[layer, 2 * place] = state[f"{root}.{name}.weight"].float().numpy()
                self._norms[layer, 2 * place + 1] = state[f"{root}.{name}.bias"].float().numpy()
        self._norms[arch.layers, 0] = state["out_norm.weight"].float().numpy()
        self._norms[arch.layers, 1] = state["out_norm.bias"].float().numpy()
        put(arch.layers, 0, torch.cat([state[f"linears.{book}.weight"] for book in range(arch.codebooks)]))
        self._scales = np.concatenate(scales)

    def prefill(self, condition: Condition, tokens: NDArray[np.int64], steps: int) -> tuple[NativeCache, Floats]:
        arch = self._arch
        capacity = -(-(condition.prefix_frames + steps) // LANES) * LANES
        if len(self._positions) < capacity:
            self._positions = positions(capacity, arch.dim)
        shape = (arch.layers, condition.rows, arch.heads)
        cache = NativeCache(
            condition,
            np.empty((*shape, capacity // LANES, arch.head_dim, LANES), np.uint16),
            np.empty((*shape, capacity, arch.head_dim), np.uint16),
            *self._condition(condition),
            scratch={},
            guides=np.asarray(condition.weights, np.float32),
        )
        inputs = self._embed(tokens, condition)
        if condition.prefix is not None:
            inputs = np.concatenate([condition.prefix, inputs], axis=1)
        for begin in range(0, inputs.shape[1], PREFILL_FRAMES):
            logits = self._advance(inputs[:, begin : begin + PREFILL_FRAMES], cache)
        return cache, logits

    def step(self, tokens: NDArray[np.int64], cache: Any) -> Floats:
        return self._advance(self._embed(tokens[:, :, None], cache.condition), cache)

    def _embed(self, tokens: NDArray[np.int64], condition: Condition) -> Floats:
        """[batch, codebooks, n] -> float32 [rows, n, dim]"""
        total = np.zeros((*tokens[:, 0].shape, self._arch.dim), np.float32)
        for book, table in enumerate(self._embeddings):
            total += table[tokens[:, book]]
        return np.concatenate([total] * len(condition.weights))

    def _condition(self, condition: Condition) -> tuple[NDArray[np.int64], Floats, Floats]:
        """The rows that have a condition, with its keys and values in every layer: computed once."""
        arch = self._arch
        if condition.cross is None or not self._cross:
            none = np.zeros((arch.layers, 0, arch.heads, arch.head_dim, 0), np.float32)
            return np.zeros(0, np.int64), none, none.swapaxes(3, 4)
        rows = np.flatnonzero(np.abs(condition.cross).max(axis=(1, 2)) > 0)
        source = torch.from_numpy(condition.cross[rows])
        keys, values = [], []
        with torch.inference_mode():
            for matrix in self._cross:
                both = torch.nn.functional.linear(source, matrix.float())
                key, value = both.view(*both.shape[:2], 2, arch.heads, arch.head_dim).unbind(2)
                keys.append(key.permute(0, 2, 3, 1).contiguous())
                values.append(value.transpose(1, 2).contiguous())
        return rows, torch.stack(keys).numpy(), torch.stack(values).numpy()

    def _advance(self, inputs: Floats, cache: NativeCache) -> Floats:
        """`inputs` [rows, n, dim], embedded -> guided logits after its last position."""
        arch, (rows, new, dim) = self._arch, inputs.shape
        start = cache.length
        x = (inputs + self._positions[start : start + new]).reshape(rows * new, dim)
        if new not in cache.scratch:
            sizes = (3 * dim, dim, arch.hidden)
            cache.scratch = {new: tuple(np.empty((rows * new, size), np.float32) for size in sizes)}
        batch = cache.condition.batch
        shape = np.array([rows, new, start, arch.heads, batch], np.int64)
        mixed = np.empty((batch, dim), np.float32)
        logits = np.empty((batch, arch.codebooks * arch.cardinality), np.float32)
        threads = self._pace.choose() if new == 1 else self.threads
        given = (
            threads, self._gate, shape, x, self._weights, self._places, self._scales, self._scale_places,
            self._norms, cache.keys, cache.values, cache.cross_rows, cache.cross_keys, cache.cross_values,
            *cache.scratch[new], mixed, cache.guides, logits,
        )  # fmt: skip
        with self._lock:
            began = time.perf_counter()
            others = [self._pool.submit(advance, thread, *given) for thread in range(1, threads)] if self._pool else []
            advance(0, *given)
            wait(others)
            if new == 1:
                self._pace.took(threads, time.perf_counter() - began)
        cache.length = start + new
        return logits.reshape(batch, arch.codebooks, arch.cardinality)


def default_threads() -> int:
    """As many as torch would use: it heeds OMP_NUM_THREADS and the cores given to this process."""
    return max(1, min(torch.get_num_threads(), os.cpu_count() or 1))
