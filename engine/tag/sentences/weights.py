"""The checkpoint of the sentence encoder: a network of 15 MB, read whole, and 128,010 word pieces, read as needed."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import about, invalid

Matrix = NDArray[np.float32]

WIDTH = 512
"""Numbers of a word piece, and of a sentence."""
CONVOLVED = 256
BLOCKS, ROWS = 17, 7530
"""Piece `id` is row `id // BLOCKS` of block `id % BLOCKS`."""
WINDOWS = {2: 0, 3: 1, 5: 2}
"""Pieces that a convolution sees -> how many of them stand to the left."""
MOST_KEPT = 20_000
"""Word pieces that are kept once they were unpacked: 10 MB."""


def _shapes() -> dict[str, tuple[int, ...]]:
    joined, hidden = WIDTH + len(WINDOWS) * CONVOLVED, 320
    shapes: dict[str, tuple[int, ...]] = {
        "lo": (BLOCKS,), "scale": (BLOCKS,), "ln_g": (joined,), "ln_b": (joined,),
        "cnn_W": (joined, WIDTH), "cnn_b": (WIDTH,), "d0": (WIDTH, hidden), "d1": (hidden, hidden),
        "p1": (WIDTH, hidden), "d2": (hidden, WIDTH), "p3": (hidden, WIDTH), "d3": (WIDTH, WIDTH),
    }  # fmt: skip
    for n in WINDOWS:
        shapes |= {f"proj{n}": (WIDTH, CONVOLVED)}
        shapes |= {f"{name}_{n}": (n * CONVOLVED, CONVOLVED) for name in ("w1", "w2")}
        shapes |= dict.fromkeys((f"proj_b{n}", f"ln_g{n}", f"ln_b{n}", f"b1_{n}", f"b2_{n}"), (CONVOLVED,))
    return shapes


def read_network(path: Path) -> tuple[dict[str, Matrix], float]:
    """Every array of the network by its name in the file at `path`, and the epsilon of its norms.

    Raises INVALID_INPUT where a name is missing or a shape or type is another one.
    """
    with _opened(path) as archive:
        network = {name: _array(archive, name, shape, np.float32) for name, shape in _shapes().items()}
        return network, float(_array(archive, "eps", (), np.float64))


class Pieces:
    """The vectors of word pieces, 8 bits a number: a block is unpacked where one of its rows is wanted.

    All of them would take 65 MB; a block takes 4 MB, for some 15 ms. `lo` and `scale`: float32 [BLOCKS].
    """

    def __init__(self, path: Path, lo: Matrix, scale: Matrix) -> None:
        self._path, self._lo, self._scale = path, lo, scale
        self._kept: dict[int, NDArray[np.uint8]] = {}

    def unpack(self, sentences: Sequence[NDArray[np.int64]]) -> None:
        """Have all their pieces ready: a block is unpacked once for all of them. Raises INVALID_INPUT where the file is
        damaged."""
        wanted = {piece for sentence in sentences for piece in sentence.tolist()}
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        if not (missing := wanted - self._kept.keys()):
            return
        with _opened(self._path) as archive:
            for block in {piece % BLOCKS for piece in missing}:
                table = _array(archive, f"q{block + 1}", (ROWS, WIDTH), np.uint8)
                self._kept |= {piece: table[piece // BLOCKS].copy() for piece in missing if piece % BLOCKS == block}

    def rows(self, ids: NDArray[np.int64]) -> Matrix:
        """float32 [ids, WIDTH], of pieces that are ready."""
        block = ids % BLOCKS
        packed = np.stack([self._kept[piece] for piece in ids.tolist()])
        vectors: Matrix = packed * self._scale[block, None] + self._lo[block, None]
        return vectors


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    with about(path):
        try:
            with zipfile.ZipFile(path) as archive:
                yield archive
        except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, OSError) as error:
            raise invalid("checkpoint_unreadable", file=path.name, reason=" ".join(str(error).split())[:200]) from error


def _array(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], dtype: type[Any]) -> NDArray[Any]:
    """One array of an `.npz`, of which nothing is unpacked before its header is as expected; ValueError where it isn't.

    numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0.
    """
    with archive.open(f"{name}.npy") as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError(f"{name} is of another format")
        found, by_column, found_type = np.lib.format.read_array_header_1_0(file)
        if (found, by_column, found_type) != (shape, False, np.dtype(dtype)):
            raise ValueError(f"{name} is {found_type} {list(found)}")
        wanted = int(np.prod(shape)) * found_type.itemsize
        numbers = file.read(wanted + 1)
        if len(numbers) != wanted:
            raise ValueError(f"{name} is cut or too long")
        return np.frombuffer(numbers, dtype).reshape(shape)
