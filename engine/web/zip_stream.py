"""A ZIP archive written while it is sent: stored, without a temporary file, its length known beforehand.

After PKWARE's APPNOTE.TXT 6.3.10. The checksum follows each file in a data descriptor (4.3.9), because it is known only
then; sizes and places past 4 GiB stand in ZIP64 fields (4.5.3).
"""

import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

CHUNK = 2**18

_FULL = 2**32 - 1
_FLAGS = 0x0808  # a data descriptor follows; the name is UTF-8
_PLAIN, _ZIP64 = 20, 45


@dataclass
class ZipEntry:
    """A file to pack: its name in the archive, its open contents, how long they are and when they were made."""

    name: str
    file: BinaryIO
    size: int
    modified: datetime

    @property
    def is_long(self) -> bool:
        return self.size >= _FULL

    @property
    def raw_name(self) -> bytes:
        return self.name.encode("utf-8")


def zip_length(entries: Sequence[ZipEntry]) -> int:
    """Bytes of the whole archive."""
    total, offsets = 0, []
    for entry in entries:
        offsets.append(total)
        total += len(_local_header(entry)) + entry.size + len(_descriptor(entry, 0))
    directory = sum(len(_central(entry, 0, at)) for entry, at in zip(entries, offsets, strict=True))
    return total + directory + len(_end(len(entries), directory, total))


def zip_stream(entries: Sequence[ZipEntry]) -> Iterator[bytes]:
    """The archive in pieces of at most `CHUNK` bytes. Raises OSError when a file turns out shorter than it was said."""
    at = 0
    central = []
    for entry in entries:
        header = _local_header(entry)
        yield header
        crc, left = 0, entry.size
        while left:
            piece = entry.file.read(min(CHUNK, left))
            if not piece:
                raise OSError(f"{entry.name} became shorter while it was packed")
            crc = zlib.crc32(piece, crc)
            left -= len(piece)
            yield piece
            time.sleep(0)  # under eventlet this lets other requests in
        descriptor = _descriptor(entry, crc)
        yield descriptor
        central.append(_central(entry, crc, at))
        at += len(header) + entry.size + len(descriptor)
    directory = b"".join(central)
    yield directory
    yield _end(len(entries), len(directory), at)


def _moment(when: datetime) -> tuple[int, int]:
    """MS-DOS time and date: two-second steps, years from 1980."""
    year = min(max(when.year, 1980), 2107)
    return when.hour << 11 | when.minute << 5 | when.second // 2, (year - 1980) << 9 | when.month << 5 | when.day


def _local_header(entry: ZipEntry) -> bytes:
    """Sizes and checksum are zero here, as the descriptor's flag demands; a ZIP64 field makes the descriptor long."""
    extra = struct.pack("<HHQQ", 1, 16, 0, 0) if entry.is_long else b""
    size = _FULL if entry.is_long else 0
    version = _ZIP64 if entry.is_long else _PLAIN
    clock, date = _moment(entry.modified)
    name = entry.raw_name
    fixed = struct.pack(
        "<4sHHHHHIIIHH", b"PK\3\4", version, _FLAGS, 0, clock, date, 0, size, size, len(name), len(extra)
    )
    return fixed + name + extra


def _descriptor(entry: ZipEntry, crc: int) -> bytes:
    return struct.pack("<4sIQQ" if entry.is_long else "<4sIII", b"PK\7\x08", crc, entry.size, entry.size)


def _central(entry: ZipEntry, crc: int, at: int) -> bytes:
    long = [entry.size, entry.size] if entry.is_long else []
    long += [at] if at >= _FULL else []
    extra = struct.pack(f"<HH{len(long)}Q", 1, 8 * len(long), *long) if long else b""
    size = _FULL if entry.is_long else entry.size
    version = _ZIP64 if long else _PLAIN
    clock, date = _moment(entry.modified)
    name = entry.raw_name
    fixed = struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\1\2", version, version, _FLAGS, 0, clock, date, crc, size, size,
        len(name), len(extra), 0, 0, 0, 0, min(at, _FULL),
    )  # fmt: skip
    return fixed + name + extra


def _end(count: int, directory: int, at: int) -> bytes:
    short = struct.pack(
        "<4sHHHHIIH", b"PK\5\6", 0, 0, min(count, 65535), min(count, 65535), min(directory, _FULL), min(at, _FULL), 0
    )
    if count < 65535 and directory < _FULL and at < _FULL:
        return short
    long = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, _ZIP64, _ZIP64, 0, 0, count, count, directory, at)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, at + directory, 1)
    return long + locator + short
