"""What mutagen does not read: words in a WAV's INFO list or an AIFF's own chunks, chapters in an MP4's text track."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import av

from engine.audio.ffmpeg import DEMUXERS, FAULTS
from engine.audio.paths import long_path
from engine.audio.splice import whole

_NAMES = {
    "title": "title", "artist": "artist", "author": "artist", "album": "album", "album_artist": "albumartist",
    "composer": "composer", "date": "date", "genre": "genre", "track": "tracknumber", "comment": "comment",
    "copyright": "copyright", "language": "language", "encoded_by": "encodedby",
}  # fmt: skip
"""FFmpeg's name -> ours. Its `encoder` is left out: that is who wrote the file, not what it holds."""


class ContainerTags(NamedTuple):
    """`chapters`: seconds, title."""

    texts: dict[str, str]
    chapters: list[tuple[float, str]]


def container_tags(path: str | Path) -> ContainerTags:
    """By FFmpeg; nothing where it cannot read the file. Raises OSError."""
    options = {"format_whitelist": DEMUXERS, "protocol_whitelist": "none"}
    with Path(long_path(path)).open("rb") as file:
        try:
            with av.open(whole(file), mode="r", options=options, metadata_errors="surrogateescape") as container:
                words = {name: _text(text) for name, text in container.metadata.items()}
                chapters = [_chapter(chapter) for chapter in container.chapters()]
        except FAULTS:
            return ContainerTags({}, [])
    texts = {ours: words[theirs] for theirs, ours in reversed(_NAMES.items()) if words.get(theirs)}
    return ContainerTags(texts, sorted(chapters))


def _chapter(chapter: Mapping[str, Any]) -> tuple[float, str]:
    return round(float(chapter["start"] * chapter["time_base"]), 3), _text(chapter["metadata"].get("title", ""))


def _text(text: str) -> str:
    """Chunks of WAV and AIFF do not say how they are encoded: UTF-8 if it is that, else what Windows wrote."""
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
