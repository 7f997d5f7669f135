"""What FFmpeg reads of a file: all that Matroska, CAF and AU say, chapters in an MP4's text track."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from av.stream import Disposition

from engine.audio.ffmpeg import FAULTS, opened
from engine.audio.paths import long_path
from engine.audio.splice import whole
from engine.audio.tags import names
from engine.audio.tags.lrc import from_lrc
from engine.audio.tags.model import Chapter, Cover, Tags, decoded, picture_kind


def container_tags(path: str | Path) -> Tags | None:
    """By FFmpeg; None where it cannot read the file. Raises OSError."""
    with Path(long_path(path)).open("rb") as file:
        try:
            with opened(whole(file), "surrogateescape") as container:
                words = {name: _text(text) for name, text in container.metadata.items()}
                tags = Tags(chapters=sorted(map(_chapter, container.chapters()), key=lambda chapter: chapter.start_s))
                _covers(tags, container)
        except FAULTS:
            return None
    small = {name.lower(): text for name, text in words.items()}
    for name, text in words.items():
        if name.lower() != "syncedlyrics":
            tags.add(names.name_of(name), [text], name)
    tags.timed_lyrics = from_lrc(small.get("syncedlyrics", ""))
    return tags


def _covers(tags: Tags, container: Any) -> None:
    pictures = [stream for stream in container.streams.video if stream.disposition & Disposition.attached_pic]
    for packet in container.demux(pictures) if pictures else ():
        if data := bytes(packet):
            tags.covers.append(Cover(data, picture_kind(data) or "image/jpeg"))
        if len(tags.covers) == len(pictures):
            return


def _chapter(chapter: Mapping[str, Any]) -> Chapter:
    start_s = round(float(chapter["start"] * chapter["time_base"]), 3)
    return Chapter(start_s, _text(chapter["metadata"].get("title", "")))


def _text(text: str) -> str:
    return decoded(text.encode("utf-8", "surrogateescape"))
