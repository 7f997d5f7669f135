"""Whether the last element of a Matroska or WebM file is all there (EBML, RFC 8794; Matroska, RFC 9559)."""

from engine.audio.splice import Spliced

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_MOST = 1_000_000


def is_matroska_cut(view: Spliced) -> bool:
    """By the sizes of elements alone; those of live streams are unknown, and their children are looked at instead."""
    end = view.seek(0, 2)
    at = 0
    for _ in range(_MOST):
        if at == end:
            return False
        view.seek(at)
        head = view.read(12)
        kind, kind_bytes = _number(head, marker=True)
        size, size_bytes = _number(head[kind_bytes:], marker=False)
        if not kind_bytes or not size_bytes:
            return len(head) < 12
        at += kind_bytes + size_bytes
        if size == (1 << 7 * size_bytes) - 1:
            if kind not in (_SEGMENT, _CLUSTER):
                return False
            continue
        if at + size > end:
            return True
        at += size
    return False


def _number(data: bytes, *, marker: bool) -> tuple[int, int]:
    """A number of EBML's variable width, with or without the bit that marks the width; and its bytes, 0 for none."""
    width = 9 - data[0].bit_length() if data and data[0] else 0
    if not width or width > 8 or len(data) < width:
        return 0, 0
    number = int.from_bytes(data[:width], "big")
    return (number if marker else number & (1 << 7 * width) - 1), width
