"""Stems over REST: whole files, pieces of samples for the mixer, waveforms, and all of them as one ZIP."""

import contextlib
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from flask import Blueprint, Response, request, send_file

from engine.app import House
from engine.audio.wav_header import read_wav_header
from engine.errors import AppError, Code
from engine.web.files import attachment, number, sound_file
from engine.web.zip_stream import CHUNK, ZipEntry, zip_length, zip_stream

MOST_FRAMES = 2**20
MOST_BYTES = 2**25
"""Limits of one piece of samples: about 24 s at 44.1 kHz, and 32 MiB for many channels."""


def blueprint(house: House) -> Blueprint:
    stems = Blueprint("stems", __name__, url_prefix="/api/tracks/<track_id>")
    scheduler, library = house.scheduler, house.library

    @stems.get("/stems/<stem>/audio")
    def audio(track_id: str, stem: str) -> Response:
        return sound_file(library.stem_path(track_id, stem))

    @stems.get("/stems/<stem>/peaks")
    def peaks(track_id: str, stem: str) -> Response:
        source = library.stem_path(track_id, stem)
        path = library.stem_peaks_path(track_id, stem)
        if not path.exists():
            scheduler.call("engine.jobs.tasks:make_peaks", path=str(source), target=str(path))
        return send_file(path, mimetype="application/json", conditional=True)

    @stems.get("/stems/<stem>/samples")
    def samples(track_id: str, stem: str) -> Response:
        """Frames `from` up to `from + count` as raw little-endian float32, channels interleaved.

        `X-Sample-Rate` and `X-Channels` say what they are. Past the end there is less, or nothing.
        """
        path = library.stem_path(track_id, stem)
        start, count = int(number("from", 0, 0, 2**53)), int(number("count", MOST_FRAMES, 1, MOST_FRAMES))
        file = _opened(path)
        wav = read_wav_header(file)
        if wav and wav.is_float32:
            first, end = min(start, wav.frames), min(start + min(count, _room(wav.channels)), wav.frames)
            file.seek(wav.offset + first * wav.frame_bytes)
            return _piece(file, (end - first) * wav.frame_bytes, wav.rate_hz, wav.channels)
        file.close()
        decoded = house.settings.peaks_dir / f".{uuid.uuid4().hex}.tmp"
        try:
            facts: dict[str, int] = scheduler.call(
                "engine.jobs.tasks:decode_piece",
                path=str(path), target=str(decoded), start=start, count=count, most_bytes=MOST_BYTES,
            )  # fmt: skip
            piece = _piece(decoded.open("rb"), decoded.stat().st_size, facts["rate_hz"], facts["channels"])
            piece.call_on_close(lambda: decoded.unlink(missing_ok=True))
        except BaseException:
            decoded.unlink(missing_ok=True)
            raise
        return piece

    @stems.get("/stems.zip")
    def archive(track_id: str) -> Response:
        """All stems, or those that `?stems=a,b` names."""
        record = library.record(track_id)
        asked = request.args.get("stems")
        names = [stem.name for stem in record.stems] if asked is None else list(dict.fromkeys(asked.split(",")))
        if not names:
            raise AppError(Code.NOT_FOUND, "track_without_stems")
        paths = [(name, library.stem_path(track_id, name)) for name in names]
        modified = datetime.fromtimestamp(record.created_at)
        with contextlib.ExitStack() as stack:
            entries = []
            for name, path in paths:
                file = stack.enter_context(_opened(path))
                size = path.stat().st_size
                entries.append(ZipEntry(f"{record.name}_{name}{path.suffix}", file, size, modified))
            answer = Response(zip_stream(entries), mimetype="application/zip")
            answer.call_on_close(stack.pop_all().close)
        answer.content_length = zip_length(entries)
        attachment(answer, f"{record.name}_stems.zip")
        return answer

    return stems


def _opened(path: Path) -> BinaryIO:
    """Raises NOT_FOUND when the file has gone."""
    try:
        return path.open("rb")
    except OSError:
        raise AppError(Code.NOT_FOUND, "track_file_gone", name=path.name) from None


def _room(channels: int) -> int:
    return MOST_BYTES // (4 * channels)


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
