"""What listens to a sound: fed block by block at a rate of its own, so that hours of it never stand in memory."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.audio.block import Audio
from engine.audio.decode import open_source
from engine.audio.resample import Resampler
from engine.tag.side_by_side import SideBySide, threads_here

Mono = NDArray[np.float32]
"""Samples of one channel, [samples], full scale ±1."""

R_co = TypeVar("R_co", covariant=True)


class Listener(Protocol[R_co]):
    """Hears one sound once. What it keeps grows with what it found, never with the samples."""

    rate_hz: int
    """The rate at which it hears."""

    def add(self, samples: Mono) -> None:
        """The next samples at `rate_hz`, however many."""

    def result(self) -> R_co:
        """What was found, once all was heard; a sound shorter than one window has a result too."""


class Feed:
    """Gives a sound that comes in blocks, its channels averaged, to every listener: resampled once for each rate.

    `give` is told the place of a listener and its next samples; by default they go to it at once.
    """

    def __init__(
        self, rate_hz: int, listeners: Sequence[Listener[Any]], give: Callable[[int, Mono], object] | None = None
    ) -> None:
        self._rates = [listener.rate_hz for listener in listeners]
        self._streams = {rate: Resampler(rate_hz, rate, 1) for rate in set(self._rates)}
        self._give = give or (lambda at, samples: listeners[at].add(samples))

    def add(self, block: Audio) -> None:
        """The next samples, float32 [channels, any]."""
        mono = block.mean(axis=0, keepdims=True, dtype=np.float32)
        for rate_hz, stream in self._streams.items():
            self._pass_on(rate_hz, stream.add(mono))

    def finish(self) -> None:
        """That was all of it."""
        for rate_hz, stream in self._streams.items():
            self._pass_on(rate_hz, stream.finish())

    def _pass_on(self, rate_hz: int, mono: Audio) -> None:
        if mono.size:
            for at, rate in enumerate(self._rates):
                if rate == rate_hz:
                    self._give(at, mono[0])


def listen(path: Path, listeners: Sequence[Listener[Any]], hear: Callable[[Audio], None]) -> int:
    """Give the file at `path` to every listener: decoded once, fed as `Feed` does.

    `hear` is given each block first as it is in the file, float32 [channels, samples]. Returns the number of samples
    heard, at the file's rate; raises as `open_source` and the listeners do.
    """
    with open_source(path) as source, SideBySide([listener.add for listener in listeners], threads_here()) as together:
        feed = Feed(source.rate_hz, listeners, together.give)
        heard = 0
        for block in source.blocks():
            hear(block)
            feed.add(block)
            heard += block.shape[1]
        feed.finish()
    return heard
