"""The file that encoders write into, and the writers that wrap libsndfile and FFmpeg."""

from typing import BinaryIO, Protocol

import av
import numpy as np
from av.container import Flags

from engine.audio.block import Audio
from engine.audio.layouts import UNKNOWN, Layout, vorbis_order
from engine.audio.ogg import fix_serial
from engine.audio.quantise import Quantiser
from engine.audio.sndfile import ForwardFile
from engine.parameters import BitDepth, FlacLevel


class Sink:
    """An open file whose fault waits for `check`: an exception raised inside a library's callback would be lost."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self._fault: OSError | None = None

    def write(self, data: bytes) -> int:
        rest = memoryview(data)
        try:
            while self._fault is None and len(rest):
                rest = rest[self.file.write(rest) :]
        except OSError as error:
            self._fault = error
        return 0 if self._fault else len(data)

    def read(self, size: int = -1) -> bytes:
        return self.file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def check(self) -> None:
        """Raises the OSError that a write met."""
        if self._fault is not None:
            raise self._fault


class SoundWriter(Protocol):
    """Takes float32 [channels, samples], finite and within ±1, and returns what a reader will get of it, None where
    only decoding can tell; `close` completes the file and leaves it open."""

    def write(self, audio: Audio) -> Audio | None: ...
    def close(self) -> None: ...


class FlacWriter:
    """FLAC of 16 or 24 bits; libsndfile counts the levels 0 to 8 as 0 to 1."""

    def __init__(self, sink: Sink, rate_hz: int, channels: int, bit_depth: BitDepth, level: FlacLevel) -> None:
        self._bits = int(bit_depth)
        self._quantise = Quantiser(self._bits)
        self._file = ForwardFile(
            sink, "w", rate_hz, channels, format="FLAC", subtype=f"PCM_{self._bits}", compression_level=level / 8
        )  # fmt: skip

    def write(self, audio: Audio) -> Audio:
        steps = self._quantise(audio)
        self._file.write(np.ascontiguousarray((steps << (32 - self._bits)).T))
        return self._quantise.value(steps)

    def close(self) -> None:
        self._file.close()


class Mp3Writer:
    """MP3 at the highest constant bit rate: 320 kbit/s, 160 under 32 kHz, 64 under 16 kHz.

    LAME's preset for 160 kbit/s and less turns the level down to 0.95 (measured); it is turned up by as much before.
    """

    def __init__(self, sink: Sink, rate_hz: int, channels: int) -> None:
        self._gain = np.float32(1 / 0.95 if rate_hz < 32_000 else 1)
        self._file = ForwardFile(
            sink, "w", rate_hz, channels, format="MP3", subtype="MPEG_LAYER_III",
            compression_level=0.0, bitrate_mode="CONSTANT",
        )  # fmt: skip

    def write(self, audio: Audio) -> None:
        self._file.write(np.ascontiguousarray(audio.T) * self._gain)

    def close(self) -> None:
        self._file.close()


class VorbisWriter:
    """Ogg Vorbis at quality 9 of 10, about 320 kbit/s for stereo."""

    def __init__(self, sink: Sink, rate_hz: int, channels: int) -> None:
        self._sink = sink
        self._order = vorbis_order(channels)
        self._file = ForwardFile(sink, "w", rate_hz, channels, format="OGG", subtype="VORBIS", compression_level=0.1)

    def write(self, audio: Audio) -> None:
        self._file.write(np.ascontiguousarray(audio[self._order].T))

    def close(self) -> None:
        self._file.close()
        self._sink.check()
        fix_serial(self._sink.file)


_OPUS_ORDER = {"5.0": [0, 1, 4, 2, 3], "6.1": [0, 1, 4, 3, 5, 2, 6]}
"""What FFmpeg's encoder (8.0) has to be given so that each channel comes out in its own place."""


class OpusWriter:
    """Opus in Ogg, 128 kbit/s a channel, at 48 kHz: up to eight channels of the layouts of Vorbis, or without places.

    By FFmpeg, not libsndfile: that one spoils the last 40 samples and draws the serial number at random.
    """

    def __init__(self, sink: Sink, rate_hz: int, layout: Layout) -> None:
        self._rate_hz, self._layout, self._samples = rate_hz, layout.name, 0
        self._order = _OPUS_ORDER.get(layout.name, list(range(layout.channels)))
        self._container = av.open(sink, "w", format="ogg")
        self._container.flags |= Flags.bitexact.value  # type: ignore[operator]
        placeless = {"mapping_family": "255"} if UNKNOWN in layout.places else {}  # RFC 7845, 5.1.1.3
        self._stream = self._container.add_stream(
            "libopus", rate=rate_hz, options={"flags": "+bitexact", **placeless}, layout=self._layout
        )
        self._stream.bit_rate = 128_000 * layout.channels

    def write(self, audio: Audio) -> None:
        flat = np.ascontiguousarray(audio[self._order].T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(flat, format="flt", layout=self._layout)
        frame.sample_rate, frame.pts = self._rate_hz, self._samples
        self._samples += audio.shape[1]
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()
