"""Overlap-add: a stream is cut into windows, each is processed on its own, and the results are faded together."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from engine.audio.block import Audio

Windows = NDArray[np.float32]
"""float32 [batch, channels, length]."""
Results = NDArray[np.float32]
"""float32 [batch, ..., length]: what became of the windows, any number of axes between."""


class OverlapAdd:
    """Windows as long as `weights`, one every `hop` samples, for as long as the stream lasts.

    `weights`, all above zero, say how much a window counts at each of its samples; sums are divided by the sum of the
    weights that went into them, so that one window alone counts in full and the edges need no rule of their own. A
    window that would reach over the end is moved so that what is there lies in its middle, with the sound before it on
    the left and zeros on the right (`demucs/apply.py`, TensorChunk.padded).
    """

    def __init__(self, weights: NDArray[np.float32], hop: int) -> None:
        if not 0 < hop <= len(weights) or not (weights > 0).all():
            raise ValueError("weights must be above zero, and the hop at most a window long")
        self.weights, self.hop, self.length = weights.astype(np.float32), hop, len(weights)

    def count(self, samples: int) -> int:
        """How many windows a stream of that many samples is cut into."""
        return -(-samples // self.hop)

    def stream(
        self, blocks: Iterable[Audio], process: Callable[[Windows], Results], *, batch: int = 1
    ) -> Iterator[NDArray[np.float32]]:
        """`blocks`, float32 [channels, any], through `process`, up to `batch` windows at a time.

        Yields float32 [..., any] with the shape that `process` gives one window, as many samples as came in, holding
        no more than about three windows of them.
        """
        sums = _Sums(self.weights, self.hop)
        waiting: list[Audio] = []
        held: Audio | None = None  # the stream from `before` on
        before = start = 0
        for block in blocks:
            held = block if held is None else np.concatenate([held, block], axis=1)
            while start + self.length <= before + held.shape[1]:
                waiting.append(held[:, start - before :][:, : self.length])
                start += self.hop
                if len(waiting) == batch:
                    yield from sums.add(process(np.stack(waiting)))
                    waiting = []
            used = max(0, start - before - self.length)  # what the windows at the end may look back on stays
            held, before = held[:, used:], before + used
        if held is None:
            return
        if waiting:
            yield from sums.add(process(np.stack(waiting)))
        end = before + held.shape[1]
        while start < end:
            left = (self.length - (end - start)) // 2
            first = max(0, start - left - before)
            window = np.zeros((held.shape[0], self.length), np.float32)
            place = left - (start - before - first)
            window[:, place : place + held.shape[1] - first] = held[:, first:]
            yield from sums.add(process(window[None])[..., left : left + end - start])
            start += self.hop
        yield sums.rest(end - start)


class _Sums:
    """What has been added up from the next sample to be given out on."""

    def __init__(self, weights: NDArray[np.float32], hop: int) -> None:
        self._weights, self._hop = weights, hop
        self._sum: NDArray[np.float32] | None = None
        self._weight = np.zeros(len(weights), np.float32)

    def add(self, results: Results) -> Iterator[NDArray[np.float32]]:
        """Add one window after the other, each a hop later; what no later window can change comes out."""
        for result in results:
            length = result.shape[-1]
            if self._sum is None:
                self._sum = np.zeros((*result.shape[:-1], len(self._weights)), np.float32)
            self._sum[..., :length] += result * self._weights[:length]
            self._weight[:length] += self._weights[:length]
            ready = min(self._hop, length)
            yield self._sum[..., :ready] / self._weight[:ready]
            for kept in (self._sum, self._weight):
                kept[..., : -self._hop] = kept[..., self._hop :].copy()
                kept[..., -self._hop :] = 0

    def rest(self, samples: int) -> NDArray[np.float32]:
        """The `samples` that are still there; none when that is not above zero."""
        assert self._sum is not None
        samples = max(0, samples)
        return self._sum[..., :samples] / self._weight[:samples]


def reflected(blocks: Iterable[Audio], border: int) -> Iterator[Audio]:
    """The stream with `border` samples mirrored at both ends, as in numpy's `reflect`; it must be longer than that."""
    head: Audio | None = None
    tail: Audio | None = None
    for block in blocks:
        if head is None or head.shape[1] <= border:
            head = block if head is None else np.concatenate([head, block], axis=1)
            if head.shape[1] <= border:
                continue
            yield head[:, 1 : border + 1][:, ::-1]
            block = head
        tail = (block if tail is None else np.concatenate([tail, block], axis=1))[:, -border - 1 :]
        yield block
    if tail is not None and border:
        yield tail[:, :-1][:, ::-1]


def cut(blocks: Iterable[NDArray[np.float32]], front: int, samples: int) -> Iterator[NDArray[np.float32]]:
    """`samples` of a stream [..., any], after leaving out the first `front`; the whole stream is taken in."""
    at = 0
    for block in blocks:
        part = block[..., max(0, front - at) : max(0, front + samples - at)]
        at += block.shape[-1]
        if part.shape[-1]:
            yield part


def joined(windows: Iterable[Audio], overlap: int, alike: Callable[[Audio, Audio], float]) -> Iterator[Audio]:
    """Windows in order, float32 [channels, any], of which each shares `overlap` samples with the next, as one stream.

    They are faded by Hann slopes; `alike` is told the end of one and the beginning of the other and says how much they
    correlate, -1 to 1: the slopes are raised so far that the level stays, also where the two have nothing in common.
    """
    rise = (np.sin(np.linspace(0, np.pi / 2, overlap + 2)[1:-1]) ** 2).astype(np.float32)
    tail: Audio | None = None
    for window in windows:
        if tail is None:
            head = window
        else:
            begin = window[:, :overlap]
            common = max(0.0, min(1.0, alike(tail, begin)))
            fall = 1 - rise
            level = np.sqrt(rise**2 + fall**2 + 2 * common * rise * fall)
            yield np.asarray((tail * fall + begin * rise) / level, np.float32)
            head = window[:, overlap:]
        yield head[:, : head.shape[1] - overlap]
        tail = head[:, head.shape[1] - overlap :]
    if tail is not None:
        yield tail
