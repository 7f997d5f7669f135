"""Attributes of ASF files: wma and asf (Microsoft: Advanced Systems Format; Windows Media attributes)."""

# mypy: allow-untyped-calls

import struct
from typing import Any

from mutagen.asf._attrs import ASFBoolAttribute, ASFByteArrayAttribute

from engine.audio.tags import names
from engine.audio.tags.model import Tags

_STARS = ((0, 0.0), (1, 0.2), (25, 0.4), (50, 0.6), (75, 0.8), (99, 1.0))
"""A shared rating as Windows Media Player writes it -> share."""


def from_asf(attributes: Any) -> Tags:
    """What the attributes of an ASF file say."""
    tags = Tags()
    for key, values in attributes.as_dict().items():
        if key == "WM/Picture":
            for value in values:
                _picture(tags, bytes(value.value))
        elif key == "WM/SharedUserRating":
            given = int(str(values[0])) if str(values[0]).isdecimal() else 0
            tags.rating = next((share for most, share in _STARS if given <= most), 1.0) if given else None
        elif key == "WM/Lyrics_Synchronised":
            tags.lost.append("tag_lost_timed_lyrics")
        elif not any(isinstance(value, ASFByteArrayAttribute) for value in values):
            texts = ["01"[bool(v.value)] if isinstance(v, ASFBoolAttribute) else str(v) for v in values]
            name = names.ASF.get(key.lower()) or names.name_of(key.removeprefix("WM/"))
            tags.add(name, [text for text in texts if not (name == "compilation" and text == "0")], key)
    return tags


def _picture(tags: Tags, data: bytes) -> None:
    """A picture: kind, size, media type and description in UTF-16 that end in NUL, and the file's bytes."""
    try:
        kind, size = struct.unpack_from("<BI", data)
        texts, at = [], 5
        for _ in range(2):
            end = next(i for i in range(at, len(data) - 1, 2) if data[i : i + 2] == b"\0\0")
            texts.append(data[at:end].decode("utf-16-le"))
            at = end + 2
    except (struct.error, StopIteration, UnicodeDecodeError):
        tags.lost.append("cover_lost")
        return
    picture = data[at : at + size]
    tags.add_cover(picture if len(picture) == size else b"", texts[0], kind, texts[1])
