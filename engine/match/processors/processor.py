"""What every part of the chain offers, and how a stream goes through it."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from engine.audio.block import Audio
from engine.match.ahead import ahead

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
    """Processors in a row, already reset; each stage of them works in a thread of its own."""

    def __init__(self, *stages: list[Processor]) -> None:
        self._stages = [stage for stage in stages if stage]
        self.latency = sum(processor.latency for stage in stages for processor in stage)

    def stream(self, blocks: Iterator[tuple[Audio, int]]) -> Iterator[tuple[Audio, int]]:
        """float32 [channels, BLOCK] through all of them, each with a number that goes along."""
        for stage in self._stages:
            blocks = ahead(_through(blocks, stage))
        return blocks


def _through(blocks: Iterator[tuple[Audio, int]], stage: list[Processor]) -> Iterator[tuple[Audio, int]]:
    states: list[State | None] = [None] * len(stage)
    for audio, number in blocks:
        for place, processor in enumerate(stage):
            audio, states[place] = processor.process(audio, states[place])
        yield audio, number


def flushed(blocks: Iterator[Audio], chain: Chain, channels: int, tail: int) -> Iterator[Audio]:
    """Blocks of `BLOCK` (the last may be shorter) through the chain: in time, and `tail` samples longer than they were.

    `blocks` are taken in another thread if the chain has any stage.
    """
    skip, given = chain.latency, 0
    for block, end in chain.stream(_filled(blocks, channels, chain.latency, tail)):
        dropped = min(skip, BLOCK)
        skip -= dropped
        out = block[:, dropped : dropped + end - given]
        given += out.shape[1]
        if out.shape[1]:
            yield out


def _filled(blocks: Iterator[Audio], channels: int, latency: int, tail: int) -> Iterator[tuple[Audio, int]]:
    """Whole blocks, silence after the end, each with the number of samples that may have been given behind it."""
    count = taken = 0
    for block in blocks:
        count += 1
        taken += block.shape[1]
        yield np.pad(block, ((0, 0), (0, BLOCK - block.shape[1]))) if block.shape[1] < BLOCK else block, taken + tail
    while taken and count * BLOCK - latency < taken + tail:
        count += 1
        yield np.zeros((channels, BLOCK), np.float32), taken + tail
