"""A file made of stretches of another and of bytes put between them: how a decoder is shown a header set right."""

import io
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import BinaryIO, NamedTuple


class Stretch(NamedTuple):
    """Bytes `start` up to `end` of the file behind."""

    start: int
    end: int


Piece = bytes | Stretch


class Spliced(io.RawIOBase):
    """See the module; `Stretch(0, size)` alone is the file itself.

    It has no name: libsndfile and FFmpeg both let the extension outvote the contents.
    """

    def __init__(self, file: BinaryIO, pieces: Sequence[Piece]) -> None:
        self._file = file
        self._pieces = [piece for piece in pieces if _length(piece)]
        self._ends = list(accumulate(map(_length, self._pieces)))
        self._at = 0

    @property
    def size(self) -> int:
        return self._ends[-1] if self._ends else 0

    def again(self) -> "Spliced":
        """The same bytes, read from the beginning at a place of their own."""
        return Spliced(self._file, self._pieces)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        # A damaged header may ask for an impossible place; an exception would be lost inside the library's callback.
        base = (0, self._at, self.size)[whence] if 0 <= whence <= 2 else -1
        if base >= 0 and base + offset >= 0:
            self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        view, done = memoryview(buffer), 0
        while done < len(view) and (count := self._read(view[done:])):
            done += count
            self._at += count
        return done

    def _read(self, view: memoryview) -> int:
        """What one piece has for it: libsndfile takes less than it asked for as the end."""
        number = bisect_right(self._ends, self._at)
        if number == len(self._pieces):
            return 0
        piece, left = self._pieces[number], self._ends[number] - self._at
        inside, count = _length(piece) - left, min(left, len(view))
        if isinstance(piece, bytes):
            view[:count] = piece[inside : inside + count]
            return count
        self._file.seek(piece.start + inside)
        return self._file.readinto(view[:count])  # type: ignore[attr-defined, no-any-return]


def buffered(view: Spliced) -> BinaryIO:
    """The same bytes from the beginning, for readers that want a whole file."""
    return io.BufferedReader(view.again())


def whole(file: BinaryIO) -> Spliced:
    """The file as it is, without its name."""
    return Spliced(file, [Stretch(0, file.seek(0, 2))])


def patched(file: BinaryIO, start: int, end: int, changes: Mapping[int, bytes]) -> Spliced:
    """Bytes `start` up to `end` of `file`, with other bytes written over those at the places in `changes`."""
    pieces: list[Piece] = []
    at = start
    for place in sorted(changes):
        pieces += [Stretch(at, place), changes[place]]
        at = place + len(changes[place])
    return Spliced(file, [*pieces, Stretch(at, end)])


def _length(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else piece.end - piece.start
