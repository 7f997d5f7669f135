"""Where a second file begins that was joined to a first, in containers whose own index ends with the first."""

from typing import BinaryIO

from engine.audio.extent import read_at
from engine.audio.known import known

_FLAC = b"fLaC\x00\x00\x00\x22"
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
ASF_FACTS = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_MOST_BOXES = 200_000


def next_file(file: BinaryIO, start: int, head: bytes) -> int | None:
    """Behind the file that begins at `start` with `head` (16 bytes); None where it is the only one, or of another kind.

    Only headers are read, but for FLAC, which is searched for another beginning.
    """
    if head[4:8] == b"ftyp":
        return _next_mp4(file, start)
    if head[:4] == b"fLaC":
        return known(file, ("flac", start), lambda: _next_flac(file, start))
    if head == _ASF:
        return _next_asf(file, start)
    if head[:4] == b"TTA1":
        return _next_tta(file, start)
    return known(file, ("wavpack", start), lambda: _next_wavpack(file, start)) if head[:4] == b"wvpk" else None


def _next_mp4(file: BinaryIO, start: int) -> int | None:
    """ISO/IEC 14496-12, 4.2: boxes with a size and a kind; each file begins with its own `ftyp`."""
    at, has_index = start, False
    for _ in range(_MOST_BOXES):
        box = read_at(file, at, 16)
        size, kind = int.from_bytes(box[:4], "big"), box[4:8]
        if kind == b"ftyp" and at > start and has_index:
            return at
        has_index = has_index or kind == b"moov"
        if size == 1:
            size = int.from_bytes(box[8:16], "big")
        if size < 8 or len(box) < 8:
            return None
        at += size
    return None


def _next_flac(file: BinaryIO, start: int) -> int | None:
    file.seek(start + 8)
    at, held = start + 8, b""
    while chunk := file.read(2**20):
        held = held[-len(_FLAC) + 1 :] + chunk
        at += len(chunk)
        if (found := held.find(_FLAC)) >= 0:
            return at - len(held) + found
    return None


def _next_asf(file: BinaryIO, start: int) -> int | None:
    head = read_at(file, start, 2**16)
    facts = head.find(ASF_FACTS)
    at = start + int.from_bytes(head[facts + 40 : facts + 48], "little")
    return at if facts >= 0 and at > start and read_at(file, at, 16) == _ASF else None


def _next_tta(file: BinaryIO, start: int) -> int | None:
    """A table of the frames' sizes follows the header; a frame is 256/245 s long."""
    head = read_at(file, start, 22)
    rate_hz, samples = int.from_bytes(head[10:14], "little"), int.from_bytes(head[14:18], "little")
    frame = 256 * rate_hz // 245
    count = -(-samples // frame) if frame else 0
    table = read_at(file, start + 22, min(4 * count, 2**24))
    sizes = sum(int.from_bytes(table[i : i + 4], "little") for i in range(0, len(table), 4))
    at = start + 22 + len(table) + 4 + sizes
    at = _behind_tags(file, at)
    return at if count and read_at(file, at, 4) == b"TTA1" else None


def _next_wavpack(file: BinaryIO, start: int) -> int | None:
    """Blocks with a size and the number of their first sample, which begins anew in each file."""
    at, last = start, 0
    for _ in range(_MOST_BOXES):
        block = read_at(file, at := _behind_tags(file, at), 32)
        if len(block) < 32 or block[:4] != b"wvpk":
            return None
        number = int.from_bytes(block[16:20], "little") | block[10] << 32
        if number < last:
            return at if number == 0 else None
        at, last = at + 8 + int.from_bytes(block[4:8], "little"), number
    return None


def _behind_tags(file: BinaryIO, at: int) -> int:
    """Where an APEv2 tag with a header, and an ID3v1 tag, end that begin at `at`; else `at`."""
    tag = read_at(file, at, 32)
    if tag[:8] == b"APETAGEX":
        at += 32 + int.from_bytes(tag[12:16], "little")
    return at + 128 if read_at(file, at, 3) == b"TAG" else at
