"""Where the samples of a WAV file lie: its chunks read without decoding anything, so that the server may do it."""

import struct
from dataclasses import dataclass
from typing import BinaryIO

_PCM_FLOAT, _EXTENSIBLE = 3, 0xFFFE
_FLOAT_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_UNKNOWN = 2**32 - 1
_MOST_CHUNKS = 1000


@dataclass(frozen=True)
class WavData:
    """The data chunk: `offset` of its first byte, `frames` that really are in the file, and how they are stored."""

    offset: int
    frames: int
    rate_hz: int
    channels: int
    is_float32: bool

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame where `is_float32`: four a channel."""
        return 4 * self.channels


def read_wav_header(file: BinaryIO) -> WavData | None:
    """The data of a RIFF or RF64 (EBU Tech 3306) file, little-endian; None for anything else or a damaged header.

    A size that says more than the file holds, or that a streaming writer left open, ends with the file.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(12)
    if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
        return None
    form: bytes | None = None
    long_size: int | None = None
    for _ in range(_MOST_CHUNKS):
        at = file.tell()
        chunk = file.read(8)
        if len(chunk) < 8:
            return None
        name, length = struct.unpack("<4sI", chunk)
        if name == b"data":
            if head[:4] == b"RF64" and length == _UNKNOWN and long_size is not None:
                length = long_size
            elif length == _UNKNOWN:
                length = size
            return _data(form, at + 8, max(0, min(length, size - at - 8)))
        if name == b"fmt ":
            form = file.read(min(length, 40))
        elif name == b"ds64" and len(sizes := file.read(16)) == 16:
            (long_size,) = struct.unpack("<8xQ", sizes)
        file.seek(at + 8 + length + length % 2)
    return None


def _data(form: bytes | None, offset: int, length: int) -> WavData | None:
    if form is None or len(form) < 16:
        return None
    kind, channels, rate_hz, _, frame_bytes, bits = struct.unpack("<HHIIHH", form[:16])
    if kind == _EXTENSIBLE and len(form) >= 40 and form[26:40] == _FLOAT_GUID_TAIL:
        (kind,) = struct.unpack("<H", form[24:26])
    if not channels or not rate_hz or not frame_bytes:
        return None
    is_float32 = kind == _PCM_FLOAT and bits == 32 and frame_bytes == 4 * channels
    return WavData(offset, length // frame_bytes, rate_hz, channels, is_float32)
