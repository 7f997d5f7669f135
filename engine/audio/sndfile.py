"""Decoding by libsndfile: wav, flac, aiff, caf, au, w64, Ogg Vorbis, mp3 and more."""

import re
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import soundfile

from engine.audio.block import BLOCK, Audio
from engine.audio.channels import VORBIS_TO_WAV
from engine.audio.source import Nameless, unsupported

_SHORT = re.compile(r"^\s*(?:data|SSND|riff|Data Size|Riff size)\s*: (\d+) \(should be (\d+)\)", re.MULTILINE)
_UNKNOWN_SIZE = 0x7F000000
"""Streaming writers put 2^31 or 2^32, less a little, where they cannot know the size."""


class ForwardFile(soundfile.SoundFile):  # type: ignore[misc]
    """A SoundFile that neither seeks after every block nor stops at a length that was only guessed."""

    def seekable(self) -> bool:
        return False


class SndfileSource:
    """See `Source`. Raises soundfile.LibsndfileError when libsndfile does not know the format."""

    def __init__(self, file: BinaryIO) -> None:
        self._raw = file
        self._file = ForwardFile(Nameless(file), "r")
        self.rate_hz = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        self.format = str(self._file.format).lower()
        self.codec = str(self._file.subtype).lower()
        self._order = VORBIS_TO_WAV.get(self.channels) if self.format == "ogg" else None
        self._at = 0

    def skip(self, samples: int) -> int:
        if self.format in ("mp3", "mpeg", "ogg"):
            return 0
        self._at = min(samples, self._file.frames)
        self._file.seek(self._at)
        return self._at

    def blocks(self) -> Iterator[Audio]:
        if self._is_short():
            raise unsupported("truncated_audio")
        try:
            while len(block := self._file.read(BLOCK, dtype="float32", always_2d=True)):
                self._at += len(block)
                audio = block.T if self._order is None else block.T[self._order]
                yield np.ascontiguousarray(audio)
        except soundfile.LibsndfileError as error:
            position = self._raw.tell()
            end = position == self._raw.seek(0, 2)
            raise unsupported("truncated_audio" if end else "damaged_audio") from error
        if self.format == "flac" and self._at < self._file.frames < 2**62:
            raise unsupported("truncated_audio")

    def _is_short(self) -> bool:
        sizes = [(int(said), int(real)) for said, real in _SHORT.findall(self._file.extra_info)]
        return any(said < _UNKNOWN_SIZE and real < 0.99 * said for said, real in sizes)

    def close(self) -> None:
        self._file.close()
