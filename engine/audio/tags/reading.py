"""The tags of every file that the program can open."""

# mypy: allow-untyped-calls

import contextlib
import io
import struct
from pathlib import Path
from typing import Any, BinaryIO

import mutagen
from mutagen._vorbis import VComment
from mutagen.apev2 import APEv2
from mutagen.asf import ASF
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

from engine.audio.paths import long_path
from engine.audio.splice import whole
from engine.audio.tags.aiff_chunks import from_aiff
from engine.audio.tags.ape import from_ape
from engine.audio.tags.asf import from_asf
from engine.audio.tags.chunks import RIFF, chunks, form_of
from engine.audio.tags.container import container_tags
from engine.audio.tags.id3 import ID3_CHUNKS, MOST_ID3_BYTES, from_id3
from engine.audio.tags.matroska import MAGIC, from_matroska
from engine.audio.tags.model import Tags
from engine.audio.tags.mp4 import from_mp4
from engine.audio.tags.vorbis import from_vorbis
from engine.audio.tags.wav_chunks import from_wav, understood
from engine.errors import AppError, Code

_FAULTS = (
    mutagen.MutagenError, ValueError, TypeError, AttributeError, ArithmeticError, LookupError, EOFError, struct.error,
)  # fmt: skip
"""What mutagen raises on malformed input."""


def read_tags(path: str | Path) -> Tags:
    """The tags of any file that the program can open; what of them could not be read is in `lost`.

    Raises UNSUPPORTED_AUDIO `tags_unsupported` for what is no sound, OSError.
    """
    with Path(long_path(path)).open("rb") as file:
        head, lost = file.read(12), []
        try:
            tags, rate_hz = _by_mutagen(file)
        except _FAULTS:
            tags, rate_hz = _by_id3(file, head), 0
            lost = ["tags_unread"]
        form = form_of(head)
        if form:
            chunked = from_wav(file) if form is RIFF else from_aiff(file, rate_hz)
            tags = _together(tags or Tags(), chunked)
        elif tags is None:
            tags = container_tags(path)
            if tags and head[:4] == MAGIC:
                tags.values |= from_matroska(file).values
            if tags == Tags():
                tags.lost += lost
        elif tags.kind in ("mp4", "asf") and not (tags.chapters and tags.values):
            more = container_tags(path) or Tags()
            tags.chapters = tags.chapters or more.chapters
            tags.values = tags.values or more.values  # as QuickTime keeps them
    if tags is None:
        raise AppError(Code.UNSUPPORTED_AUDIO, "tags_unsupported")
    if tags.broadcast is None:
        understood(tags, rate_hz)
    return tags


def _together(tags: Tags, chunked: Tags) -> Tags:
    """A tag's words before those of chunks, a chunk's moments before those of the tag, which are rounded."""
    chapters = chunked.chapters or tags.chapters
    tags.fill(chunked)
    tags.chapters = chapters
    return tags


def title_of(path: str | Path) -> str:
    """What a file calls itself; empty where it cannot say. Raises OSError."""
    try:
        return read_tags(path).texts.get("title", "")
    except AppError:
        return ""


def _by_mutagen(file: BinaryIO) -> tuple[Tags | None, int]:
    """Tags, None where mutagen does not know the kind of file, and the rate in Hz."""
    file.seek(0)
    known = mutagen.File(io.BufferedReader(whole(file)))
    if known is None:
        return None, 0
    rate_hz = int(getattr(known.info, "sample_rate", 0)) or (48_000 if isinstance(known, OggOpus) else 0)
    if isinstance(known.tags, ID3):
        tags = from_id3(known.tags)
        tags.kind = "id3"
    elif isinstance(known.tags, APEv2):
        tags = from_ape(known.tags)
    elif isinstance(known, ASF):
        tags = from_asf(known.tags)
        tags.kind = "asf"
    elif isinstance(known, MP4):
        tags = from_mp4(known)
        tags.kind = "mp4"
    elif isinstance(known.tags, VComment):
        tags = from_vorbis(known)
    else:
        tags = Tags()
    if isinstance(known, MP3):
        with contextlib.suppress(mutagen.MutagenError):  # most have none
            tags.fill(from_ape(APEv2(io.BufferedReader(whole(file)))))
    return tags, rate_hz


def _by_id3(file: BinaryIO, head: bytes) -> Tags | None:
    """An ID3 tag at the beginning of a file, or in a chunk of an RF64 file, that mutagen does not look for there."""
    if head[:3] == b"ID3":
        found: Any = whole(file)
    else:
        data = next((chunk.data for chunk in chunks(file, ID3_CHUNKS, MOST_ID3_BYTES)), None)
        if data is None:
            return None
        found = io.BytesIO(data)
    try:
        frames = ID3(io.BufferedReader(found))
        tags = from_id3(frames)
        file.seek(frames.size if head[:3] == b"ID3" else 0)
        if file.read(4) == b"fLaC":  # what a FLAC file says itself goes before what was put in front of it
            own = from_vorbis(FLAC(io.BufferedReader(whole(file))))
            own.fill(tags)
            return own
    except _FAULTS:
        return Tags(lost=["tags_unread"])
    return tags
