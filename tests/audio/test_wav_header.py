"""The server's own look at a WAV file agrees with what wrote it, and takes damage without a fault."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from engine.audio.encode import write
from engine.audio.wav_header import WavData, read_wav_header
from engine.parameters import BitDepth, Format
from tests.stemmed import noise


@pytest.mark.parametrize("bit_depth", ["16", "24", "32f"])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_it_finds_the_samples_that_were_written(tmp_path: Path, bit_depth: BitDepth, channels: int) -> None:
    path = tmp_path / "a.wav"
    audio = noise(0.01, 1, channels)
    write(path, audio, 44_100, format=Format.WAV, bit_depth=bit_depth, tags={"title": "t"})
    with path.open("rb") as file:
        found = read_wav_header(file)
        assert found is not None
        assert (found.frames, found.rate_hz, found.channels) == (audio.shape[1], 44_100, channels)
        assert found.is_float32 is (bit_depth == "32f")
        file.seek(found.offset)
        if found.is_float32:
            assert file.read(found.frames * found.frame_bytes) == audio.T.astype("<f4").tobytes()


@pytest.mark.parametrize(
    ("subtype", "is_float"), [("FLOAT", True), ("DOUBLE", False), ("PCM_32", False), ("ULAW", False)]
)
def test_other_writers_are_understood(tmp_path: Path, subtype: str, is_float: bool) -> None:
    for format_ in ("WAV", "RF64", "WAVEX"):
        if format_ == "WAVEX" and subtype == "ULAW":
            continue
        path = tmp_path / f"{format_}.wav"
        soundfile.write(path, noise(0.01, 1).T, 48_000, format=format_, subtype=subtype)
        with path.open("rb") as file:
            found = read_wav_header(file)
        assert found is not None and (found.frames, found.is_float32) == (441, is_float)


def test_sizes_that_lie_end_with_the_file() -> None:
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 3, 2, 44100, 352800, 8, 32, 0)
    data = np.zeros(20, "<f4").tobytes()
    for said in (0xFFFFFFFF, 10_000, len(data)):
        raw = struct.pack("<4sI4s", b"RIFF", 0xFFFFFFFF, b"WAVE") + form + struct.pack("<4sI", b"data", said) + data
        assert read_wav_header(io.BytesIO(raw)) == WavData(len(raw) - len(data), 10, 44100, 2, True)


def test_what_is_no_wav_is_none() -> None:
    for raw in (b"", b"RIFF", b"fLaC" + bytes(100), b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd"):
        assert read_wav_header(io.BytesIO(raw)) is None


@given(st.binary(max_size=200))
def test_garbage_after_a_good_beginning_never_raises(tail: bytes) -> None:
    read_wav_header(io.BytesIO(b"RIFF\xff\xff\xff\xffWAVE" + tail))
    read_wav_header(io.BytesIO(b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0" + tail))
