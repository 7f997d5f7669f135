"""The chunks of RIFF and IFF files: found without reading the sound, added behind it."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

_UNKNOWN = 2**32 - 1
_DS64_DATA = 20
"""Where RF64 says its size."""
_MOST_CHUNKS = 1000
MOST_BYTES = 2**24
"""More than this no chunk of words holds; what is larger is left unread."""


class Chunk(NamedTuple):
    """A chunk: `offset` of its head, and its data."""

    name: bytes
    offset: int
    data: bytes


@dataclass(frozen=True)
class Form:
    """How the numbers of a file are written: `<` in RIFF, `>` in IFF."""

    order: str


RIFF, IFF = Form("<"), Form(">")


def form_of(head: bytes) -> Form | None:
    """What the first twelve bytes of a file say; None where it is of neither kind."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return RIFF
    return IFF if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC") else None


def chunks(file: BinaryIO, wanted: frozenset[bytes], most_bytes: int = MOST_BYTES) -> Iterator[Chunk]:
    """The chunks of these names, in order; larger ones than `most_bytes` are passed over.

    A size that says more than the file holds ends the search.
    """
    size = file.seek(0, 2)
    file.seek(0)
    form = form_of(file.read(12))
    if form is None:
        return
    long_size: int | None = None
    at = 12
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        name, length = struct.unpack(f"{form.order}4sI", head)
        if name == b"ds64":
            long_size = struct.unpack("<8xQ", file.read(16).ljust(16, b"\0"))[0]
        elif name == b"data" and length == _UNKNOWN and long_size is not None:
            length = long_size
        if at + 8 + length > size:
            return
        if name in wanted and length <= most_bytes:
            file.seek(at + 8)
            yield Chunk(name, at, file.read(length))
        at += 8 + length + length % 2


def sub_chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks within a LIST of RIFF: name, data."""
    at = 0
    while at + 8 <= len(body):
        name, size = struct.unpack_from("<4sI", body, at)
        yield name, body[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def replace_chunks(file: BinaryIO, new: Mapping[bytes, bytes]) -> None:
    """Put chunks at the end of a RIFF or RF64 file open for reading and writing; older ones of the name become JUNK.

    Of LIST chunks only that of the same kind (its first four bytes) is replaced. Raises ValueError where a RIFF file
    would outgrow its 4 GB.
    """
    for old in list(chunks(file, frozenset(new), _UNKNOWN)):
        if old.name != b"LIST" or old.data[:4] == new[old.name][:4]:
            file.seek(old.offset)
            file.write(b"JUNK")
    end = file.seek(0, 2)
    body = b"".join(
        struct.pack("<4sI", name, len(data)) + data + b"\0" * (len(data) % 2) for name, data in new.items() if data
    )
    if end % 2:
        body = b"\0" + body
    large = is_rf64(file)
    if not large and end + len(body) - 8 >= _UNKNOWN:
        raise ValueError("a RIFF file ends at 4 GB")
    file.seek(end)
    file.write(body)
    file.seek(_DS64_DATA if large else 4)
    file.write(struct.pack("<Q" if large else "<I", end + len(body) - 8))


def is_rf64(file: BinaryIO) -> bool:
    """Whether a file begins as RF64 does (EBU Tech 3306), its `ds64` chunk first."""
    file.seek(0)
    head = file.read(16)
    return head[:4] == b"RF64" and head[8:] == b"WAVEds64"
