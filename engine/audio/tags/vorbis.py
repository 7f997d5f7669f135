"""Vorbis comments: in flac, ogg, opus and speex (xiph.org: Ogg Vorbis I format specification, comment field)."""

# mypy: allow-untyped-calls

import base64
import re
from typing import Any

import mutagen
from mutagen.flac import FLAC, Picture

from engine.audio.flac_mask import COMMENT as CHANNEL_MASK
from engine.audio.tags import names
from engine.audio.tags.lrc import clock, from_lrc, seconds, to_lrc
from engine.audio.tags.model import Chapter, Cover, Tags

KIND = "vorbis"
FLAC_BLOCK = 2**24 - 1
"""The size of a metadata block of FLAC is written in 24 bits."""
_LEAD_OUT = (170, 255)
_SPELLED = {"encodedby": "ENCODED_BY", "key": "INITIALKEY"}
_STARS, _PERCENT = 5, 100


def from_vorbis(file: Any) -> Tags:
    """What the comments, pictures and the cue sheet of an open file say."""
    tags = Tags(kind=KIND)
    comments: dict[str, list[str]] = {}
    for spelled, value in file.tags:
        comments.setdefault(spelled.lower(), []).append(value)
        if not _is_apart(spelled.lower()):
            tags.add(names.name_of(spelled), [value], spelled)
    _pictures(tags, comments, file)
    tags.timed_lyrics = from_lrc("\n".join(comments.get("syncedlyrics", [])))
    tags.rating = rating_of(tags.values)
    tags.values.pop("fmps_rating", None)
    marks = [(int(name[7:]), values[0]) for name, values in comments.items() if re.fullmatch(r"chapter\d+", name)]
    called = {int(n[7:-4]): "; ".join(values) for n, values in comments.items() if re.fullmatch(r"chapter\d+name", n)}
    tags.chapters = [
        Chapter(seconds(at), called.get(number, ""))
        for number, at in sorted(marks)
        if re.fullmatch(r"\d+:\d+:\d+(\.\d+)?", at)
    ]
    sheet = getattr(file, "cuesheet", None)
    if sheet and not tags.chapters:
        places = [track.start_offset for track in sheet.tracks if track.track_number not in _LEAD_OUT]
        tags.chapters = [Chapter(at / file.info.sample_rate, "") for at in places] if len(places) > 1 else []
    return tags


def _is_apart(name: str) -> bool:
    """Whether a comment is no words."""
    others = ("metadata_block_picture", "coverart", "coverartmime", "syncedlyrics", CHANNEL_MASK.lower())
    return name in others or bool(re.fullmatch(r"chapter\d+(name|url)?", name))


def _pictures(tags: Tags, comments: dict[str, list[str]], file: Any) -> None:
    pictures = list(file.pictures) if isinstance(file, FLAC) else []
    for block in comments.get("metadata_block_picture", []):
        try:
            pictures.append(Picture(base64.b64decode(block)))
        except (ValueError, mutagen.MutagenError):
            tags.lost.append("cover_lost")
    for picture in pictures:
        tags.add_cover(bytes(picture.data), picture.mime, int(picture.type), picture.desc)
    if not tags.covers:
        mimes = [*comments.get("coverartmime", []), ""]
        for block in comments.get("coverart", []):  # as it was before METADATA_BLOCK_PICTURE
            try:
                tags.covers.append(Cover(base64.b64decode(block), mimes[0] or "image/jpeg"))
            except ValueError:
                tags.lost.append("cover_lost")


def rating_of(values: dict[str, list[str]]) -> float | None:
    """The rating as a share: FMPS_RATING counts to 1, RATING to 5 stars or, above that, to 100."""
    for name in ("fmps_rating", "rating"):
        try:
            number = float(values[name][0])
        except (KeyError, ValueError):
            continue
        best = 1 if name == "fmps_rating" else _STARS if number <= _STARS else _PERCENT
        if 0 <= number <= best:
            return number / best
    return None


def to_vorbis(file: Any, tags: Tags) -> list[str]:
    """Put `tags` into an open file; says what could not be put."""
    comments: dict[str, list[str]] = {}
    same = tags.kind == KIND
    for name, values in tags.values.items():
        spelled = (tags.spelling.get(name) if same else None) or _SPELLED.get(name, name.upper())
        spelled = re.sub(r"[^ -<>-}]", "_", spelled)  # what the specification lets a name hold
        if spelled.upper() == CHANNEL_MASK:
            continue
        comments.setdefault(spelled, []).extend(values)
    if tags.rating is not None:
        comments["FMPS_RATING"] = [f"{tags.rating:.4f}".rstrip("0").rstrip(".")]
        if not same or "rating" not in tags.values:
            comments["RATING"] = [str(round(_PERCENT * tags.rating))]
    if tags.timed_lyrics:
        comments["SYNCEDLYRICS"] = [to_lrc(tags.timed_lyrics)]
    for number, chapter in enumerate(tags.chapters, 1):
        comments[f"CHAPTER{number:03d}"] = [clock(chapter.start_s)]
        comments[f"CHAPTER{number:03d}NAME"] = [chapter.title]
    is_flac = isinstance(file, FLAC)
    lost: list[str] = []
    if is_flac:
        free_bytes = FLAC_BLOCK - 64 * sum(map(len, comments.values())) - 2**16
        for name in sorted(comments, key=lambda name: -_size(comments[name])):
            if sum(_size(values) + len(name) for name, values in comments.items()) <= free_bytes:
                break
            del comments[name]
            lost.append(f"tag_lost_{name.lower()}")
    for name, values in comments.items():
        take_out(file.tags, names.name_of(name))
        file.tags[name] = values
    return lost + (_put_covers(file, tags.covers, is_flac) if tags.covers else [])


def take_out(comments: Any, name: str) -> None:
    """Every comment that stands for a name, however it is spelled."""
    for place in {place.lower() for place, _ in comments if names.name_of(place) == name}:
        del comments[place]


def _size(values: list[str]) -> int:
    return sum(len(value.encode()) for value in values)


def _put_covers(file: Any, covers: list[Cover], is_flac: bool) -> list[str]:
    pictures = []
    for cover in covers:
        picture = Picture()
        picture.data, picture.mime, picture.type, picture.desc = cover.data, cover.mime, cover.kind, cover.description
        pictures.append(picture)
    if not is_flac:
        file.tags["METADATA_BLOCK_PICTURE"] = [base64.b64encode(p.write()).decode("ascii") for p in pictures]
        return []
    held = [picture for picture in pictures if len(picture.write()) <= FLAC_BLOCK]
    file.clear_pictures()
    for picture in held:
        file.add_picture(picture)
    return ["cover_lost"] if len(held) < len(pictures) else []
