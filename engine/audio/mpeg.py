"""What the headers of MPEG audio say: how long a frame is, and how long a file ought to be (Xing, LAME, VBRI)."""

from dataclasses import dataclass
from typing import BinaryIO

from engine.audio.splice import Spliced

_KBIT = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""By version (2 stands for 2.5 as well) and layer (version 2 has one table for layers 2 and 3)."""
_RATES = (44100, 48000, 32000)
_SEARCHED = 2**17
TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"3DI")
"""How what is no sound begins between the frames of joined files."""


@dataclass(frozen=True)
class FrameHeader:
    """The four bytes before each frame (ISO/IEC 11172-3, 13818-3): `size` with them, in bytes."""

    size: int
    samples: int
    rate_hz: int
    info_at: int


def frame_header(data: bytes) -> FrameHeader | None:
    """The header at the beginning of `data`; None where there is none, or the length is free."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    version, layer = {3: 1, 2: 2, 0: 2.5}.get(data[1] >> 3 & 3), 4 - (data[1] >> 1 & 3)
    bit_rate, rate = data[2] >> 4, data[2] >> 2 & 3
    if version is None or layer == 4 or not 0 < bit_rate < 15 or rate == 3:
        return None
    rate_hz = _RATES[rate] // {1: 1, 2: 2, 2.5: 4}[version]
    kbit = _KBIT[1 if version == 1 else 2, layer if version == 1 else min(layer, 2)][bit_rate - 1]
    padding = data[2] >> 1 & 1
    samples = 384 if layer == 1 else 576 if layer == 3 and version != 1 else 1152
    size = (12_000 * kbit // rate_hz + padding) * 4 if layer == 1 else samples * 125 * kbit // rate_hz + padding
    is_mono = data[3] >> 6 == 3
    side_info = (17 if is_mono else 32) if version == 1 else (9 if is_mono else 17)
    return FrameHeader(size, samples, rate_hz, 4 + side_info)


def adts_frame_size(data: bytes) -> int | None:
    """Bytes of the AAC frame that begins `data` (ISO/IEC 13818-7, 6.2), None where none does."""
    if len(data) < 6 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return None
    return (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5


def id3_end(file: BinaryIO | Spliced) -> int:
    """Where the ID3v2 tags at the beginning of a file end (ID3v2.4, 3.1); 0 where there are none."""
    at = 0
    file.seek(at)
    while (head := file.read(10))[:3] == b"ID3" and len(head) == 10:
        size = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | head[9] & 127
        at += 10 + size + 10 * bool(head[5] & 0x10)
        file.seek(at)
    return at


def samples_said(file: Spliced) -> int | None:
    """How long an mp3 is by its own header, without the encoder's padding; None where it has no such header."""
    found = _first_frame(file)
    if found is None:
        return None
    header, data = found
    if data[header.info_at : header.info_at + 4] in (b"Xing", b"Info"):
        return _xing(header, data[header.info_at :])
    if data[36:40] == b"VBRI" and len(data) >= 54:
        return int.from_bytes(data[50:54], "big") * header.samples or None
    return None


def _xing(header: FrameHeader, data: bytes) -> int | None:
    flags = data[7]
    frames = int.from_bytes(data[8:12], "big")
    if not flags & 1 or not frames:
        return None
    at = 12 + 4 * bool(flags & 2) + 100 * bool(flags & 4) + 4 * bool(flags & 8)
    encoder = data[at : at + 24]
    padding = 0
    if encoder[:4] in (b"LAME", b"Lavf", b"Lavc") and len(encoder) == 24:
        both = int.from_bytes(encoder[21:24], "big")
        padding = (both >> 12) + (both & 0xFFF)
    return max(0, frames * header.samples - padding)


def _first_frame(file: Spliced) -> tuple[FrameHeader, bytes] | None:
    """The first frame that another one follows, and its bytes."""
    file.seek(id3_end(file))
    data = file.read(_SEARCHED)
    place = data.find(b"\xff")
    while place >= 0:
        header = frame_header(data[place : place + 4])
        if header and header.size > 4:
            follower = frame_header(data[place + header.size : place + header.size + 4])
            if follower and follower.rate_hz == header.rate_hz:
                return header, data[place : place + header.size]
        place = data.find(b"\xff", place + 1)
    return None
