"""One pass through a language model, compiled. Every thread runs `advance` with its own number.

Threads share the rows of each matrix and the heads of each attention; six meetings a layer keep them together.
Between two meetings a thread writes only what is its own. What every thread needs (norms, quantised inputs) each
computes for itself: that is cheaper than meeting.
"""

from typing import Any

import numpy as np
from numba import njit

from engine.generate.musicgen.native.intrinsics import (
    CHUNK,
    COLUMNS,
    LANES,
    ROWS,
    atomic_add,
    atomic_load,
    dot_block,
    float_of_bits,
    let_others_run,
    mix_16,
    mix_64,
    score_block,
    store_half,
)

QKV, OUT, CROSS_QUERY, CROSS_OUT, UP, DOWN = range(6)
"""Order of a layer's matrices."""

_SPINS = 500
"""Looks at the gate, some microseconds in all, before the core is offered to whoever else wants it."""
_compiled = njit(nogil=True, fastmath=True, cache=True, boundscheck=False, error_model="numpy")


@_compiled
def exponential(x: Any) -> Any:
    """e^x in float32, 2e-7 off at most; 0 below -87. Plain arithmetic, so that LLVM can compute 16 at once."""
    x = max(np.float32(x), np.float32(-87.0))
    scaled = x * np.float32(1.4426950408889634)
    whole = np.floor(scaled + np.float32(0.5))
    part = (x - whole * np.float32(0.693359375)) + whole * np.float32(2.12194440e-4)
    y = np.float32(1.9875691500e-4)
    y = y * part + np.float32(1.3981999507e-3)
    y = y * part + np.float32(8.3334519073e-3)
    y = y * part + np.float32(4.1665795894e-2)
    y = y * part + np.float32(1.6666665459e-1)
    y = y * part + np.float32(5.0000001201e-1)
    y = y * part * part + part + np.float32(1.0)
    return y * float_of_bits((np.int32(whole) + np.int32(127)) << np.int32(23))


@_compiled
def gelu(x: Any) -> Any:
    """x Phi(x), with erf after Abramowitz and Stegun 7.1.26 (1.5e-7 off at most)."""
    z = abs(x) * np.float32(0.7071067811865476)
    t = np.float32(1.0) / (np.float32(1.0) + np.float32(0.3275911) * z)
    poly = np.float32(1.061405429)
    poly = poly * t + np.float32(-1.453152027)
    poly = poly * t + np.float32(1.421413741)
    poly = poly * t + np.float32(-0.284496736)
    poly = poly * t + np.float32(0.254829592)
    tail = poly * t * exponential(-z * z)
    upper = np.float32(1.0) - np.float32(0.5) * tail
    return x * (upper if x >= np.float32(0.0) else np.float32(1.0) - upper)


@_compiled
def meet(gate: Any, threads: Any) -> None:
    """Wait until all `threads` are here. `gate`: int64 [16], zeros at first."""
    if threads == 1:
        return
    count = gate.ctypes.data
    turn = count + 64
    before = atomic_add(turn, 0)
    if atomic_add(count, 1) == threads - 1:
        atomic_add(count, -threads)
        atomic_add(turn, 1)
        return
    spins = 0
    while atomic_load(turn) == before:
        spins += 1
        if spins > _SPINS:
            let_others_run()


@_compiled
def quantise(values: Any, row: Any, out: Any, scales: Any, place: Any) -> None:
    """Row `row` of float32 [.., n] as int16 with one scale."""
    count = values.shape[1]
    largest = np.float32(0.0)
    for i in range(count):
        largest = max(largest, abs(values[row, i]))
    if largest == np.float32(0.0):
        largest = np.float32(1.0)
    scales[place] = largest / np.float32(32767.0)
    factor = np.float32(32767.0) / largest
    for i in range(count):
        out[place, i] = np.int16(np.rint(values[row, i] * factor))


@_compiled
def norm(values: Any, row: Any, weight: Any, bias: Any, out: Any, place: Any) -> None:
    """Layer norm, eps 1e-5."""
    count = values.shape[1]
    total = np.float32(0.0)
    for i in range(count):
        total += values[row, i]
    mean = total / np.float32(count)
    power = np.float32(0.0)
    for i in range(count):
        power += (values[row, i] - mean) * (values[row, i] - mean)
    factor = np.float32(1.0) / np.sqrt(power / np.float32(count) + np.float32(1e-5))
    for i in range(count):
        out[place, i] = (values[row, i] - mean) * factor * weight[i] + bias[i]


@_compiled
def product(weights: Any, start: Any, scales: Any, scale_start: Any, inputs: Any, input_scales: Any, columns: Any,
            size: Any, first: Any, last: Any, out: Any, offset: Any, add: Any, block: Any) -> None:  # fmt: skip
    """Rows first..last (multiples of 8) of a matrix by `columns` inputs; into or onto out[column, row - offset]."""
    base, source, sums = weights.ctypes.data + start, inputs.ctypes.data, block.ctypes.data
    stride = inputs.shape[1] * 2
    for rows in range(first // ROWS, last // ROWS):
        for column in range(0, columns, COLUMNS):
            dot_block(base + rows * ROWS * size, source + column * stride, stride, size // CHUNK, sums)
            for m in range(min(COLUMNS, columns - column)):
                scale = input_scales[column + m]
                for n in range(ROWS):
                    row = rows * ROWS + n
                    value = block[m * ROWS + n] * scale * scales[scale_start + row]
                    if add:
                        out[column + m, row - offset] += value
                    else:
                        out[column + m, row - offset] = value


@_compiled
def softmax(scores: Any, count: Any) -> None:
    largest = scores[0]
    for t in range(1, count):
        largest = max(largest, scores[t])
    total = np.float32(0.0)
    for t in range(count):
        scores[t] = exponential(scores[t] - largest)
        total += scores[t]
    factor = np.float32(1.0) / total
    for t in range(count):
        scores[t] *= factor


@_compiled
def attend(query: Any, heard: Any, row: Any, head: Any, size: Any, keys: Any, values: Any, count: Any,
           scores: Any) -> None:  # fmt: skip
    """One head of one position over `count` cached ones. keys: half [blocks, size, 16]; values: half [count, size]."""
    for i in range(size):
        query[row, head * size + i] *= np.float32(1.0) / np.sqrt(np.float32(size))
    source = query.ctypes.data + (row * query.shape[1] + head * size) * 4
    goal = heard.ctypes.data + (row * heard.shape[1] + head * size) * 4
    place = scores.ctypes.data
    for block in range((count + LANES - 1) // LANES):
        score_block(source, keys + block * size * LANES * 2, size, place + block * LANES * 4)
    softmax(scores, count)
    if size % 64 == 0:
        for part in range(0, size, 64):
            mix_64(place, values + part * 2, size * 2, count, goal + part * 4)
    else:
        for part in range(0, size, LANES):
            mix_16(place, values + part * 2, size * 2, count, goal + part * 4)


@_compiled
def attend_cross(query: Any, heard: Any, row: Any, head: Any, size: Any, keys: Any, values: Any, scores: Any) -> None:
    """One head of one position over the condition. keys: float32 [size, frames]; values: float32 [frames, size]."""
    frames = values.shape[0]
    factor = np.float32(1.0) / np.sqrt(np.float32(size))
    for t in range(frames):
        scores[t] = np.float32(0.0)
    for i in range(size):
        value = query[row, head * size + i] * factor
        for t in range(frames):
            scores[t] += value * keys[i, t]
    softmax(scores, frames)
    for i in range(size):
        heard[row, head * size + i] = np.float32(0.0)
    for t in range(frames):
        share = scores[t]
        for i in range(size):
            heard[row, head * size + i] += share * values[t, i]


@_compiled
def remember(projected: Any, rows: Any, new: Any, head: Any, size: Any, dim: Any, start: Any, keys: Any,
             values: Any) -> None:  # fmt: skip
    """The keys and values of one head's new positions go into the cache; keys in blocks of 16 positions."""
    row_bytes = keys.strides[0]
    for row in range(rows):
        key_base = keys.ctypes.data + row * row_bytes + head * keys.strides[1]
        value_base = values.ctypes.data + row * values.strides[0] + head * values.strides[1]
        for j in range(new):
            place = start + j
            block = key_base + (place // LANES) * size * LANES * 2 + (place % LANES) * 2
            line = value_base + place * size * 2
            for i in range(size):
                store_half(block + i * LANES * 2, projected[row * new + j, dim + head * size + i])
                store_half(line + i * 2, projected[row * new + j, 2 * dim + head * size + i])


@_compiled
def advance(thread: Any, threads: Any, gate: Any, shape: Any, x: Any, weights: Any, places: Any, scales: Any,
            scale_places: Any, norms: Any, keys: Any, values: Any, cross_rows: Any, cross_keys: Any, cross_values: Any,
            projected: Any, heard: Any, hidden: Any, mixed: Any, guides: Any, logits: Any) -> None:  # fmt: skip
    """`x` float32 [rows * new, dim] through all layers; guided logits after the last position.

    shape: int64 (rows, new, start, heads, batch). keys: half [layers, rows, heads, blocks, size, 16], values: half
    [layers, rows, heads, capacity, size]. cross_rows: the rows with a condition; cross_keys: float32
    [layers, len, heads, size, frames]. norms: float32 [layers + 1, 6, dim]. guides: float32 [groups].
    Scratch, shared: projected [rows * new, 3 dim], heard [rows * new, dim], hidden [rows * new, 4 dim],
    mixed [batch, dim].
    """
    rows, new, start, heads, batch = shape[0], shape[1], shape[2], shape[3], shape[4]
    layers, total, dim = keys.shape[0], rows * new, x.shape[1]
    size, wide = dim // heads, hidden.shape[1]
    first_head, last_head = thread * heads // threads, (thread + 1) * heads // threads
    narrow = dim // ROWS
    first_row, last_row = thread * narrow // threads * ROWS, (thread + 1) * narrow // threads * ROWS
    broad = wide // ROWS
    first_wide, last_wide = thread * broad // threads * ROWS, (thread + 1) * broad // threads * ROWS
    normed = np.empty((total + COLUMNS, dim), np.float32)
    small = np.zeros((total + COLUMNS, dim), np.int16)
    large = np.zeros((total + COLUMNS, wide), np.int16)
    input_scales = np.zeros(total + COLUMNS, np.float32)
    block = np.empty(ROWS * COLUMNS, np.float32)
    scores = np.empty(max(values.shape[3], cross_values.shape[3]) + LANES, np.float32)
    crossed = len(cross_rows) * new
    for layer in range(layers):
        for m in range(total):
            norm(x, m, norms[layer, 0], norms[layer, 1], normed, m)
            quantise(normed, m, small, input_scales, m)
        for part in range(3):
            product(weights, places[layer, QKV], scales, scale_places[layer, QKV], small, input_scales, total, dim,
                    part * dim + first_head * size, part * dim + last_head * size, projected, 0, False,
                    block)  # fmt: skip
        for head in range(first_head, last_head):
            remember(projected, rows, new, head, size, dim, start, keys[layer], values[layer])
            for row in range(rows):
                key_base = keys.ctypes.data + layer * keys.strides[0] + row * keys.strides[1] + head * keys.strides[2]
                value_base = (
                    values.ctypes.data + layer * values.strides[0] + row * values.strides[1] + head * values.strides[2]
                )
                for j in range(new):
                    attend(projected, heard, row * new + j, head, size, key_base, value_base, start + j + 1, scores)
        meet(gate, threads)
        for m in range(total):
            quantise(heard, m, small, input_scales, m)
        product(weights, places[layer, OUT], scales, scale_places[layer, OUT], small, input_scales, total, dim,
                first_row, last_row, x, 0, True, block)  # fmt: skip
        meet(gate, threads)
        if crossed > 0:
            for c in range(len(cross_rows)):
                for j in range(new):
                    m = c * new + j
                    norm(x, cross_rows[c] * new + j, norms[layer, 2], norms[layer, 3], normed, m)
                    quantise(normed, m, small, input_scales, m)
            product(weights, places[layer, CROSS_QUERY], scales, scale_places[layer, CROSS_QUERY], small, input_scales,
                    crossed, dim, first_head * size, last_head * size, projected, 0, False, block)  # fmt: skip
            for head in range(first_head, last_head):
                for c in range(len(cross_rows)):
                    for j in range(new):
                        attend_cross(projected, heard, c * new + j, head, size, cross_keys[layer, c, head],
                                     cross_values[layer, c, head], scores)  # fmt: skip
            meet(gate, threads)
            for m in range(crossed):
                quantise(heard, m, small, input_scales, m)
            product(weights, places[layer, CROSS_OUT], scales, scale_places[layer, CROSS_OUT], small, input_scales,
                    crossed, dim, first_row, last_row, projected, 0, False, block)  # fmt: skip
            for c in range(len(cross_rows)):
                for j in range(new):
                    for i in range(first_row, last_row):
                        x[cross_rows[c] * new + j, i] += projected[c * new + j, i]
            meet(gate, threads)
        for m in range(total):
            norm(x, m, norms[layer, 4], norms[layer, 5], normed, m)
            quantise(normed, m, small, input_scales, m)
        product(weights, places[layer, UP], scales, scale_places[layer, UP], small, input_scales, total, dim,
                first_wide, last_wide, hidden, 0, False, block)  # fmt: skip
        for m in range(total):
            for i in range(first_wide, last_wide):
                hidden[m, i] = gelu(hidden[m, i])
        meet(gate, threads)
        for m in range(total):
            quantise(hidden, m, large, input_scales, m)
        product(weights, places[layer, DOWN], scales, scale_places[layer, DOWN], large, input_scales, total, wide,
                first_row, last_row, x, 0, True, block)  # fmt: skip
        meet(gate, threads)
    for b in range(batch):
        if thread == 0:
            for i in range(dim):
                mixed[b, i] = np.float32(0.0)
        for g in range(len(guides)):
            row = g * batch + b
            if thread == 0:
                norm(x, row * new + new - 1, norms[layers, 0], norms[layers, 1], normed, 0)
                for i in range(dim):
                    mixed[b, i] += guides[g] * normed[0, i]
    meet(gate, threads)
    for b in range(batch):
        quantise(mixed, b, small, input_scales, b)
    codes = logits.shape[1] // ROWS
    product(weights, places[layers, 0], scales, scale_places[layers, 0], small, input_scales, batch, dim,
            thread * codes // threads * ROWS, (thread + 1) * codes // threads * ROWS, logits, 0, False,
            block)  # fmt: skip
    meet(gate, threads)
