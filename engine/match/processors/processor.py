"""What every part of the chain offers, and how a stream goes through it."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from engine.audio.block import Audio

BLOCK = 32768
"""Samples per block inside, whatever the caller's block size: results do not depend on how a stream was cut."""

State = dict[str, Any]
"""What a processor remembers between blocks: arrays and numbers; its own business, never changed by others."""

PAIRS: dict[int, tuple[tuple[int, int], ...]] = {
    2: ((0, 1),),
    3: ((0, 1),),
    4: ((0, 1), (2, 3)),
    5: ((0, 1), (3, 4)),
    6: ((0, 1), (4, 5)),
    7: ((0, 1), (5, 6)),
    8: ((0, 1), (4, 5), (6, 7)),
}
"""Left-right pairs by number of channels, in the order of `engine.audio.channels`."""

LFE: dict[int, int] = {6: 3, 7: 3, 8: 3}
"""The channel of low-frequency effects, where there is one: it has no room and no side."""


class Processor(Protocol):
    """A part of the chain. After `reset`, `process` is fed contiguous blocks of `BLOCK` samples."""

    latency: int
    """Samples by which the output lags behind the input; known after `reset`."""

    def reset(self, rate_hz: int, channels: int, params: Any) -> None:
        """Prepare for a new stream with the parameters of the part's own model in `engine.match.style`."""

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        """`audio` float32 [channels, BLOCK] -> the same shape and the state for the next block; None is silence before.

        `audio` is not changed.
        """


class Chain:
    """Processors in a row, already reset."""

    def __init__(self, processors: list[Processor]) -> None:
        self._processors = processors
        self._states: list[State | None] = [None] * len(processors)
        self.latency = sum(processor.latency for processor in processors)

    def process(self, audio: Audio) -> Audio:
        """float32 [channels, BLOCK] through all of them."""
        for place, processor in enumerate(self._processors):
            audio, self._states[place] = processor.process(audio, self._states[place])
        return audio


def flushed(blocks: Iterator[Audio], chain: Chain, channels: int, tail: int) -> Iterator[Audio]:
    """Blocks of `BLOCK` (the last may be shorter) through the chain: in time, and `tail` samples longer than they were.

    Each block that comes in has been taken before the next result is given.
    """
    skip, taken, given = chain.latency, 0, 0

    def passed(block: Audio) -> Audio:
        nonlocal skip
        if block.shape[1] < BLOCK:
            block = np.pad(block, ((0, 0), (0, BLOCK - block.shape[1])))
        out = chain.process(block)
        dropped = min(skip, BLOCK)
        skip -= dropped
        return out[:, dropped:]

    for block in blocks:
        taken += block.shape[1]
        out = passed(block)[:, : taken + tail - given]
        given += out.shape[1]
        if out.shape[1]:
            yield out
    while taken and given < taken + tail:
        out = passed(np.zeros((channels, BLOCK), np.float32))[:, : taken + tail - given]
        given += out.shape[1]
        if out.shape[1]:
            yield out
