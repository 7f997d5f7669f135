"""Decoding by FFmpeg's libraries (PyAV): mp4, aac, alac, wma, opus, ac3, the sound of films and more."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO

import av
import numpy as np

from engine.audio.block import Audio
from engine.audio.source import Nameless, unsupported

DEMUXERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,gsm,iff,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,ogg,"
    "oma,qcp,rm,tak,tta,voc,w64,wav,wv"
)
"""Only what carries sound: playlists and scripts could make FFmpeg open other files and addresses."""

# What libav* and PyAV raise on malformed input.
FAULTS = (av.FFmpegError, ValueError, TypeError, AttributeError, ArithmeticError, LookupError)

_INDEXED = ("mov", "matroska")


class FfmpegSource:
    """See `Source`. Raises UNSUPPORTED_AUDIO `no_audio_stream`, or one of FAULTS for an unknown format."""

    def __init__(self, file: BinaryIO) -> None:
        self._raw = file
        self._container = av.open(
            Nameless(file),
            mode="r",
            options={"format_whitelist": DEMUXERS, "protocol_whitelist": "none"},
            metadata_errors="replace",
        )
        if not self._container.streams.audio:
            self._container.close()
            raise unsupported("no_audio_stream")
        self._stream = self._container.streams.best("audio") or self._container.streams.audio[0]
        self.places = own_order(self._stream)
        self._frames = self._decoded()
        self._first = next(self._frames, None)
        if self._first is None:
            self._container.close()
            raise unsupported("empty_audio")
        self.rate_hz = int(self._first.sample_rate)
        self.channels = int(self._first.layout.nb_channels)
        self.format = self._container.format.name.split(",")[0]
        self.codec = str(self._stream.codec_context.name)

    def _decoded(self) -> Iterator[av.AudioFrame]:
        for frame in self._container.decode(self._stream):
            if isinstance(frame, av.AudioFrame):
                yield frame

    def skip(self, samples: int) -> int:
        return 0

    def blocks(self) -> Iterator[Audio]:
        done = 0
        try:
            for block in self._packed():
                done += block.shape[1]
                yield block
        except FAULTS as error:
            position = self._raw.tell()
            cut = position == self._raw.seek(0, 2) and self._is_short(done)
            raise unsupported("truncated_audio" if cut else "damaged_audio") from error
        if self._is_short(done):
            raise unsupported("truncated_audio")

    def _packed(self) -> Iterator[Audio]:
        # Interleaved floats from the resampler, because AudioFrame.to_ndarray crashes the process (PyAV 18.1) on
        # planar frames of eight channels and more.
        assert self._first is not None
        to_float = av.AudioResampler(format="flt", layout=self._first.layout, rate=self.rate_hz)
        frame: av.AudioFrame | None = self._first
        self._first = None
        while frame is not None:
            following = next(self._frames, None)
            keep = frame.samples if following else self._real_samples(frame)
            for part in to_float.resample(frame):
                count = min(part.samples, keep)
                flat = np.frombuffer(part.planes[0], dtype=np.float32, count=count * self.channels)  # type: ignore[call-overload]
                keep -= count
                yield np.ascontiguousarray(flat.reshape(count, self.channels).T)
            frame = following

    def _real_samples(self, last: av.AudioFrame) -> int:
        """An mp4's last packet says how much of the last frame is sound; the rest is the encoder's padding."""
        if self.format != "mov" or not last.duration or not last.time_base:
            return last.samples
        return min(last.samples, round(last.duration * last.time_base * self.rate_hz))

    def _is_short(self, samples: int) -> bool:
        promised = self._promised_s()
        return promised is not None and promised - samples / self.rate_hz > max(0.5, promised / 100)

    def _promised_s(self) -> float | None:
        if self.format not in _INDEXED:
            return None
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        only = len(self._container.streams) == 1
        return float(Fraction(self._container.duration, av.time_base)) if only and self._container.duration else None

    def close(self) -> None:
        self._container.close()


def own_order(stream: Any) -> tuple[str, ...] | None:
    """The places (`FL`, `FR`...) of a file's channels where it has an order of its own; None where FFmpeg knows it.

    PyAV 18.1 shares the list that stands for such an order with FFmpeg, and both free it: each frame would damage the
    memory, until the process is ended. So the list is taken out of the codec once, before anything is decoded.
    """
    name = stream.codec_context.layout.name
    listed = re.fullmatch(r"(\d+ channels) \((.+)\)", name)
    stream.codec_context.layout = listed[1] if listed else name
    return tuple(listed[2].split("+")) if listed else None
