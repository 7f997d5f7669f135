"""A stream that is read more than once: in a file without a name, gone when it is closed."""

import tempfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np

from engine.audio.block import Audio
from engine.faults import disk_errors


class ScratchAudio:
    """Blocks float32 [channels, any], as they were given, any number of times; readers may take turns.

    They wait in `folder`, a job's own: hours of sound must not fill the system's. None keeps what is short in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file: IO[bytes] = BytesIO()
        if folder is not None:
            self._file = tempfile.TemporaryFile(prefix="sound-", dir=folder)  # noqa: SIM115 - closed by `close`
        self._shapes: list[tuple[int, ...]] = []
        self._places = [0]
        """Where each block begins in the file, and where the last one ends."""

    @property
    def channels(self) -> int:
        """Of what was added; 0 before."""
        return self._shapes[0][0] if self._shapes else 0

    @property
    def samples(self) -> int:
        return sum(shape[1] for shape in self._shapes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def add(self, blocks: Iterable[Audio]) -> None:
        """Write what comes. Raises DISK_FULL `disk_full`."""
        for _ in self.through(blocks):
            pass

    @property
    def blocks(self) -> int:
        """How many were written."""
        return len(self._shapes)

    def through(self, blocks: Iterable[Audio]) -> Iterator[Audio]:
        """The same blocks, each written before it is given on. Raises as `add` does."""
        for block in blocks:
            with disk_errors():
                self._file.seek(self._places[-1])
                self._file.write(np.ascontiguousarray(block, np.float32).data)
            self._shapes.append(block.shape)
            self._places.append(self._places[-1] + 4 * block.size)
            yield block
        with disk_errors():
            self._file.flush()

    def __iter__(self) -> Iterator[Audio]:
        return self.between(0, None)

    def between(self, first: int, end: int | None) -> Iterator[Audio]:
        """The blocks from one up to another: several sounds may share a file, for a process may open only so many."""
        for place, shape in zip(self._places[first:end], self._shapes[first:end], strict=False):
            block = np.empty(shape, np.float32)
            self._file.seek(place)
            self._file.readinto(block.data)  # type: ignore[attr-defined]
            yield block
