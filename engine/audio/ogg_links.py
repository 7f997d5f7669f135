"""The links of an Ogg file: streams joined end to end, each to be decoded by itself (RFC 3533)."""

import zlib
from dataclasses import dataclass, field
from typing import BinaryIO

from engine.audio.splice import Spliced, Stretch

_HEADER = 27
_LONGEST_PAGE = _HEADER + 255 + 255 * 255
_FIRST, _LAST = 2, 4
_MOST_LINKS = 5000
"""More are left to the decoder of the last: a day of radio has some hundreds."""
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass
class Link:
    """Bytes `start` up to `end`; `is_ended`: every stream has its last page. `holes`: how often pages are missing
    or damaged, first behind the granule position `hole_at`.
    `granule`: the last position of all."""

    start: int
    end: int
    is_ended: bool = False
    holes: int = 0
    hole_at: int = 0
    granule: int = 0
    _open: set[int] = field(default_factory=set)
    _next: dict[int, int] = field(default_factory=dict)
    _has_data: bool = False

    def view(self, file: BinaryIO) -> Spliced:
        return Spliced(file, [Stretch(self.start, self.end)])


def links_of(file: BinaryIO) -> list[Link]:
    """Every link in order; one for a usual file. Pages are found by their headers, and checked."""
    links: list[Link] = []
    reader = _Pages(file)
    for at, page in reader:
        flags, serial = page[5], int.from_bytes(page[14:18], "little")
        number = int.from_bytes(page[18:22], "little")
        starts = bool(flags & _FIRST)
        if not links or (starts and links[-1]._has_data and len(links) < _MOST_LINKS):
            links.append(Link(at, at))
        link = links[-1]
        if starts:
            link._open.add(serial)
        else:
            link._has_data = True
        if link._next.get(serial, number) != number:
            link.hole_at = link.hole_at if link.holes else link.granule
            link.holes += 1
        link._next[serial] = number + 1
        link.granule = max(link.granule, int.from_bytes(page[6:14], "little", signed=True))
        if flags & _LAST:
            link._open.discard(serial)
        link.end = at + len(page)
        link.is_ended = not link._open
    if links and reader.is_cut:
        links[-1].is_ended = False
    return links


class _Pages:
    """Where each page lies, and its bytes; what lies between pages, or has a wrong checksum, is passed over."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.is_cut = False

    def __iter__(self) -> "_Pages":
        self._file.seek(0)
        self._held, self._at, self._place = b"", 0, 0
        return self

    def __next__(self) -> tuple[int, bytes]:
        while True:
            self._fill()
            if self._held.startswith(b"OggS", self._place):
                page = self._page()
                if page is None:
                    self.is_cut = True
                elif _is_right(page):
                    at = self._at + self._place
                    self._place += len(page)
                    return at, page
                self._place += 4
            found = self._held.find(b"OggS", self._place)
            if found < 0 and not self._more():
                raise StopIteration
            self._place = found if found >= 0 else max(self._place, len(self._held) - 3)

    def _page(self) -> bytes | None:
        head = self._held[self._place : self._place + _HEADER]
        table = self._held[self._place + _HEADER : self._place + _HEADER + head[26]] if len(head) == _HEADER else b""
        length = _HEADER + len(table) + sum(table)
        page = self._held[self._place : self._place + length]
        return page if len(head) == _HEADER and len(table) == head[26] and len(page) == length else None

    def _fill(self) -> None:
        if len(self._held) - self._place < _LONGEST_PAGE:
            self._more()

    def _more(self) -> bool:
        more = self._file.read(2**20)
        self._held, self._at, self._place = self._held[self._place :] + more, self._at + self._place, 0
        return bool(more)


def _is_right(page: bytes) -> bool:
    """The page's checksum fits: CRC-32 as zlib's, but with its bits the other way round and begun at 0."""
    mirrored = (page[:22] + bytes(4) + page[26:]).translate(_MIRRORED)
    checksum = zlib.crc32(mirrored, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return page[22:26].translate(_MIRRORED) == checksum.to_bytes(4, "big")
