"""Pieces of a sound file as raw samples, for players that mix in the browser."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from flask import Response

from engine.app import Application
from engine.audio.layouts import MONO, STEREO, of_mask
from engine.audio.wav_header import read_wav_header
from engine.errors import AppError, Code
from engine.web.files import number
from engine.web.zip_stream import CHUNK

MOST_FRAMES = 2**20
MOST_BYTES = 2**25
"""Limits of one piece of samples: about 24 s at 44.1 kHz, and 32 MiB for many channels."""


def samples_of(application: Application, path: Path, rate_hz: int | None = None) -> Response:
    """Frames `from` up to `from + count` as raw little-endian float32, channels interleaved: one channel, or two as two
    ears hear the file.

    `rate_hz`: the rate at which frames are counted and given, the file's own by default. `X-Sample-Rate` and
    `X-Channels` say what they are. Past the end there is less, or nothing. Raises NOT_FOUND, INVALID_INPUT.
    """
    start, count = int(number("from", 0, 0, 2**53)), int(number("count", MOST_FRAMES, 1, MOST_FRAMES))
    file = opened(path)
    wav = read_wav_header(file)
    plain = wav is not None and of_mask(wav.mask, wav.channels) in (MONO, STEREO)
    if wav and wav.is_float32 and plain and rate_hz in (None, wav.rate_hz):
        first, end = min(start, wav.frames), min(start + count, wav.frames)
        file.seek(wav.offset + first * wav.frame_bytes)
        return _piece(file, (end - first) * wav.frame_bytes, wav.rate_hz, wav.channels)
    file.close()
    decoded = application.settings.peaks_dir / f".{uuid.uuid4().hex}.tmp"
    try:
        facts = application.tasks.decode_piece(path, decoded, start, count, MOST_BYTES, rate_hz)
        piece = _piece(decoded.open("rb"), decoded.stat().st_size, facts.rate_hz, facts.channels)
        piece.call_on_close(lambda: decoded.unlink(missing_ok=True))
    except BaseException:
        decoded.unlink(missing_ok=True)
        raise
    return piece


def opened(path: Path) -> BinaryIO:
    """Raises NOT_FOUND when the file has gone."""
    try:
        return path.open("rb")
    except OSError:
        raise AppError(Code.NOT_FOUND, "track_file_gone", name=path.name) from None


def _piece(file: BinaryIO, length: int, rate_hz: int, channels: int) -> Response:
    """`length` bytes of an open file from where it stands; it is closed with the answer."""
    answer = Response(_chunks(file, length), mimetype="application/octet-stream")
    answer.content_length = length
    answer.headers["X-Sample-Rate"] = str(rate_hz)
    answer.headers["X-Channels"] = str(channels)
    answer.call_on_close(file.close)
    return answer


def _chunks(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0:
        chunk: Any = file.read(min(CHUNK, length))
        if not chunk:
            raise OSError("the file became shorter while it was sent")
        length -= len(chunk)
        yield chunk
