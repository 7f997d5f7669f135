"""How far the samples of an uncompressed file really reach, whatever its header says. Needs no decoder."""

import struct
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO

_TAIL, _NEAR = 2**23, 2**17
"""How far before its end a file without a size is searched for tags that may hold a picture, and for any."""
_LARGE = (b"id3 ", b"ID3 ", b"LIST", b"APPL")
_JUNK = 1024
"""Fewer stray bytes behind the data are not worth being heard."""
_MOST_CHUNKS = 1000
_PRINTABLE = frozenset(range(32, 127))
_RIFF_TAGS = (
    b"LIST", b"id3 ", b"ID3 ", b"bext", b"iXML", b"axml", b"chna", b"cue ", b"smpl", b"inst", b"fact", b"PEAK", b"JUNK",
    b"junk", b"PAD ", b"FLLR", b"_PMX", b"afsp", b"cart", b"DISP", b"umid", b"minf", b"elm1", b"regn", b"acid", b"strc",
    b"levl", b"MD5 ", b"r64m", b"plst", b"note", b"labl", b"slnt", b"LGWV",
)  # fmt: skip
_AIFF_TAGS = (
    b"ID3 ", b"id3 ", b"NAME", b"AUTH", b"(c) ", b"ANNO", b"COMT", b"MARK", b"INST", b"MIDI", b"APPL", b"AESD", b"CHAN",
    b"PEAK", b"FLLR", b"SAXL", b"COMM", b"FVER",
)  # fmt: skip


class Verdict(Enum):
    """How a header's word on length and the file agree."""

    AGREES = "agrees"
    OPEN = "open"  # a streaming writer could not know
    UNFINISHED = "unfinished"  # a recorder did not come to write it
    SHORT = "short"  # less is there
    LONG = "long"  # more is there


def read_at(file: BinaryIO, at: int, count: int) -> bytes:
    """Up to `count` bytes from `at` on; none beyond the end, where some places are not even allowed."""
    if not 0 <= at < file.seek(0, 2):
        return b""
    file.seek(at)
    return file.read(count)


@dataclass(frozen=True)
class Extent:
    """`size`: bytes of sound from the data's first on; `said`: what the header says. `next`: where a file joined to
    this one begins."""

    size: int
    said: int
    verdict: Verdict
    next: int | None = None


@dataclass(frozen=True)
class Chunks:
    """How a family of containers writes its chunks, what stands in those that are no sound, and how files begin."""

    order: str
    tags: tuple[bytes, ...]
    forms: tuple[bytes, ...]

    def ends_well(self, file: BinaryIO, at: int, end: int, *, only_known: bool) -> bool:
        """From `at` to `end` there are whole chunks and nothing else; or, without `only_known`, one known begins."""
        first = True
        for _ in range(_MOST_CHUNKS):
            if end - at < 8:
                return not first and end - at <= 1
            file.seek(at)
            name, size = struct.unpack(f"{self.order}4sI", file.read(8))
            known = name in self.tags
            if known and first and not only_known and at + 8 + size <= end:
                return True
            if not (known or (not only_known and _PRINTABLE.issuperset(name))):
                return False
            at += 8 + size + size % 2
            first = False
            if at > end + 1:
                return False
            at = min(at, end)
            if at == end:
                return True
        return False

    def next_form(self, file: BinaryIO, at: int) -> int | None:
        """Where another file begins, at `at` or behind known chunks."""
        for _ in range(_MOST_CHUNKS):
            head = read_at(file, at, 8)
            if head[:4] in self.forms:
                return at
            if head[:4] not in self.tags or len(head) < 8:
                return None
            (size,) = struct.unpack(f"{self.order}4xI", head)
            at += 8 + size + size % 2
        return None

    def begin_at(self, file: BinaryIO, start: int, end: int) -> int:
        """Where the chunks at the end of samples `start` to `end` begin, recognised by their names; else `end`."""
        at = max(start, end - _TAIL)
        file.seek(at)
        tail = file.read(end - at)
        if tail[-128:].startswith(b"TAG"):
            return end - 128
        places: list[int] = []
        for name in self.tags:
            found = tail.find(name, 0 if name in _LARGE else max(0, len(tail) - _NEAR))
            while found >= 0 and len(places) < 100_000:
                places.append(found)
                found = tail.find(name, found + 1)
        return next((at + p for p in sorted(places) if self.ends_well(file, at + p, end, only_known=True)), end)


RIFF = Chunks("<", _RIFF_TAGS, (b"RIFF", b"RF64"))
AIFF = Chunks(">", _AIFF_TAGS, (b"FORM",))
PLAIN = Chunks(">", (), (b".snd", b"dns."))
"""Nothing comes behind the samples."""


def extent(
    file: BinaryIO,
    start: int,
    said: int | None,
    chunks: Chunks,
    *,
    open_from: int = 0x7F000000,
    form_end: int | None = None,
) -> Extent:
    """The data that begins at `start` and is `said` bytes long by its header (None: left open).

    `form_end`: where the whole form ends by its header; bytes behind are not sound where both agree and they are few.
    Sizes from `open_from` on that the file does not have are those of streaming writers: 2^31 or 2^32, less a little.
    """
    end = file.seek(0, 2)
    rest = max(0, end - start)
    if said is None or (said >= open_from and said > rest):
        return Extent(chunks.begin_at(file, start, end) - start, rest, Verdict.OPEN)
    if said == 0:
        if rest < 8 or chunks.ends_well(file, start, end, only_known=False):
            return Extent(0, 0, Verdict.AGREES)
        return Extent(chunks.begin_at(file, start, end) - start, 0, Verdict.UNFINISHED)
    if said > rest:
        return Extent(chunks.begin_at(file, start, end) - start, said, Verdict.SHORT)
    behind = start + said
    for at in (behind + said % 2, behind):
        following = chunks.next_form(file, at)
        if following is not None or end - at < 8 or chunks.ends_well(file, at, end, only_known=False):
            return Extent(said, said, Verdict.AGREES, following)
    agree = form_end is not None and 0 <= form_end - behind <= 1
    if _is_junk(file, behind, end) or (agree and end - behind < said // 20):
        return Extent(said, said, Verdict.AGREES)
    return Extent(chunks.begin_at(file, start, end) - start, said, Verdict.LONG)


def _is_junk(file: BinaryIO, start: int, end: int) -> bool:
    """A few stray bytes, padding, or words."""
    if end - start < _JUNK:
        return True
    file.seek(start)
    sample = file.read(2**16)
    words = sum(byte in _PRINTABLE or byte in b"\r\n\t\0" for byte in sample)
    return words == len(sample)
