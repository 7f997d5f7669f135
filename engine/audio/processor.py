"""What every part of the chain offers, and how a stream goes through it."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from engine.audio.ahead import ahead
from engine.audio.block import Audio
from engine.audio.effects import Chain, Effect
from engine.audio.layouts import Layout

BLOCK = 32768
"""Samples per block inside, whatever the caller's block size: results do not depend on how a stream was cut."""


class Processor(Effect):
    """A part of the chain, fed with blocks of `BLOCK` samples once it has been reset."""

    @abstractmethod
    def reset(self, rate_hz: int, layout: Layout | int, params: Any) -> None:
        """Prepare for a new stream with the parameters that the part knows."""


def through(
    blocks: Iterable[Audio], processors: Sequence[Processor], channels: int, *, tail: int = 0
) -> Iterator[Audio]:
    """Blocks of any size through processors that were reset, in a thread of their own: in step, and `tail` samples
    longer than they were."""
    if not processors and not tail:
        return iter(blocks)
    return ahead(Chain(processors, channels, block=BLOCK).stream(blocks, tail=tail))
