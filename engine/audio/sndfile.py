"""Decoding by libsndfile: wav, flac, aiff, caf, au, w64 and rarer kinds."""

import contextlib
from collections.abc import Iterator

import numpy as np
import soundfile

from engine.audio import notes
from engine.audio.block import BLOCK, Audio
from engine.audio.ffmpeg import FAULTS, FfmpegSource
from engine.audio.placement import placement
from engine.audio.splice import Spliced
from engine.errors import AppError

_UNKNOWN = 2**62


class ForwardFile(soundfile.SoundFile):  # type: ignore[misc]
    """A SoundFile that neither seeks after every block nor stops at a length that was only guessed."""

    def seekable(self) -> bool:
        return False


class SndfileSource:
    """See `Source`. Raises soundfile.LibsndfileError when libsndfile does not know the format."""

    def __init__(self, view: Spliced) -> None:
        self._view = view
        self._file = ForwardFile(view, "r")
        self.rate_hz = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        self.format = str(self._file.format).lower()
        self.codec = str(self._file.subtype).lower()
        self.layout, order = placement(view, self.format, self.channels)
        self._order = None if list(order) == list(range(self.channels)) else list(order)
        self.notes: list[notes.FileNote] = []
        self._at = 0
        self._is_lost = False

    def skip(self, samples: int) -> int:
        try:
            self._file.seek(min(samples, self._file.frames))
        except soundfile.LibsndfileError:  # damage lies there; where libFLAC stands now, nobody knows
            self._is_lost = True
            return 0
        self._at = min(samples, self._file.frames)
        return self._at

    def blocks(self) -> Iterator[Audio]:
        if self._is_lost:
            yield from self._rest()
            return
        try:
            while len(block := self._file.read(BLOCK, dtype="float32", always_2d=True)):
                self._at += len(block)
                yield np.ascontiguousarray(block.T if self._order is None else block.T[self._order])
        except soundfile.LibsndfileError:
            if self.format == "flac":
                yield from self._rest()
            else:
                self.notes += notes.damaged(self._at / self.rate_hz, 1)
        else:
            if self._at < self._file.frames < _UNKNOWN:
                self.notes += notes.ended_early((self._file.frames - self._at) / self.rate_hz)

    def _rest(self) -> Iterator[Audio]:
        """libFLAC gives up where FFmpeg finds the next frame. Both count alike up to there."""
        try:
            source = FfmpegSource(self._view.again())
        except (AppError, *FAULTS):
            self.notes += notes.damaged(self._at / self.rate_hz, 1)
            return
        with contextlib.closing(source):
            done = 0
            for block in source.blocks():
                before, done = done, done + block.shape[1]
                if done > self._at:
                    yield block[:, max(self._at - before, 0) :]
        self.notes += source.notes

    def close(self) -> None:
        self._file.close()
