"""Rows of numbers for many tracks in one file, which is mapped into memory, not read."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAGIC = b"ACWROWS2"
_ALIGNED = 64
MAX_HEADER = 1 << 20


@dataclass(frozen=True)
class Packed:
    """`rows`: float16 [tracks, columns]. `ids`: bytes [tracks]. `columns`: their names, none for a vector's numbers."""

    ids: NDArray[np.bytes_]
    rows: NDArray[np.float16]
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.rows) or (self.columns and len(self.columns) != self.rows.shape[1]):
            raise ValueError("as many ids as rows, and a name for every column or for none")

    def row_of(self, track: str) -> int:
        """Raises KeyError where it has none."""
        found = np.flatnonzero(self.ids == track.encode())
        if not found.size:
            raise KeyError(track)
        return int(found[0])

    def track(self, row: int) -> str:
        """Its id."""
        return bytes(self.ids[row]).decode()


def pack(path: Path, content: Packed) -> None:
    """Write it to `path` in one step: whoever has mapped what lay there keeps that."""
    ids = content.ids if content.ids.dtype.itemsize else np.zeros(len(content.ids), "S1")
    header = json.dumps(
        {"columns": content.columns, "shape": content.rows.shape, "id_bytes": ids.dtype.itemsize}
    ).encode()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(MAGIC + len(header).to_bytes(4, "little") + header + ids.tobytes())
            file.write(bytes(-file.tell() % _ALIGNED))
            file.write(np.ascontiguousarray(content.rows, "<f2").tobytes())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def unpack(path: Path) -> Packed:
    """What `pack` wrote, its rows mapped. Raises ValueError for another file, which is to be made anew, OSError for
    none."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError(f"{path.name} holds no rows")
        length = int.from_bytes(file.read(4), "little")
        if length > MAX_HEADER:
            raise ValueError(f"{path.name} claims {length} bytes of header")
        try:
            header = json.loads(file.read(length))
            (count, width), id_bytes = map(int, header["shape"]), int(header["id_bytes"])
            columns = tuple(map(str, header["columns"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path.name} cannot be read: {error}") from error
        start = file.tell() + count * id_bytes
        start += -start % _ALIGNED
        if min(count, width) < 0 or id_bytes < 1 or start + 2 * count * width != path.stat().st_size:
            raise ValueError(f"{path.name} is cut")
        ids = np.frombuffer(file.read(count * id_bytes), f"S{id_bytes}")
    if not count * width:
        return Packed(ids, np.zeros((count, width), np.float16), columns)
    return Packed(ids, np.memmap(path, np.dtype("<f2"), "r", start, (count, width)), columns)
