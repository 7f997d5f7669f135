"""Stretches of sound with rates and channels of their own, as one stream with those of the first."""

from collections.abc import Iterable, Iterator

import numpy as np

from engine.audio.block import Audio
from engine.audio.channels import mix_channels
from engine.audio.resample import Resampler


class Fitter:
    """Blocks of any rate and number of channels go in, blocks at `rate_hz` with `channels` come out."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._rate_hz, self._channels = rate_hz, channels
        self._resampler: Resampler | None = None

    def add(self, audio: Audio, rate_hz: int) -> Iterator[Audio]:
        """The next block, float32 [any, samples], which lasts `samples / rate_hz`."""
        if self._resampler and self._resampler.rate_in != rate_hz:
            yield from self.finish()
        fitted = _with_channels(audio, self._channels)
        if rate_hz == self._rate_hz:
            yield fitted
            return
        self._resampler = self._resampler or Resampler(rate_hz, self._rate_hz, self._channels)
        yield self._resampler.add(fitted)

    def finish(self) -> Iterator[Audio]:
        """What a change of rate still holds back."""
        if self._resampler:
            yield self._resampler.finish()
            self._resampler = None


def _with_channels(audio: Audio, count: int) -> Audio:
    """Mixed where the channels become fewer; else what is there keeps its place and the rest is silent."""
    if len(audio) in (1, count) or count <= 2:
        return mix_channels(audio, count)
    front = mix_channels(audio, 2)
    return np.pad(front, ((0, count - 2), (0, 0)))


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
