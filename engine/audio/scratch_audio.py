"""A stream that is heard more than once: on disk without a name, gone when it is closed."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from types import TracebackType
from typing import Self

import numpy as np

from engine.audio.block import Audio
from engine.faults import disk_errors


class ScratchAudio:
    """Blocks float32 [channels, any], as they were given, any number of times."""

    def __init__(self, channels: int) -> None:
        self._file = tempfile.TemporaryFile(prefix="sound-")  # noqa: SIM115 - closed by `__exit__`
        self.channels = channels
        self._sizes: list[int] = []

    @property
    def samples(self) -> int:
        return sum(self._sizes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, blocks: Iterable[Audio]) -> None:
        """Write what comes. Raises DISK_FULL `disk_full`."""
        for _ in self.through(blocks):
            pass

    def through(self, blocks: Iterable[Audio]) -> Iterator[Audio]:
        """The same blocks, each written before it is given on. Raises as `add` does."""
        for block in blocks:
            with disk_errors():
                self._file.write(np.ascontiguousarray(block, np.float32).data)
            self._sizes.append(block.shape[1])
            yield block
        with disk_errors():
            self._file.flush()

    def __iter__(self) -> Iterator[Audio]:
        return self.blocks()

    def blocks(self) -> Iterator[Audio]:
        """The blocks from the first on; one reader at a time."""
        self._file.seek(0)
        for size in self._sizes:
            block = np.empty((self.channels, size), np.float32)
            self._file.readinto(block.data)
            yield block


def scratch_copy(blocks: Iterable[Audio], stack: ExitStack) -> ScratchAudio:
    """All of `blocks`, in a scratch that `stack` closes. Raises DISK_FULL `disk_full`."""
    stream = iter(blocks)
    first = next(stream, np.zeros((1, 0), np.float32))
    scratch = stack.enter_context(ScratchAudio(first.shape[0]))
    scratch.add(chain([first], stream))
    return scratch
