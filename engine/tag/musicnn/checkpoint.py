"""The variables of a TensorFlow 2 bundle, read without TensorFlow.

A bundle is an index, which is a LevelDB table of names, and data, which is the numbers one after the other
(`tensorflow/core/util/tensor_bundle`, `leveldb/doc/table_format.md`). Read is what the networks here need: one data
file, no compression, float32.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.errors import invalid

FOOTER = 48
"""Bytes at the end of the table: where its two indexes lie, then MAGIC."""
MAGIC = bytes.fromhex("57fb808b247547db")
MAX_BYTES = 1 << 26
"""The published indexes have 5 kB, their data 9 MiB."""
FLOAT32 = 1
LEAVINGS = ("beta1_power", "beta2_power")
"""What the optimiser left behind, with all that has `Adam` in its name."""


class _DamagedError(ValueError):
    """The file is not what a bundle is."""


def read(index: Path, data: Path) -> dict[str, Tensor]:
    """Every variable of the network by its name, float32 in its own shape; what an optimiser left is passed over.

    Raises INVALID_INPUT `checkpoint_unreadable` with the file and what is wrong with it.
    """
    numbers = _content(data)
    try:
        entries = list(_entries(_content(index)))
    except (_DamagedError, IndexError, UnicodeDecodeError) as error:
        raise invalid("checkpoint_unreadable", file=index.name, reason=_said(error)) from None
    found: dict[str, Tensor] = {}
    for name, value in entries:
        if not name or "Adam" in name or name in LEAVINGS:
            continue
        try:
            found[name] = _variable(value, numbers)
        except (_DamagedError, IndexError) as error:
            raise invalid("checkpoint_unreadable", file=data.name, reason=f"{name}: {_said(error)}") from None
    return found


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise invalid("checkpoint_unreadable", file=path.name, reason=error.strerror or "?") from None
    if len(content) > MAX_BYTES:
        raise invalid("checkpoint_unreadable", file=path.name, reason=f"> {MAX_BYTES} B")
    return content


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, _DamagedError) else "it ends too early"


def _entries(table: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and values of the table, in its order."""
    if len(table) < FOOTER or table[-len(MAGIC) :] != MAGIC:
        raise _DamagedError("no table of a TensorFlow bundle")
    footer = table[-FOOTER:]
    _, at = _handle(footer, 0)
    indexes, _ = _handle(footer, at)
    for _, handle in _block(table, indexes):
        for key, value in _block(table, _handle(handle, 0)[0]):
            yield key.decode("utf-8"), value


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    """The offset and size of a block that are written at `at`, and where they end."""
    offset, at = _varint(data, at)
    size, at = _varint(data, at)
    return (offset, size), at


def _block(table: bytes, handle: tuple[int, int]) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of one block; a key says how many bytes it shares with the one before it."""
    offset, size = handle
    if size < 4 or offset + size >= len(table):
        raise _DamagedError("a block lies outside of it")
    if table[offset + size]:
        raise _DamagedError("it is compressed")
    block = table[offset : offset + size]
    restarts = int.from_bytes(block[-4:], "little")
    end = size - 4 - 4 * restarts
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        unshared, at = _varint(block, at)
        length, at = _varint(block, at)
        if shared > len(key) or at + unshared + length > end:
            raise _DamagedError("an entry reaches out of its block")
        key = key[:shared] + block[at : at + unshared]
        yield key, block[at + unshared : at + unshared + length]
        at += unshared + length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, lowest first, and where it ends."""
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at
        if shift > 63:
            raise _DamagedError("a number has more than 64 bits")


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of every field of a protocol buffer."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            number, at = _varint(message, at)
            yield tag >> 3, number
            continue
        size, at = _varint(message, at) if kind == 2 else ({1: 8, 5: 4}.get(kind, 0), at)
        if not size and kind != 2:
            raise _DamagedError(f"a field of the kind {kind}")
        if at + size > len(message):
            raise _DamagedError("a field reaches out of its message")
        yield tag >> 3, message[at : at + size]
        at += size


def _variable(entry: bytes, numbers: bytes) -> Tensor:
    """The variable that a BundleEntryProto describes: 1 type, 2 shape, 3 shard, 4 offset, 5 size."""
    facts: dict[int, int] = {1: 0, 3: 0, 4: 0, 5: 0}
    shape: list[int] = []
    for field, value in _fields(entry):
        if field == 2 and isinstance(value, bytes):
            for _, side in _fields(value):
                lengths = [n for f, n in _fields(side) if f == 1] if isinstance(side, bytes) else []
                shape.append(next((n for n in lengths if isinstance(n, int)), 0))
        elif field in facts and isinstance(value, int):
            facts[field] = value
    if facts[1] != FLOAT32 or facts[3]:
        raise _DamagedError(f"type {facts[1]} in file {facts[3]}")
    count = 1
    for side in shape:
        count *= side
    offset, size = facts[4], facts[5]
    if size != 4 * count or offset + size > len(numbers):
        raise _DamagedError(f"{shape} takes {4 * count} B, of {size} at {offset}")
    values = np.frombuffer(numbers, "<f4", count, offset).astype(np.float32).reshape(shape)
    if not np.isfinite(values).all():
        raise _DamagedError("not all of it is numbers")
    return torch.from_numpy(values)
