"""ID3v2 tags: in mp3, wav, aiff and others (id3.org: ID3v2.3.0, ID3v2.4.0-frames, ID3v2 Chapter Frame Addendum)."""

# mypy: allow-untyped-calls

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
from mutagen import id3
from mutagen.id3 import BitPaddedInt

from engine.audio.tags import names
from engine.audio.tags.model import Chapter, Tags

_HEAD = 10
"""Bytes before the data of a frame."""
_MILLISECONDS = 2
"""How a frame of timed lyrics counts."""
_MASTER = 1
"""The channel of a relative volume that stands for all."""
_UNUSED = 0xFFFFFFFF
_MUSICBRAINZ_OWNER = "http://musicbrainz.org"
_SHARED_BY_SLASH = ("TPE1", "TCOM", "TEXT", "TOPE", "TOLY")
"""Frames whose several values ID3v2.3 joins by a slash, and no others."""
_NAMES_WITH_SLASH = re.compile(
    r"AC/DC|Au/Ra|Smith/Kotzen|Bremer/McCoy|Phantom/Ghost|A/T/O/S|K/DA|IX/ON|Kaoru/Brilliance|LSR/CITY"
    r"|She/Her/Hers|signum/ii|Axwell /\\ Ingrosso",
    re.IGNORECASE,
)
_FOREIGN = ("PCNT", "OWNE", "USER", "COMR", "PCST", "UFID", "PRIV", "GEOB")
"""Frames without words, which go from ID3 to ID3 as they are."""
_ROLES = {"producer": "producer", "arranger": "arranger", "engineer": "engineer", "mix": "mixer", "DJ-mix": "djmixer"}
_OF_THE_OLD_FILE = ("TSSE", "TLEN", "TSIZ", "TDLY", "TFLT", "TDEN", "TDTG")
_SHARES, _BYTES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), (0, 1, 64, 128, 196, 255)
"""Shares of the best rating, and a popularimeter's bytes for them, as Windows and most players have it."""
MOST_ID3_BYTES = 2**28 - 2**20
"""The size of a tag is written in 28 bits."""
ID3_CHUNKS = frozenset((b"id3 ", b"ID3 "))
"""Where a WAV file holds such a tag."""


def from_id3(frames: id3.ID3) -> Tags:
    """What an ID3 tag says."""
    tags = Tags()
    old = frames.version[:2] < (2, 4)
    for frame in frames.values():
        _read(tags, frame, old)
    if "comment" not in tags.values:
        first = next((n for n in tags.values if n.startswith("comment:") and "itun" not in n), None)
        if first:
            tags.values["comment"] = tags.values.pop(first)
    for name in names.BOTH:
        if name in tags.values:
            tags.values[name] = list(dict.fromkeys(tags.values[name]))
    tags.chapters = sorted(
        (Chapter(f.start_time / 1000, str(f.sub_frames.get("TIT2", ""))) for f in frames.getall("CHAP")),
        key=lambda chapter: chapter.start_s,
    )
    return tags


def _read(tags: Tags, frame: Any, old: bool) -> None:
    kind = frame.FrameID
    if kind == "TCON":
        tags.add("genre", frame.genres)
    elif kind == "TXXX":
        tags.add(str(text_name(frame)), map(str, frame.text), frame.desc)
    elif kind == "COMM":
        plain = frame.desc in ("", "ID3v1 Comment")
        named = "description" if frame.desc.lower() == "description" else f"comment:{frame.desc.lower()}"
        tags.languages.setdefault("comment", frame.lang)
        tags.add("comment" if plain else named, map(str, frame.text), "" if plain else f"COMM:{frame.desc}")
    elif kind == "USLT":
        tags.languages.setdefault("lyrics", frame.lang)
        tags.add("lyrics", [frame.text])
    elif kind == "SYLT":
        if frame.format == _MILLISECONDS and not tags.timed_lyrics:
            tags.timed_lyrics = [(round(at / 1000, 2), text.strip("\r\n")) for text, at in frame.text]
            tags.languages["timed_lyrics"] = frame.lang
        elif frame.format == _MILLISECONDS:
            tags.frames.append(frame)
        else:
            tags.lost.append("tag_lost_timed_lyrics")
    elif kind == "APIC":
        tags.add_cover(bytes(frame.data), frame.mime, int(frame.type), frame.desc.rstrip(" "))
    elif kind == "POPM":
        if tags.rating is None and frame.rating:
            tags.rating = float(np.interp(frame.rating, _BYTES, _SHARES))
        tags.frames.append(frame)
    elif kind == "RVA2":
        if frame.channel == _MASTER and frame.desc.lower() != "album":
            tags.add("replaygain_track_gain", [f"{frame.gain:.2f} dB"])
    elif kind in ("TIPL", "TMCL", "IPLS"):
        for role, person in frame.people:
            if kind == "TMCL" or role not in _ROLES:
                tags.add("performer", [f"{person} ({role})" if role else person])
            else:
                tags.add(_ROLES[role], [person])
    elif kind == "UFID" and frame.owner == _MUSICBRAINZ_OWNER:
        tags.add("musicbrainz_trackid", [frame.data.decode("latin-1")])
    elif kind == "WXXX":
        tags.add(f"url:{frame.desc.lower()}" if frame.desc else "url", [frame.url], frame.desc)
    elif kind[0] == "W":
        tags.add(kind.lower(), [frame.url])
    elif kind[0] == "T":
        if kind not in _OF_THE_OLD_FILE:
            values = list(map(str, frame.text))
            if old and kind in _SHARED_BY_SLASH:
                values = [part for value in values for part in _parts(value)]
            if isinstance(frame, id3.TimeStampTextFrame):
                values = [value.replace(" ", "T") for value in values]
            tags.add(str(text_name(frame)), values)
    elif kind in _FOREIGN and not (kind == "PRIV" and frame.owner in ("AverageLevel", "PeakValue")):
        tags.frames.append(frame)


def _parts(text: str) -> list[str]:
    """The values that a slash joins: not where a known name has one, nor where that would leave a stump (`AC/DC`)."""
    held = _NAMES_WITH_SLASH.findall(text)
    numbers = count()
    hidden = _NAMES_WITH_SLASH.sub(lambda _: f"\x01{next(numbers)}\x01", text)
    parts = [part.strip() for part in hidden.split("/")]
    if any(len(part) < 3 or part.isdigit() for part in parts):
        return [text]
    return [re.sub("\x01(\\d+)\x01", lambda found: held[int(found[1])], part) for part in parts]


def to_id3(
    frames: id3.ID3, tags: Tags, length_s: float, *, chapters: bool = True, most_bytes: int = MOST_ID3_BYTES
) -> list[str]:
    """Put `tags` into an ID3 tag of at most so many bytes; says what could not be put.

    Without `chapters`, those stand elsewhere in the file.
    """
    tags, lost = _fitting(tags, most_bytes // 2)
    keep_unknown(frames)

    @contextlib.contextmanager
    def putting(name: str) -> Iterator[None]:
        try:
            yield
        except (ValueError, TypeError, AttributeError, id3.error):
            lost.append(name)

    for name, values in tags.values.items():
        if name != "rating" or tags.rating is None:
            with putting(f"tag_lost_{name}"):
                _write(frames, tags, name, values)
    if tags.timed_lyrics:
        with putting("tag_lost_timed_lyrics"):
            _write_lines(frames, tags)
    if tags.chapters and chapters:
        with putting("tag_lost_chapters"):
            _write_chapters(frames, tags.chapters, length_s)
    if tags.rating is not None and not any(frame.FrameID == "POPM" for frame in tags.frames):
        with putting("tag_lost_rating"):
            frames.add(id3.POPM(email="", rating=round(float(np.interp(tags.rating, _SHARES, _BYTES))), count=0))
    for frame in tags.frames:
        with putting(f"tag_lost_{frame.FrameID}"):
            frames.add(frame)
    if tags.covers:
        frames.delall("APIC")
    taken: set[str] = set()
    for cover in tags.covers:
        description = cover.description
        while description in taken:
            description += " "
        taken.add(description)
        with putting("cover_lost"):
            frames.add(id3.APIC(encoding=3, mime=cover.mime, type=cover.kind, desc=description, data=cover.data))
    return lost


def _fitting(tags: Tags, most_bytes: int) -> tuple[Tags, list[str]]:
    """Covers and values of at most so many bytes each: the largest go first."""
    covers, values, lost = list(tags.covers), dict(tags.values), []
    while covers and sum(len(cover.data) for cover in covers) > most_bytes:
        covers.remove(max(covers, key=lambda cover: len(cover.data)))
        lost.append("cover_lost")
    sizes = {name: sum(len(value.encode()) for value in texts) for name, texts in values.items()}
    for name in sorted(sizes, key=lambda name: -sizes[name]):
        if sum(sizes[name] for name in values) <= most_bytes:
            break
        del values[name]
        lost.append(f"tag_lost_{name}")
    return replace(tags, covers=covers, values=values), lost


def _write(frames: id3.ID3, tags: Tags, name: str, values: list[str]) -> None:
    if not values:
        take_out(frames, name)
        return
    if name == "comment" or name.startswith("comment:"):
        spelled = tags.spelling.get(name, name).partition(":")[2] if name != "comment" else ""
        frames.delall(f"COMM:{spelled}")
        language = tags.languages.get("comment", "eng")
        frames.add(id3.COMM(encoding=3, lang=language, desc=spelled, text=values))
    elif name == "lyrics":
        frames.delall("USLT")
        language = tags.languages.get("lyrics", "und")
        for number, text in enumerate(values):
            frames.add(id3.USLT(encoding=3, lang=language, desc=str(number or ""), text=text))
    elif name in _ROLES.values():
        role = next(role for role, ours in _ROLES.items() if ours == name)
        _set_people(frames, "TIPL", [[role, value] for value in values], role)
    elif name == "performer":
        found = [re.fullmatch(r"(.+) \((.+)\)", value) for value in values]
        people = [[m[2], m[1]] if m else ["", value] for m, value in zip(found, values, strict=True)]
        _set_people(frames, "TMCL", people)
    elif name == "musicbrainz_trackid":
        frames.add(id3.UFID(owner=_MUSICBRAINZ_OWNER, data=values[0].encode("latin-1")))
    elif name == "url" or name.startswith("url:"):
        frames.add(id3.WXXX(encoding=3, desc=name.partition(":")[2], url=values[0]))
    elif (kind := names.PLACES[name].id3 if name in names.PLACES else _own_frame(name)) and _fits(kind, values):
        take_out(frames, name)
        frames.setall(kind, [_worded(kind, values)])
        if name in names.BOTH:
            frames.add(id3.TXXX(encoding=3, desc=names.FREE[name], text=values))
    else:
        take_out(frames, name)
        spelled = names.FREE.get(name) or tags.spelling.get(name, name)
        frames.add(id3.TXXX(encoding=3, desc=spelled, text=values))


def keep_unknown(frames: id3.ID3) -> None:
    """Have frames that mutagen does not know go from an ID3v2.3 tag into the v2.4 tag that it becomes: it would drop
    them. Those that are compressed or encrypted are lost all the same.

    Their heads differ in the size, which v2.4 writes in 7 bits a byte (ID3v2.4.0-structure, 4).
    """
    if frames.version[:2] == (2, 3):
        plain = [frame for frame in frames.unknown_frames if len(frame) > _HEAD and not frame[9]]
        sizes = (BitPaddedInt.to_str(len(frame) - _HEAD, width=4) for frame in plain)
        carried = [frame[:4] + size + b"\0\0" + frame[_HEAD:] for frame, size in zip(plain, sizes, strict=True)]
        frames.unknown_frames, frames._unknown_v2_version = carried, 4


def take_out(frames: id3.ID3, name: str) -> None:
    """Every frame of words that stands for a name, however it is spelled."""
    for frame in list(frames.values()):
        if text_name(frame) == name:
            del frames[frame.HashKey]


def text_name(frame: Any) -> str | None:
    """Our name for what a frame of words says; None for any other frame."""
    if frame.FrameID == "TXXX":
        return names.name_of(frame.desc) or "text"
    is_text = frame.FrameID[0] == "T" and frame.FrameID not in ("TIPL", "TMCL")
    return names.ID3.get(frame.FrameID, frame.FrameID.lower()) if is_text else None


def _own_frame(name: str) -> str:
    """A frame that our names do not cover and that was named after itself."""
    kind = name.upper()
    known = kind in id3.Frames and kind[0] in "TW" and kind not in names.ID3 and kind not in ("TXXX", "WXXX")
    return kind if known and name.islower() else ""


def _worded(kind: str, values: list[str]) -> Any:
    make = getattr(id3, kind)
    return make(url=values[0]) if kind[0] == "W" else make(encoding=3, text=values)


def _fits(kind: str, values: list[str]) -> bool:
    """Whether the frame says afterwards what was put into it: a time stamp holds no `Spring 1999`, a genre no `17`."""
    frame = _worded(kind, values)
    if kind[0] == "W":
        return len(values) == 1 and values[0].isascii()
    if kind == "TCON":
        return bool(frame.genres == values)
    is_date = isinstance(frame, id3.TimeStampTextFrame)
    return [str(text) for text in frame.text] == [v.replace("T", " ") if is_date else v for v in values]


def _set_people(frames: id3.ID3, kind: str, people: list[list[str]], role: str | None = None) -> None:
    """The people of one role, or all people."""
    before = [pair for frame in frames.getall(kind) for pair in frame.people if role not in (None, pair[0])]
    frames.setall(kind, [getattr(id3, kind)(encoding=3, people=[*before, *people])])


def _write_lines(frames: id3.ID3, tags: Tags) -> None:
    lines = [(text, round(at * 1000)) for at, text in tags.timed_lyrics]
    language = tags.languages.get("timed_lyrics", "und")
    frames.setall("SYLT", [id3.SYLT(encoding=3, lang=language, format=_MILLISECONDS, type=1, desc="", text=lines)])


def _write_chapters(frames: id3.ID3, chapters: list[Chapter], length_s: float) -> None:
    ends = [*(chapter.start_s for chapter in chapters[1:]), max(length_s, chapters[-1].start_s)]
    ids = [f"chp{number}" for number in range(len(chapters))]
    frames.setall(
        "CHAP",
        [
            id3.CHAP(
                element_id=name, start_time=round(chapter.start_s * 1000), end_time=round(end * 1000),
                start_offset=_UNUSED, end_offset=_UNUSED,
                sub_frames=[id3.TIT2(encoding=3, text=[chapter.title])],
            )
            for name, chapter, end in zip(ids, chapters, ends, strict=True)
        ],
    )  # fmt: skip
    frames.setall("CTOC", [id3.CTOC(element_id="toc", flags=3, child_element_ids=ids, sub_frames=[])])
