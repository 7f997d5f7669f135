"""Writing WAV: RIFF, or RF64 (EBU Tech 3306) once the file outgrows 4 GB.

Written here because libsndfile stamps the time into float files and cannot change to RF64 on the way.
"""

import struct
from typing import Protocol

import numpy as np

from engine.audio.block import Audio
from engine.audio.layouts import MONO, STEREO, Layout
from engine.audio.quantise import Quantiser
from engine.parameters import BitDepth

RIFF_LIMIT = 2**32 - 2**20
"""Largest data for plain RIFF: the rest of 4 GB is kept for tags behind it."""

_UNKNOWN = 2**32 - 1
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


class Output(Protocol):
    def write(self, data: bytes) -> int: ...
    def seek(self, offset: int, whence: int = 0) -> int: ...


class WavWriter:
    """Streams float32 [channels, samples] within ±1 (any range for 32f) into a WAV file."""

    def __init__(self, output: Output, rate_hz: int, layout: Layout, bit_depth: BitDepth) -> None:
        self._output, self._rate_hz, self._layout, self._channels = output, rate_hz, layout, layout.channels
        self._is_float = bit_depth == "32f"
        self._bytes = 4 if self._is_float else int(bit_depth) // 8
        self._quantise = None if self._is_float else Quantiser(int(bit_depth))
        self._samples = 0
        self._output.write(self._header())

    @property
    def is_rf64(self) -> bool:
        return self._data_size > RIFF_LIMIT

    @property
    def _data_size(self) -> int:
        return self._samples * self._channels * self._bytes

    def write(self, audio: Audio) -> Audio:
        """The next block, float32 [channels, samples]; what a reader will get of it."""
        if self._quantise is None:
            data = audio.T.astype("<f4").tobytes()
        else:
            steps = self._quantise(audio)
            audio = self._quantise.value(steps)
            numbers = np.ascontiguousarray(steps.T.astype("<i4"))
            data = numbers.view(np.uint8).reshape(-1, 4)[:, : self._bytes].tobytes()
        self._output.write(data)
        self._samples += audio.shape[1]
        return audio

    def close(self) -> None:
        """Complete the header. The output stays open."""
        if self._data_size % 2:
            self._output.write(b"\0")
        self._output.seek(0)
        self._output.write(self._header())
        self._output.seek(0, 2)

    def _header(self) -> bytes:
        size, large = self._data_size, self.is_rf64
        body = self._format_chunk()
        if self._is_float or large:
            body += struct.pack("<4sII", b"fact", 4, min(self._samples, _UNKNOWN))
        else:  # room for `fact`: the header must not grow when the file turns into RF64
            body += struct.pack("<4sI4x", b"JUNK", 4)
        riff_size = 4 + 36 + len(body) + 8 + size + size % 2
        sizes = struct.pack("<QQQI", riff_size, size, self._samples, 0) if large else bytes(28)
        return b"".join(
            (
                struct.pack("<4sI4s", b"RF64" if large else b"RIFF", _UNKNOWN if large else riff_size, b"WAVE"),
                struct.pack("<4sI", b"ds64" if large else b"JUNK", 28) + sizes,
                body,
                struct.pack("<4sI", b"data", _UNKNOWN if large else size),
            )
        )

    def _format_chunk(self) -> bytes:
        kind, bits = (3 if self._is_float else 1), self._bytes * 8
        frame = self._channels * self._bytes
        extended = self._layout not in (MONO, STEREO)
        basic = struct.pack(
            "<HHIIHH", 0xFFFE if extended else kind, self._channels, self._rate_hz, self._rate_hz * frame, frame, bits
        )
        if extended:
            basic += struct.pack("<HHIH", 22, bits, self._layout.wav_mask, kind) + _GUID_TAIL
        elif self._is_float:
            basic += struct.pack("<H", 0)
        return struct.pack("<4sI", b"fmt ", len(basic)) + basic
