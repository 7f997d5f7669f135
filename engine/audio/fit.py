"""Stretches of sound with rates and channels of their own, as one stream with those of the first."""

from collections.abc import Iterable, Iterator

import numpy as np

from engine.audio.block import Audio
from engine.audio.channels import mix_channels, placed_among
from engine.audio.layouts import MONO, STEREO, Layout
from engine.audio.resample import Resampler


class Fitter:
    """Blocks of any rate and layout go in, blocks at `rate_hz` in `layout` come out."""

    def __init__(self, rate_hz: int, layout: Layout) -> None:
        self._rate_hz, self._layout = rate_hz, layout
        self._resampler: Resampler | None = None

    def add(self, audio: Audio, rate_hz: int, layout: Layout) -> Iterator[Audio]:
        """The next block, float32 [channels, samples] of its own layout, which lasts `samples / rate_hz`."""
        if self._resampler and self._resampler.rate_in != rate_hz:
            yield from self.finish()
        fitted = _in_layout(audio, layout, self._layout)
        if rate_hz == self._rate_hz:
            yield fitted
            return
        self._resampler = self._resampler or Resampler(rate_hz, self._rate_hz, self._layout.channels)
        yield self._resampler.add(fitted)

    def finish(self) -> Iterator[Audio]:
        """What a change of rate still holds back."""
        if self._resampler:
            yield self._resampler.finish()
            self._resampler = None


def _in_layout(audio: Audio, have: Layout, want: Layout) -> Audio:
    """What is there keeps its place and the rest is silent; where places are missing, it is mixed into the front."""
    if have == MONO or want in (MONO, STEREO):
        return mix_channels(audio, have, want)
    if have.found_in(want) is not None:
        return placed_among(audio, have, want)
    front = mix_channels(audio, have, STEREO)
    return np.pad(front, ((0, want.channels - 2), (0, 0)))


def trimmed(blocks: Iterable[Audio], end: int, most: int) -> Iterator[Audio]:
    """The first `end` samples of a stream where no more than `most` lie behind them; else all of it.

    What an encoder adds to fill its last frame is shorter than that: an end that would cut off more is a wrong one.
    """
    done = behind = 0
    held: list[Audio] = []
    for block in blocks:
        keep = block.shape[1] if behind > most else max(0, min(block.shape[1], end - done))
        done += block.shape[1]
        if keep:
            yield block[:, :keep]
        if keep < block.shape[1]:
            held.append(block[:, keep:])
            behind += block.shape[1] - keep
        if behind > most:
            yield from held
            held = []
