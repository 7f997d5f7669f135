"""Tags of Matroska and WebM, of which FFmpeg keeps one value a name (RFC 9559, section 5.1.8; EBML: RFC 8794)."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from engine.audio.endings import ebml_number
from engine.audio.tags import names
from engine.audio.tags.model import Tags

MAGIC = b"\x1a\x45\xdf\xa3"
_SEGMENT, _TAGS, _TAG, _TARGETS, _SIMPLE = 0x18538067, 0x1254C367, 0x7373, 0x63C0, 0x67C8
_NAME, _TEXT, _LEVEL = 0x45A3, 0x4487, 0x68CA
_OF_A_PART = (0x63C5, 0x63C9, 0x63C4, 0x63C6)
"""Tracks, editions, chapters, attachments: a tag with such a target does not speak of the whole."""
_ALBUM = 50
_OF_THE_ALBUM = {"title": "album", "artist": "albumartist", "sort_with": "albumsort"}
_MOST_ELEMENTS = 100_000
_MOST_BYTES = 2**24


class _Element(NamedTuple):
    kind: int
    start: int
    end: int


def from_matroska(file: BinaryIO) -> Tags:
    """The words that speak of the whole file, each value for itself; what ends before its size says is passed over."""
    tags = Tags()
    size = file.seek(0, 2)
    for segment in _elements(file, 0, size):
        if segment.kind == _SEGMENT:
            for element in _elements(file, segment.start, min(segment.end, size)):
                if element.kind == _TAGS and element.end - element.start <= _MOST_BYTES:
                    for tag in _elements(file, element.start, element.end):
                        _read(file, tag, tags)
    return tags


def _read(file: BinaryIO, tag: _Element, tags: Tags) -> None:
    level = 0
    words: list[tuple[str, str]] = []
    for element in _elements(file, tag.start, tag.end):
        if element.kind == _TARGETS:
            targets = {part.kind: _data(file, part) for part in _elements(file, element.start, element.end)}
            if any(int.from_bytes(targets.get(kind, b"")) for kind in _OF_A_PART):
                return
            level = int.from_bytes(targets.get(_LEVEL, b""))
        elif element.kind == _SIMPLE:
            parts = {part.kind: _data(file, part) for part in _elements(file, element.start, element.end)}
            word = parts.get(_NAME, b"").decode("utf-8", "replace").strip("\0")
            words.append((word, parts.get(_TEXT, b"").decode("utf-8", "replace").strip("\0")))
    for word, text in words:
        name = names.name_of(word)
        tags.add(_OF_THE_ALBUM.get(name, name) if level == _ALBUM else name, [text], word)


def _elements(file: BinaryIO, at: int, end: int) -> Iterator[_Element]:
    """What lies side by side from `at` to `end`; an element of unknown size is the last."""
    for _ in range(_MOST_ELEMENTS):
        if at >= end:
            return
        file.seek(at)
        head = file.read(12)
        kind, width = ebml_number(head, marker=True)
        size, length = ebml_number(head[width:], marker=False)
        start = at + width + length
        if not 0 < width <= 4 or not length or start > end:
            return
        unknown = size == (1 << 7 * length) - 1
        yield _Element(kind, start, end if unknown else min(start + size, end))
        if unknown:
            return
        at = start + size


def _data(file: BinaryIO, element: _Element) -> bytes:
    file.seek(element.start)
    return file.read(element.end - element.start)
