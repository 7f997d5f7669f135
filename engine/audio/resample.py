"""Another sample rate (soxr, VHQ), with exact lengths."""

from collections.abc import Iterable, Iterator

import numpy as np
import soxr

from engine.audio.block import Audio, regroup


def resampled_length(samples: int, rate_in: int, rate_out: int) -> int:
    """How many samples come out: round(samples · rate_out / rate_in), but never none out of some."""
    return max(min(samples, 1), (2 * samples * rate_out + rate_in) // (2 * rate_in))


class Resampler:
    """A stream at `rate_in` Hz as a stream at `rate_out` Hz, without delay and without drift.

    Feed blocks [channels, samples] to `add`, then call `finish` once. All that came out is `resampled_length` long and
    does not depend on how the input was cut.
    """

    def __init__(self, rate_in: int, rate_out: int, channels: int) -> None:
        self.rate_in, self.rate_out, self.channels = rate_in, rate_out, channels
        self._stream = (
            None if rate_in == rate_out else soxr.ResampleStream(rate_in, rate_out, channels, "float32", "VHQ")
        )
        self._taken = self._given = 0

    def add(self, audio: Audio) -> Audio:
        """The next input block; returns what is ready, possibly nothing: [channels, any]."""
        self._taken += audio.shape[1]
        return self._give(audio, last=False)

    def finish(self) -> Audio:
        """The rest: [channels, any]."""
        rest = self._give(np.zeros((self.channels, 0), np.float32), last=True)
        missing = resampled_length(self._taken, self.rate_in, self.rate_out) - self._given
        return np.pad(rest, ((0, 0), (0, missing))) if missing > 0 else rest

    def _give(self, audio: Audio, *, last: bool) -> Audio:
        if self._stream is None:
            ready = audio
        else:
            out = self._stream.resample_chunk(np.ascontiguousarray(audio.T, dtype=np.float32), last=last)
            left = resampled_length(self._taken, self.rate_in, self.rate_out) - self._given
            ready = np.ascontiguousarray(out.T[:, :left] if last else out.T)
        self._given += ready.shape[1]
        return ready

    def stream(self, blocks: Iterable[Audio]) -> Iterator[Audio]:
        """Every block through `add`, then `finish`."""
        for block in regroup(blocks):
            yield self.add(block)
        yield self.finish()


def fitted(stream: Iterable[Audio], samples: int) -> Iterator[Audio]:
    """Exactly `samples` of a stream: there and back again, resampling may give one more or less than there were."""
    left, channels = samples, 1
    for block in stream:
        part, channels = block[:, :left], len(block)
        left -= part.shape[1]
        if part.shape[1]:
            yield part
    if left:
        yield np.zeros((channels, left), np.float32)


def resample(audio: Audio, rate_in: int, rate_out: int) -> Audio:
    """`audio` float32 [channels, samples] at `rate_in` Hz -> [channels, resampled_length] at `rate_out` Hz."""
    resampler = Resampler(rate_in, rate_out, audio.shape[0])
    return np.concatenate(list(resampler.stream([audio])), axis=1)
