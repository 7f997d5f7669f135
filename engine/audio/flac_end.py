"""Whether a FLAC file ends where its STREAMINFO says, seen from its last frame (RFC 9639) without decoding it."""

from engine.audio.splice import Spliced

_MARK = b"fLaC\x00\x00\x00\x22"
_POLYNOMIAL = 0x07


def ends_as_said(view: Spliced) -> bool:
    """Only a True can be relied on: bytes that look like a frame's header may hide the last one."""
    head = view.read(42)
    facts = head[8:]
    if not head.startswith(_MARK) or len(facts) < 34:
        return False
    block, widest = int.from_bytes(facts[2:4], "big"), int.from_bytes(facts[7:10], "big")
    said = int.from_bytes(facts[13:18], "big") & (2**36 - 1)
    size = view.seek(0, 2)
    view.seek(max(42, size - (widest or 2**16) - 2**14))
    tail = view.read(2**25)
    at = len(tail)
    while (at := tail.rfind(b"\xff", 0, at)) >= 0:
        end = _end_of_frame(tail[at : at + 16], block)
        if end is not None:
            return end == said
    return False


def _end_of_frame(data: bytes, fixed_block: int) -> int | None:
    """The number of the sample behind the frame whose header `data` begins with; None where it is no header."""
    if len(data) < 6 or data[0] != 0xFF or data[1] & 0xFE != 0xF8:
        return None
    size_code, rate_code, variable = data[2] >> 4, data[2] & 15, data[1] & 1
    number, at = _coded_number(data[4:])
    if number is None or not size_code or rate_code == 15 or data[3] & 1:
        return None
    at += 4
    if size_code in (6, 7):
        width = size_code - 5
        block = int.from_bytes(data[at : at + width], "big") + 1
        at += width
    else:
        block = 192 if size_code == 1 else 576 << (size_code - 2) if size_code < 6 else 256 << (size_code - 8)
    at += {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if at >= len(data) or _crc8(data[:at]) != data[at]:
        return None
    return (number if variable else number * fixed_block) + block


def _coded_number(data: bytes) -> tuple[int | None, int]:
    """A number written as UTF-8 writes characters, up to 36 bits, and how many bytes it takes."""
    lead = data[0]
    if lead < 0x80:
        return lead, 1
    more = f"{lead:08b}".find("0") - 1
    if not 1 <= more <= 6 or len(data) <= more:
        return None, 0
    number = lead & (0x3F >> more)
    for byte in data[1 : 1 + more]:
        if byte >> 6 != 2:
            return None, 0
        number = number << 6 | byte & 0x3F
    return number, 1 + more


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ _POLYNOMIAL) & 0xFF if crc & 0x80 else crc << 1
    return crc
