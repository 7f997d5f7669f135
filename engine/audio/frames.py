"""FFmpeg's frames as float32 arrays."""

from collections.abc import Iterator, Sequence
from typing import Any

import av
import numpy as np

from engine.audio.block import Audio
from engine.audio.layouts import Layout, arranged

_KINDS = {"flt": (np.float32, 1.0), "s16": (np.int16, 2.0**-15), "s32": (np.int32, 2.0**-31)}
_MOST_PLANES = 7


def placed(own: Sequence[str] | None, known: Any) -> tuple[Layout, list[int]]:
    """The layout of a stream, and for each of its channels where it is in the stream's frames.

    `known`: the layout by FFmpeg's word; `own`: places in an order of the file's own, where it has one, for frames of
    which FFmpeg says nothing.
    """
    names = [channel.name for channel in known.channels]
    if own is not None and len(own) == len(names) and set(names) == {"NONE"}:
        return arranged([place.partition("@")[0] for place in own])  # a place may have a name of its own behind it
    return arranged(names)


class Joiner:
    """Frames of one rate, format and layout go in; larger blocks come out, channels in the order of `layout`."""

    def __init__(self, like: av.AudioFrame, own: Sequence[str] | None) -> None:
        """`own`: see `placed`."""
        self.rate_hz, self.format = int(like.sample_rate), str(like.format.name)
        self._known = like.layout.name
        self.layout, order = placed(own, like.layout)
        self.channels = self.layout.channels
        self._order = None if order == list(range(self.channels)) else order
        self.samples = 0
        self._planar = self.format.endswith("p")
        self._kind = _KINDS.get(self.format.removesuffix("p"))
        self._parts: list[list[Any]] = []
        # Anything else becomes interleaved floats first; so do many planes, because AudioFrame.planes and to_ndarray
        # crash the process (PyAV 18.1) on planar frames of eight channels and more.
        self._to_float: av.AudioResampler | None = None
        if self._kind is None or (self._planar and self.channels > _MOST_PLANES):
            self._to_float = av.AudioResampler(format="flt", layout=like.layout, rate=self.rate_hz)
            self._planar, self._kind = False, _KINDS["flt"]

    def takes(self, frame: av.AudioFrame) -> bool:
        """Whether the frame is of this kind."""
        return (
            frame.sample_rate == self.rate_hz and frame.format.name == self.format and frame.layout.name == self._known
        )

    def add(self, frame: av.AudioFrame, keep: int) -> None:
        """The first `keep` samples of the next frame."""
        if self._to_float is None:
            self._add(frame, keep)
            return
        for part in self._to_float.resample(frame):
            count = min(part.samples, keep)
            keep -= count
            self._add(part, count)

    def _add(self, frame: av.AudioFrame, count: int) -> None:
        assert self._kind is not None
        kind = self._kind[0]
        if self._planar:
            self._parts.append([np.frombuffer(plane, kind, count) for plane in frame.planes])  # type: ignore[call-overload]
        else:
            self._parts.append([np.frombuffer(frame.planes[0], kind, count * self.channels)])  # type: ignore[call-overload]
        self.samples += count

    def take(self) -> Iterator[Audio]:
        """What was added since: float32 [channels, samples], or nothing."""
        if not self.samples:
            return
        assert self._kind is not None
        kind, scale = self._kind
        if self._planar:
            sound = np.empty((self.channels, self.samples), kind)
            for row, parts in zip(sound, zip(*self._parts, strict=True), strict=True):
                np.concatenate(parts, out=row)
        else:
            sound = np.concatenate([part[0] for part in self._parts]).reshape(-1, self.channels).T
        self._parts, self.samples = [], 0
        audio = np.ascontiguousarray(sound if self._order is None else sound[self._order], np.float32)
        yield audio if kind is np.float32 else audio * np.float32(scale)
