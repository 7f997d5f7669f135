"""Sound through plugins in blocks of one size, so that any length takes little memory and work can stop in between."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from pedalboard import Plugin

from engine.audio.block import BLOCK, Audio

Tick = Callable[[], None]
"""Called between blocks of work; may raise to stop it."""

_LEAD_IN_S = 4.0
"""A loop's plugins hear this much of its end before its beginning: longer than any compressor remembers."""


def processed(audio: Audio, plugins: Sequence[Plugin], rate_hz: int, *, loop: bool = False) -> Iterator[Audio]:
    """float32 [channels, samples] through plugins, as blocks of together the same length; latency is made up for.

    A `loop` goes through them as if it had been playing for ever. The plugins start anew. `audio` may be overwritten
    with the blocks as they come.
    """
    samples = audio.shape[1]
    begin = -round(_LEAD_IN_S * rate_hz) if loop else 0
    head = _round(audio, 0, 4 * BLOCK) if loop else audio[:, :0]
    skip, left = -begin, samples
    for start in range(begin, samples + 4 * BLOCK, BLOCK):
        block = _piece(audio, head, start)
        for plugin in plugins:
            block = plugin.process(block, rate_hz, buffer_size=BLOCK, reset=start == begin)
        dropped = min(skip, block.shape[1])
        skip -= dropped
        block = block[:, dropped : dropped + left]
        left -= block.shape[1]
        if block.shape[1]:
            yield block
        if not left:
            return
    raise RuntimeError("plugins kept sound back")


def _piece(audio: Audio, head: Audio, start: int) -> Audio:
    """BLOCK samples from `start` on; before 0 and, in a loop, beyond the end the sound goes round, else is silence."""
    samples = audio.shape[1]
    if start >= 0 and start + BLOCK <= samples:
        return np.ascontiguousarray(audio[:, start : start + BLOCK])
    if start < 0:
        return _round(audio, start, BLOCK)
    piece = np.zeros((audio.shape[0], BLOCK), np.float32)
    own = audio[:, start : start + BLOCK] if start < samples else audio[:, :0]
    piece[:, : own.shape[1]] = own
    after = head[:, max(0, start - samples) :][:, : BLOCK - own.shape[1]]
    piece[:, own.shape[1] : own.shape[1] + after.shape[1]] = after
    return piece


def _round(audio: Audio, start: int, count: int) -> Audio:
    """`count` samples of a ring from `start` on."""
    samples: Audio = audio.take(np.arange(start, start + count) % audio.shape[1], axis=1)
    return samples


def replace(audio: Audio, plugins: Sequence[Plugin], rate_hz: int, tick: Tick, *, loop: bool = False) -> None:
    """`processed`, in place."""
    at = 0
    for block in processed(audio, plugins, rate_hz, loop=loop):
        audio[:, at : at + block.shape[1]] = block
        at += block.shape[1]
        tick()
