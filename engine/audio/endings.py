"""Whether a container is all there, by the sizes that it is built of; what is in it is not looked at."""

from collections.abc import Callable

from engine.audio.joined import ASF_FACTS
from engine.audio.splice import Spliced

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_ELEMENTS = frozenset(
    (_SEGMENT, _CLUSTER, 0x1A45DFA3, 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367,
     0xEC, 0xBF, 0xE7, 0xA7, 0xAB, 0xA0, 0xA3)
)  # fmt: skip
"""Those at the top of a file, in its segment and in a cluster."""
_BOXES = frozenset((b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"styp", b"free", b"skip", b"wide", b"uuid"))
_TS_PACKET = 188
_MOST = 1_000_000


def breaks_off(kind: str, view: Spliced) -> bool:
    """`kind`: the name of FFmpeg's demuxer. False where nothing is known of its kind."""
    return kind in _ENDINGS and _ENDINGS[kind](view)


def _matroska(view: Spliced) -> bool:
    """Elements (EBML, RFC 8794; RFC 9559); those of live streams have no size, and their children are looked at."""
    end = view.seek(0, 2)
    at = 0
    for _ in range(_MOST):
        if at == end:
            return False
        head = _head(view, at, 12)
        kind, kind_bytes = ebml_number(head, marker=True)
        size, size_bytes = ebml_number(head[kind_bytes:], marker=False)
        if not kind_bytes or not size_bytes or kind not in _ELEMENTS:
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


def ebml_number(data: bytes, *, marker: bool) -> tuple[int, int]:
    """A number of EBML's variable width, with or without the bit that marks the width; and its bytes, 0 for none."""
    width = 9 - data[0].bit_length() if data and data[0] else 0
    if not width or width > 8 or len(data) < width:
        return 0, 0
    number = int.from_bytes(data[:width], "big")
    return (number if marker else number & (1 << 7 * width) - 1), width


def _mp4(view: Spliced) -> bool:
    """Boxes (ISO/IEC 14496-12, 4.2)."""
    end = view.seek(0, 2)
    at = 0
    for _ in range(_MOST):
        box = _head(view, at, 16)
        size = int.from_bytes(box[:4], "big")
        size = int.from_bytes(box[8:16], "big") if size == 1 else size
        if size < 8 or at == end or box[4:8] not in _BOXES:  # what is no box may be a tag
            return False
        at += size
        if at > end:
            return True
    return False


def _riff(view: Spliced) -> bool:
    size = int.from_bytes(_head(view, 4, 4), "little")
    return 0 < size < 0x7F000000 and size + 8 > view.seek(0, 2)


def _asf(view: Spliced) -> bool:
    """File Properties Object (Advanced Systems Format specification, 3.2)."""
    head = _head(view, 0, 2**16)
    at = head.find(ASF_FACTS)
    is_live = at < 0 or len(head) < at + 92 or head[at + 88] & 1
    return not is_live and int.from_bytes(head[at + 40 : at + 48], "little") > view.seek(0, 2)


def _mpegts(view: Spliced) -> bool:
    """Packets of 188 bytes (ISO/IEC 13818-1, 2.4.3), each begun by its sync byte."""
    head = _head(view, 0, 2 * _TS_PACKET)
    return head[:1] == head[_TS_PACKET : _TS_PACKET + 1] == b"G" and view.seek(0, 2) % _TS_PACKET > 0


def _head(view: Spliced, at: int, count: int) -> bytes:
    view.seek(at)
    return view.read(count)


_ENDINGS: dict[str, Callable[[Spliced], bool]] = {
    "matroska": _matroska,
    "mov": _mp4,
    "avi": _riff,
    "asf": _asf,
    "mpegts": _mpegts,
}
