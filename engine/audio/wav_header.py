"""Where the samples of a WAV file lie: its chunks read without decoding anything, so that the server may do it."""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from engine.audio.extent import RIFF, Extent, extent, read_at

_PCM_FLOAT, _EXTENSIBLE = 3, 0xFFFE
_FLOAT_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
UNKNOWN = 2**32 - 1
_MOST_CHUNKS = 1000
_SEARCHED = 2**20
"""How far the data is looked for behind a chunk whose size is wrong."""


@dataclass(frozen=True)
class WavData:
    """The data chunk: `offset` of its first byte, `frames` that really are in the file, and how they are stored.

    `mask`: see `RiffData.mask`.
    """

    offset: int
    frames: int
    rate_hz: int
    channels: int
    is_float32: bool
    mask: int = 0

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame where `is_float32`: four a channel."""
        return 4 * self.channels


@dataclass(frozen=True)
class RiffData:
    """The data chunk as bytes. `form`: the fmt chunk's first 40 bytes; `long_sizes`: where a ds64 chunk's sizes lie.

    `is_broken`: a chunk before it says that it goes beyond the end of the file.
    """

    offset: int
    extent: Extent
    form: bytes
    long_sizes: int | None
    is_broken: bool = False

    @property
    def frame_bytes(self) -> int:
        return int(struct.unpack("<H", self.form[12:14])[0])

    @property
    def mask(self) -> int:
        """Bits of the speakers (`layouts.of_mask`); 0 where nothing is said of them."""
        extended = self.form[:2] == struct.pack("<H", _EXTENSIBLE) and len(self.form) >= 24
        return int.from_bytes(self.form[20:24], "little") if extended else 0

    @property
    def bytes_per_s(self) -> int:
        """Of the samples as they are stored."""
        kind, _, rate_hz, said, frame, _ = struct.unpack("<HHIIHH", self.form[:16])
        if kind in (2, 0x11) and len(self.form) >= 20:  # ADPCM: a block is a frame, and says how many samples it has
            return int(rate_hz * frame // max(int.from_bytes(self.form[18:20], "little"), 1))
        return int(rate_hz * frame if kind in (1, _PCM_FLOAT, 6, 7, _EXTENSIBLE) else said)


def find_riff_data(file: BinaryIO, start: int = 0) -> RiffData | None:
    """The data of the RIFF or RF64 (EBU Tech 3306) file that begins at `start`; None for anything else.

    A size that says more than the file holds, less, nothing at all, or that a streaming writer left open, ends where
    the samples do: see `engine.audio.extent`.
    """
    file.seek(start)
    head = file.read(12)
    if len(head) < 12 or head[:4] not in RIFF.forms or head[8:] != b"WAVE":
        return None
    form_end = start + 8 + int.from_bytes(head[4:8], "little")
    end = file.seek(0, 2)
    file.seek(start + 12)
    form = b""
    is_broken = False
    long_sizes: int | None = None
    long_size: int | None = None
    for _ in range(_MOST_CHUNKS):
        at = file.tell()
        chunk = file.read(8)
        if len(chunk) < 8:
            return None
        name, length = struct.unpack("<4sI", chunk)
        if name == b"data":
            if len(form) < 16:
                return None
            said = length if length != UNKNOWN else long_size if head[:4] == b"RF64" else None
            open_from = 0x7F000000 if head[:4] == b"RIFF" else 2**62
            found = extent(file, at + 8, said, RIFF, open_from=open_from, form_end=form_end)
            return RiffData(at + 8, found, form, long_sizes, is_broken)
        if name == b"fmt ":
            form = file.read(min(length, 40))
        elif name == b"ds64" and len(sizes := file.read(16)) == 16:
            long_sizes = at + 8
            (long_size,) = struct.unpack("<8xQ", sizes)
        if at + 8 + length > end:
            place = read_at(file, at + 8, _SEARCHED).find(b"data") if form else -1
            if place < 0:
                return None
            is_broken = True
            file.seek(at + 8 + place)
        else:
            file.seek(at + 8 + length + length % 2)
    return None


def read_wav_header(file: BinaryIO) -> WavData | None:
    """The data of a RIFF or RF64 file, little-endian; None for anything else, a damaged header, or joined files."""
    found = find_riff_data(file)
    if found is None or found.extent.next is not None:
        return None
    kind, channels, rate_hz, _, frame_bytes, bits = struct.unpack("<HHIIHH", found.form[:16])
    if kind == _EXTENSIBLE and len(found.form) >= 40 and found.form[26:40] == _FLOAT_GUID_TAIL:
        (kind,) = struct.unpack("<H", found.form[24:26])
    if not channels or not rate_hz or not frame_bytes:
        return None
    is_float32 = kind == _PCM_FLOAT and bits == 32 and frame_bytes == 4 * channels
    return WavData(found.offset, found.extent.size // frame_bytes, rate_hz, channels, is_float32, found.mask)
