"""A SoundFont judged before a library in C plays it: TinySoundFont follows every index that a file holds.

After the SoundFont Technical Specification 2.04: presets and instruments are lists of bags, bags are lists of
generators, and each list ends with a record that only tells where it ends.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import AppError, Code

_RECORDS = {
    b"phdr": np.dtype([("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("first", "<u2"), ("rest", "V12")]),
    b"pbag": np.dtype([("first", "<u2"), ("modulator", "<u2")]),
    b"pgen": np.dtype([("kind", "<u2"), ("amount", "<u2")]),
    b"inst": np.dtype([("name", "S20"), ("first", "<u2")]),
    b"ibag": np.dtype([("first", "<u2"), ("modulator", "<u2")]),
    b"igen": np.dtype([("kind", "<u2"), ("amount", "<u2")]),
    b"shdr": np.dtype([("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("rest", "V16"), ("kind", "<u2")]),
}
_LISTS = ((b"phdr", b"pbag"), (b"pbag", b"pgen"), (b"inst", b"ibag"), (b"ibag", b"igen"))
"""Each record of the first begins in the second where its `first` says, and ends where the next one begins."""
_ROM = 0x8000
"""A sample of this kind lies in a sound card's memory, not in the file."""


def judge(path: Path) -> None:
    """Raises INVALID_INPUT `soundfont_damaged` for a file whose indices leave it."""
    try:
        chunks = _chunks(np.memmap(path, np.uint8, "r"))
        records = {name: np.frombuffer(chunks[name].tobytes(), kind) for name, kind in _RECORDS.items()}
        samples = len(chunks[b"smpl"]) // 2
    except (OSError, ValueError, KeyError) as error:
        raise _damaged(path, str(error)) from error
    for name, found in records.items():
        if not len(found):
            raise _damaged(path, name.decode())
    for name, inner in _LISTS:
        first = records[name]["first"].astype(np.int64)
        if (np.diff(first) < 0).any() or first[-1] > len(records[inner]):
            raise _damaged(path, name.decode())
    held = records[b"shdr"][:-1]
    held = held[(held["kind"] & _ROM) == 0]
    if (held["start"] > held["end"]).any() or (held["end"] > samples).any():
        raise _damaged(path, "shdr")


def _damaged(path: Path, reason: str) -> AppError:
    return AppError(Code.INVALID_INPUT, "soundfont_damaged", file=path.name, reason=reason[:80])


def _chunks(whole: NDArray[np.uint8]) -> dict[bytes, NDArray[np.uint8]]:
    """What lies in the lists of a RIFF file, by name. Raises ValueError for a size that leaves the file."""
    if len(whole) < 12 or whole[:4].tobytes() != b"RIFF" or whole[8:12].tobytes() != b"sfbk":
        raise ValueError("RIFF sfbk")
    found: dict[bytes, NDArray[np.uint8]] = {}
    waiting = [whole[12:]]
    while waiting:
        part = waiting.pop()
        while len(part) >= 8:
            name, size = part[:4].tobytes(), int(part[4:8].view("<u4")[0])
            body = part[8 : 8 + size]
            if len(body) < size:
                raise ValueError(name.decode("latin-1"))
            if name == b"LIST":
                waiting.append(body[4:])
            else:
                found[name] = body
            part = part[8 + size + size % 2 :]
    return found
