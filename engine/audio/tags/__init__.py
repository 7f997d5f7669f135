"""Words, covers, lyrics and chapters in sound files (mutagen): ID3 in wav, mp3 and aiff, Vorbis comments, MP4 atoms."""

# mypy: allow-untyped-calls

import base64
import contextlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
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

from engine.audio.container_tags import container_tags
from engine.audio.paths import long_path
from engine.errors import AppError, Code

_ID3 = {
    "title": "TIT2", "artist": "TPE1", "album": "TALB", "albumartist": "TPE2", "composer": "TCOM", "date": "TDRC",
    "genre": "TCON", "tracknumber": "TRCK", "bpm": "TBPM", "copyright": "TCOP", "isrc": "TSRC",
    "discnumber": "TPOS", "conductor": "TPE3", "remixer": "TPE4", "lyricist": "TEXT", "organization": "TPUB",
    "subtitle": "TIT3", "mood": "TMOO", "language": "TLAN", "originaldate": "TDOR", "encodedby": "TENC",
    "titlesort": "TSOT", "artistsort": "TSOP", "albumsort": "TSOA", "grouping": "GRP1", "key": "TKEY",
}  # fmt: skip
_MP4 = {
    "title": "\xa9nam", "artist": "\xa9ART", "album": "\xa9alb", "albumartist": "aART", "composer": "\xa9wrt",
    "date": "\xa9day", "genre": "\xa9gen", "copyright": "cprt", "comment": "\xa9cmt", "lyrics": "\xa9lyr",
    "grouping": "\xa9grp", "encodedby": "\xa9too", "titlesort": "sonm", "artistsort": "soar", "albumsort": "soal",
}  # fmt: skip
NAMES = (*_ID3, "comment", "lyrics")
FRONT_COVER = 3
_MILLISECONDS = 2
"""How an ID3 frame of timed lyrics counts."""
_UNUSED = 0xFFFFFFFF
_FREEFORM = "----:com.apple.iTunes:"

_KINDS = [MP3, OggVorbis, OggOpus, FLAC, AIFF, MP4, WAVE]


@dataclass(frozen=True)
class Cover:
    """A picture as its file's bytes; `kind` as in ID3 (3 is the front cover)."""

    data: bytes
    mime: str
    kind: int = FRONT_COVER


@dataclass(frozen=True)
class Chapter:
    """Where a chapter begins, in seconds to the millisecond, and what it is called."""

    start_s: float
    title: str


@dataclass
class Tags:
    """`texts` maps NAMES (lyrics and comment among them) to text, `others` any further name in small letters.

    `timed_lyrics`: lines with the seconds at which they are sung, to the hundredth.
    """

    texts: dict[str, str] = field(default_factory=dict)
    covers: list[Cover] = field(default_factory=list)
    timed_lyrics: list[tuple[float, str]] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)

    def within(self, start_s: float, end_s: float) -> "Tags":
        """Of a part of the sound: chapters and timed lines that lie in it, moved to where it begins."""
        ends = [*(chapter.start_s for chapter in self.chapters), math.inf][1:]
        chapters = [
            Chapter(max(0.0, round(chapter.start_s - start_s, 3)), chapter.title)
            for chapter, over_s in zip(self.chapters, ends, strict=True)
            if chapter.start_s < end_s and over_s > start_s
        ]
        lines = [(round(at - start_s, 2), text) for at, text in self.timed_lyrics if start_s <= at < end_s]
        return replace(self, chapters=chapters, timed_lyrics=lines)


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
            tags = Tags()
        elif isinstance(file.tags, id3.ID3):
            tags = _from_id3(file.tags)
        else:
            tags = _from_mp4(file) if isinstance(file, MP4) else _from_vorbis(file)
        if isinstance(file, (WAVE, AIFF, MP4)):
            more = container_tags(path)
            tags.chapters = tags.chapters or [Chapter(*chapter) for chapter in more.chapters]
            if not isinstance(file, MP4):
                tags.texts = more.texts | tags.texts
    return tags


def copy_tags(source: str | Path, target: str | Path, part_s: tuple[float, float] | None = None) -> None:
    """Put all that `source` says of itself into `target`, in any format. Raises as `write_tags` does.

    `part_s`: the start and end of the part of `source` that `target` holds.
    """
    tags = read_tags(source) if part_s is None else read_tags(source).within(*part_s)
    if tags != Tags():
        _store(target, tags)


def _clean(text: str) -> str:
    """Text that every format can hold: no NUL, which ends an ID3 string, and no lone surrogates."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _store(path: str | Path, tags: Tags) -> None:
    with _opened(path) as file:
        if file.tags is None:
            file.add_tags()
        if isinstance(file.tags, id3.ID3):
            _to_id3(file.tags, tags, file.info.length)
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
    for frame in frames.getall("SYLT"):
        if frame.format == _MILLISECONDS and not tags.timed_lyrics:
            tags.timed_lyrics = [(round(at / 1000, 2), text.strip("\r\n")) for text, at in frame.text]
    tags.chapters = sorted(
        (Chapter(f.start_time / 1000, str(f.sub_frames.get("TIT2", ""))) for f in frames.getall("CHAP")),
        key=lambda chapter: chapter.start_s,
    )
    tags.others = {f.desc.lower(): "; ".join(map(str, f.text)) for f in frames.getall("TXXX") if f.desc}
    tags.covers = [Cover(bytes(f.data), f.mime, int(f.type)) for f in frames.getall("APIC") if f.mime != "-->"]
    return tags


def _to_id3(frames: id3.ID3, tags: Tags, length_s: float) -> None:
    for name, text in tags.texts.items():
        if name == "comment":
            frames.setall("COMM", [id3.COMM(encoding=3, lang="eng", desc="", text=[text])])
        elif name == "lyrics":
            frames.setall("USLT", [id3.USLT(encoding=3, lang="und", desc="", text=text)])
        else:
            frames.setall(_ID3[name], [getattr(id3, _ID3[name])(encoding=3, text=[text])])
    for name, text in tags.others.items():
        frames.add(id3.TXXX(encoding=3, desc=name, text=[text]))
    if tags.timed_lyrics:
        lines = [(text, round(at * 1000)) for at, text in tags.timed_lyrics]
        frames.setall("SYLT", [id3.SYLT(encoding=3, lang="und", format=_MILLISECONDS, type=1, desc="", text=lines)])
    if tags.chapters:
        ends = [*(chapter.start_s for chapter in tags.chapters[1:]), max(length_s, tags.chapters[-1].start_s)]
        names = [f"chp{number}" for number in range(len(tags.chapters))]
        frames.setall(
            "CHAP",
            [
                id3.CHAP(
                    element_id=name, start_time=round(chapter.start_s * 1000), end_time=round(end * 1000),
                    start_offset=_UNUSED, end_offset=_UNUSED,
                    sub_frames=[id3.TIT2(encoding=3, text=[chapter.title])],
                )
                for name, chapter, end in zip(names, tags.chapters, ends, strict=True)
            ],
        )  # fmt: skip
        frames.setall("CTOC", [id3.CTOC(element_id="toc", flags=3, child_element_ids=names, sub_frames=[])])
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
    covers = [Cover(bytes(p.data), p.mime, int(p.type)) for p in pictures if p.mime != "-->"]
    timed = _from_lrc("\n".join(comments.get("syncedlyrics", [])))
    chapters = [
        Chapter(_seconds(values[0]), "; ".join(comments.get(f"{name}name", [])))
        for name, values in sorted(comments.items())
        if re.fullmatch(r"chapter\d+", name) and re.fullmatch(r"\d+:\d+:\d+(\.\d+)?", values[0])
    ]
    known = {*texts, "description", "metadata_block_picture", "syncedlyrics", "encoder"}
    others = {
        name: "; ".join(values)
        for name, values in comments.items()
        if name not in known and not re.fullmatch(r"chapter\d+(name)?", name)
    }
    return Tags(texts, covers, timed, chapters, others)


def _seconds(clock: str) -> float:
    """`01:02:03.500` -> 3723.5"""
    hours, minutes, seconds = clock.split(":")
    return round(int(hours) * 3600 + int(minutes) * 60 + float(seconds), 3)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _from_lrc(text: str) -> list[tuple[float, str]]:
    """Lines of the LRC form: `[01:02.50]words`."""
    found = (re.fullmatch(r"\[(\d+):(\d+(?:\.\d+)?)\](.*)", line.strip()) for line in text.splitlines())
    return [(round(int(m[1]) * 60 + float(m[2]), 2), m[3]) for m in found if m]


def _to_lrc(lines: list[tuple[float, str]]) -> str:
    hundredths = [(divmod(round(at * 100), 6000), text) for at, text in lines]
    return "\n".join(
        f"[{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}]{text}" for (minutes, rest), text in hundredths
    )


def _to_vorbis(file: Any, tags: Tags) -> None:
    for name, text in tags.texts.items():
        file.tags[name] = [text]
    for name, text in tags.others.items():
        if plain := re.sub(r"[^ -<>-}]", "_", name):  # what the Vorbis I specification lets a name hold
            file.tags[plain] = [text]
    if tags.timed_lyrics:
        file.tags["syncedlyrics"] = [_to_lrc(tags.timed_lyrics)]
    for number, chapter in enumerate(tags.chapters, 1):
        file.tags[f"chapter{number:03d}"] = [_clock(chapter.start_s)]
        file.tags[f"chapter{number:03d}name"] = [chapter.title]
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
    if disc := atoms.get("disk"):
        texts["discnumber"] = "/".join(str(part) for part in disc[0] if part)
    others = {
        key[len(_FREEFORM) :].lower(): "; ".join(bytes(value).decode("utf-8", "replace") for value in values)
        for key, values in atoms.items()
        if key.startswith(_FREEFORM)
    }
    timed = _from_lrc(others.pop("syncedlyrics", ""))
    chapters = [Chapter(round(c.start, 3), c.title) for c in file.chapters or []]
    kinds = {MP4Cover.FORMAT_PNG: "image/png", MP4Cover.FORMAT_JPEG: "image/jpeg"}
    covers = [Cover(bytes(c), kinds.get(c.imageformat, "image/jpeg")) for c in atoms.get("covr", [])]
    return Tags(texts, covers, timed, chapters, others)


def _to_mp4(file: Any, tags: Tags) -> None:
    for name, text in tags.texts.items():
        if name in _MP4:
            file.tags[_MP4[name]] = [text]
    others = tags.others | ({"syncedlyrics": _to_lrc(tags.timed_lyrics)} if tags.timed_lyrics else {})
    for name, text in others.items():
        file.tags[_FREEFORM + name] = [text.encode()]
    if tags.covers:
        png, jpeg = MP4Cover.FORMAT_PNG, MP4Cover.FORMAT_JPEG
        file.tags["covr"] = [MP4Cover(c.data, png if c.mime == "image/png" else jpeg) for c in tags.covers]
