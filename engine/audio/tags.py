"""Words, covers and lyrics in sound files (mutagen): ID3 in wav, mp3 and aiff, Vorbis comments, MP4 atoms."""

# mypy: allow-untyped-calls

import base64
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mutagen
from mutagen import id3
from mutagen.aiff import AIFF
from mutagen.flac import FLAC, Picture
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, MP4Cover
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from engine.audio.paths import long_path
from engine.errors import AppError, Code

_ID3 = {
    "title": "TIT2", "artist": "TPE1", "album": "TALB", "albumartist": "TPE2", "composer": "TCOM", "date": "TDRC",
    "genre": "TCON", "tracknumber": "TRCK", "bpm": "TBPM", "copyright": "TCOP", "isrc": "TSRC",
}  # fmt: skip
_MP4 = {
    "title": "\xa9nam", "artist": "\xa9ART", "album": "\xa9alb", "albumartist": "aART", "composer": "\xa9wrt",
    "date": "\xa9day", "genre": "\xa9gen", "copyright": "cprt", "comment": "\xa9cmt", "lyrics": "\xa9lyr",
}  # fmt: skip
NAMES = (*_ID3, "comment", "lyrics")
FRONT_COVER = 3

_KINDS = [MP3, OggVorbis, OggOpus, FLAC, AIFF, MP4, WAVE]


@dataclass(frozen=True)
class Cover:
    """A picture as its file's bytes; `kind` as in ID3 (3 is the front cover)."""

    data: bytes
    mime: str
    kind: int = FRONT_COVER


@dataclass
class Tags:
    """`texts` maps NAMES (lyrics and comment among them) to text."""

    texts: dict[str, str] = field(default_factory=dict)
    covers: list[Cover] = field(default_factory=list)


@contextlib.contextmanager
def _opened(path: str | Path) -> Iterator[Any]:
    try:
        file = mutagen.File(long_path(path), options=_KINDS)
        if file is None:
            raise AppError(Code.UNSUPPORTED_AUDIO, "tags_unsupported")
        yield file
    except mutagen.MutagenError as error:
        if isinstance(cause := error.args[0] if error.args else None, OSError):
            raise cause from error
        raise AppError(Code.UNSUPPORTED_AUDIO, "tags_unsupported") from error


def write_tags(path: str | Path, tags: Mapping[str, str]) -> None:
    """Set tags of a wav, aiff, flac, mp3, ogg, opus or m4a file; names are those of NAMES, others stay as they are.

    Raises UNSUPPORTED_AUDIO `tags_unsupported` for another kind of file, ValueError for another name, OSError.
    """
    if unknown := set(tags) - set(NAMES):
        raise ValueError(f"unknown tags {sorted(unknown)}")
    _store(path, Tags({name: _clean(text) for name, text in tags.items()}))


def read_tags(path: str | Path) -> Tags:
    """The tags of a file. Raises as `write_tags` does."""
    with _opened(path) as file:
        if file.tags is None:
            return Tags()
        if isinstance(file.tags, id3.ID3):
            return _from_id3(file.tags)
        return _from_mp4(file) if isinstance(file, MP4) else _from_vorbis(file)


def copy_tags(source: str | Path, target: str | Path) -> None:
    """Put the texts, covers and lyrics of `source` into `target`, in any format. Raises as `write_tags` does."""
    tags = read_tags(source)
    if tags.texts or tags.covers:
        _store(target, tags)


def _clean(text: str) -> str:
    """Text that every format can hold: no NUL, which ends an ID3 string, and no lone surrogates."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _store(path: str | Path, tags: Tags) -> None:
    with _opened(path) as file:
        if file.tags is None:
            file.add_tags()
        if isinstance(file.tags, id3.ID3):
            _to_id3(file.tags, tags)
        elif isinstance(file, MP4):
            _to_mp4(file, tags)
        else:
            _to_vorbis(file, tags)
        file.save()


def _from_id3(frames: id3.ID3) -> Tags:
    tags = Tags({name: str(frames[key]) for name, key in _ID3.items() if key in frames})
    for name, key in (("comment", "COMM"), ("lyrics", "USLT")):
        if found := frames.getall(key):
            plain = next((frame for frame in found if not frame.desc), found[0])
            tags.texts[name] = str(plain)
    tags.covers = [Cover(bytes(f.data), f.mime, int(f.type)) for f in frames.getall("APIC") if f.mime != "-->"]
    return tags


def _to_id3(frames: id3.ID3, tags: Tags) -> None:
    for name, text in tags.texts.items():
        if name == "comment":
            frames.setall("COMM", [id3.COMM(encoding=3, lang="eng", desc="", text=[text])])
        elif name == "lyrics":
            frames.setall("USLT", [id3.USLT(encoding=3, lang="und", desc="", text=text)])
        else:
            frames.setall(_ID3[name], [getattr(id3, _ID3[name])(encoding=3, text=[text])])
    if tags.covers:
        frames.setall(
            "APIC",
            [
                id3.APIC(encoding=3, mime=cover.mime, type=cover.kind, desc=str(number or ""), data=cover.data)
                for number, cover in enumerate(tags.covers)
            ],
        )


def _from_vorbis(file: Any) -> Tags:
    comments = {key: values for key, values in file.tags.as_dict().items() if values}
    texts = {name: "; ".join(comments[name]) for name in NAMES if name in comments}
    if "comment" not in texts and "description" in comments:
        texts["comment"] = "; ".join(comments["description"])
    pictures = list(file.pictures) if isinstance(file, FLAC) else []
    for block in comments.get("metadata_block_picture", []):
        with contextlib.suppress(ValueError, mutagen.MutagenError):
            pictures.append(Picture(base64.b64decode(block)))
    return Tags(texts, [Cover(bytes(p.data), p.mime, int(p.type)) for p in pictures if p.mime != "-->"])


def _to_vorbis(file: Any, tags: Tags) -> None:
    for name, text in tags.texts.items():
        file.tags[name] = [text]
    if not tags.covers:
        return
    pictures = []
    for cover in tags.covers:
        picture = Picture()
        picture.data, picture.mime, picture.type = cover.data, cover.mime, cover.kind
        pictures.append(picture)
    if isinstance(file, FLAC):
        file.clear_pictures()
        for picture in pictures:
            file.add_picture(picture)
    else:
        file.tags["metadata_block_picture"] = [base64.b64encode(p.write()).decode("ascii") for p in pictures]


def _from_mp4(file: Any) -> Tags:
    atoms = file.tags
    texts = {name: "; ".join(map(str, atoms[key])) for name, key in _MP4.items() if atoms.get(key)}
    if number := atoms.get("trkn"):
        texts["tracknumber"] = "/".join(str(part) for part in number[0] if part)
    if tempo := atoms.get("tmpo"):
        texts["bpm"] = str(tempo[0])
    kinds = {MP4Cover.FORMAT_PNG: "image/png", MP4Cover.FORMAT_JPEG: "image/jpeg"}
    return Tags(texts, [Cover(bytes(c), kinds.get(c.imageformat, "image/jpeg")) for c in atoms.get("covr", [])])


def _to_mp4(file: Any, tags: Tags) -> None:
    for name, text in tags.texts.items():
        if name in _MP4:
            file.tags[_MP4[name]] = [text]
    if tags.covers:
        png, jpeg = MP4Cover.FORMAT_PNG, MP4Cover.FORMAT_JPEG
        file.tags["covr"] = [MP4Cover(c.data, png if c.mime == "image/png" else jpeg) for c in tags.covers]
