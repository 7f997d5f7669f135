"""APEv2 tags: in Monkey's Audio, WavPack, Musepack, OptimFROG, TAK, and behind the sound of some mp3 files."""

# mypy: allow-untyped-calls

from typing import Any

from mutagen.apev2 import BINARY, EXTERNAL

from engine.audio.tags import names
from engine.audio.tags.lrc import from_lrc
from engine.audio.tags.model import FRONT_COVER, Tags, picture_kind
from engine.audio.tags.vorbis import rating_of

_COVER = "cover art"
_BACK_COVER = 4


def from_ape(items: Any) -> Tags:
    """What the items of an APEv2 tag say."""
    tags = Tags()
    for key, value in items.items():
        small = key.lower()
        if small.startswith(_COVER):
            _, _, data = bytes(value.value).partition(b"\0") if value.kind == BINARY else (b"", b"", b"")
            kind = _BACK_COVER if "back" in small else FRONT_COVER
            tags.add_cover(data, picture_kind(data) or "image/jpeg", kind)
        elif value.kind == EXTERNAL:
            tags.add(f"url:{small}", list(value), key)
        elif value.kind != BINARY:
            if small == "syncedlyrics":
                tags.timed_lyrics = from_lrc(str(value))
            else:
                tags.add(names.name_of(key), list(value), key)
    tags.rating = rating_of(tags.values)
    tags.values.pop("fmps_rating", None)
    return tags
