"""Streams of audio blocks: the type, cutting to size, the check for numbers that are no sound."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from engine.errors import invalid

Audio = NDArray[np.float32]
"""float32 [channels, samples], full scale at ±1."""

BLOCK = 65536
MIN_RATE_HZ, MAX_RATE_HZ = 1000, 768_000
MAX_CHANNELS = 64


def as_blocks(audio: Audio | Iterable[Audio]) -> Iterator[Audio]:
    """Whole audio as one block, or the blocks themselves."""
    return iter([audio]) if isinstance(audio, np.ndarray) else iter(audio)


class Regrouper:
    """Blocks of any size go in, contiguous blocks of exactly `size` come out; only the last may be shorter."""

    def __init__(self, size: int = BLOCK) -> None:
        self._size = size
        self._held: list[Audio] = []
        self._count = 0

    def add(self, block: Audio) -> Iterator[Audio]:
        """The next block [channels, any]; what is whole by now."""
        self._held.append(block)
        self._count += block.shape[1]
        if self._count < self._size:
            return
        joined = np.concatenate(self._held, axis=1)
        whole = self._count - self._count % self._size
        self._count -= whole
        self._held = [joined[:, whole:].copy()]
        for start in range(0, whole, self._size):
            yield np.ascontiguousarray(joined[:, start : start + self._size])

    def finish(self) -> Iterator[Audio]:
        """The rest, if any."""
        if self._count:
            yield np.ascontiguousarray(np.concatenate(self._held, axis=1))
        self._held, self._count = [], 0


def regroup(blocks: Iterable[Audio], size: int = BLOCK) -> Iterator[Audio]:
    """The same samples in contiguous blocks of exactly `size`; only the last may be shorter, none is empty."""
    grouper = Regrouper(size)
    for block in blocks:
        yield from grouper.add(block)
    yield from grouper.finish()


def tapped(blocks: Iterable[Audio], tap: Callable[[Audio], object]) -> Iterator[Audio]:
    """The same blocks, each shown to `tap` before it is given on."""
    for block in blocks:
        tap(block)
        yield block


def checked(blocks: Iterable[Audio], channels: int) -> Iterator[Audio]:
    """The blocks as float32, each proven finite.

    Raises INVALID_INPUT `not_finite` for NaN or infinity, ValueError for a wrong shape.
    """
    for block in blocks:
        if block.ndim != 2 or block.shape[0] != channels:
            raise ValueError(f"expected audio [{channels}, samples], got {block.shape}")
        audio = np.asarray(block, dtype=np.float32)
        if not np.isfinite(audio).all():
            raise invalid("not_finite")
        yield audio


def check_shape(rate_hz: int, channels: int) -> None:
    """Raises INVALID_INPUT when a rate or a number of channels lies outside what this program handles."""
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise invalid("rate_out_of_range", rate_hz=rate_hz, lowest=MIN_RATE_HZ, highest=MAX_RATE_HZ)
    if not 1 <= channels <= MAX_CHANNELS:
        raise invalid("too_many_channels", channels=channels, most=MAX_CHANNELS)
