"""What a sound file says of itself, whatever container it stands in."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from engine.audio.tags.names import OWN, is_technical

FRONT_COVER = 3


@dataclass(frozen=True)
class Cover:
    """A picture as its file's bytes; `kind` as in ID3 (3 is the front cover)."""

    data: bytes
    mime: str
    kind: int = FRONT_COVER
    description: str = ""


@dataclass(frozen=True)
class Chapter:
    """Where a chapter or a marker stands, in seconds, and what it is called.

    `length_s` is that of a marked region, 0 for a point; `note` is what else a WAV or AIFF file says of it.
    """

    start_s: float
    title: str
    length_s: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Broadcast:
    """What the `bext` chunk of a Broadcast Wave file says (EBU Tech 3285), without its loudness.

    `time_reference_s`: seconds since midnight at which the sound begins, to the sample. `umid`: 64 bytes, or none.
    """

    description: str = ""
    originator: str = ""
    originator_reference: str = ""
    date: str = ""
    time: str = ""
    time_reference_s: Fraction = Fraction(0)
    umid: bytes = b""
    coding_history: str = ""


@dataclass(frozen=True)
class Loop:
    """A part that a sampler repeats: from `start_s` up to `end_s`; the rest as in the `smpl` chunk of a WAV file."""

    start_s: Fraction
    end_s: Fraction
    kind: int = 0
    fraction: int = 0
    count: int = 0


@dataclass(frozen=True)
class SamplerSettings:
    """How a sampler plays the sound: the `smpl` chunk of a WAV file, the INST chunk of an AIFF file."""

    midi_note: int = 60
    pitch_fraction: int = 0
    loops: tuple[Loop, ...] = ()
    manufacturer: int = 0
    product: int = 0
    smpte_format: int = 0
    smpte_offset: int = 0
    data: bytes = b""


@dataclass
class Tags:
    """`values`: a name in small letters (see `names`) -> its values, each a text of its own, none of them empty; no
    values: to be taken out of the file.

    `timed_lyrics`: lines with the seconds at which they are sung, to the hundredth. `rating`: 0 to 1. `ixml`: the XML
    of a recorder. `frames`: ID3 frames that mean something only in ID3. `spelling`: how the file wrote a name, and
    `kind` what it was: id3, vorbis, mp4... `languages`: those of comment, lyrics and timed lyrics, where told.
    `lost`: notes about what could not be read (see `store_tags`). `loudness_lufs`: what a `bext` chunk tells.
    """

    values: dict[str, list[str]] = field(default_factory=dict)
    covers: list[Cover] = field(default_factory=list)
    timed_lyrics: list[tuple[float, str]] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    rating: float | None = None
    broadcast: Broadcast | None = None
    sampler: SamplerSettings | None = None
    ixml: str = ""
    frames: list[Any] = field(default_factory=list, compare=False)
    spelling: dict[str, str] = field(default_factory=dict, compare=False)
    languages: dict[str, str] = field(default_factory=dict, compare=False)
    kind: str = field(default="", compare=False)
    lost: list[str] = field(default_factory=list, compare=False)
    loudness_lufs: float | None = field(default=None, compare=False)

    @property
    def texts(self) -> dict[str, str]:
        """Name -> its values as one text, to be shown."""
        return {name: "; ".join(values) for name, values in self.values.items() if values}

    @classmethod
    def of(cls, texts: Mapping[str, str | Iterable[str]], *args: Any, **more: Any) -> "Tags":
        """Tags with these texts, single or several."""
        return cls({name: cleaned([v] if isinstance(v, str) else v) for name, v in texts.items()}, *args, **more)

    def add(self, name: str, values: Iterable[str], spelled: str = "") -> None:
        """More values of a name, whose spelling in the file may be told."""
        kept = [value for part in values for value in cleaned(part.split("\0"))]
        if kept and not is_technical(name):
            self.values.setdefault(name, []).extend(kept)
            if spelled and name != OWN:
                self.spelling.setdefault(name, spelled)

    def add_cover(self, data: bytes, mime: str, kind: int = FRONT_COVER, description: str = "") -> None:
        """One more picture; a link to one (`-->`), or one without bytes, is lost."""
        if data and mime != "-->":
            self.covers.append(Cover(data, mime, kind, description))
        else:
            self.lost.append("cover_lost")

    def say(self, name: str, text: str) -> None:
        """One value instead of what was there, which is sorted by no longer; nothing changes where it is the same."""
        if self.texts.get(name) != text:  # the same text may stand in several values
            self.values[name] = cleaned([text])
            if f"{name}sort" in self.values:
                self.values[f"{name}sort"] = []

    def fill(self, other: "Tags") -> None:
        """What `other` knows and this does not."""
        for name, values in other.values.items():
            self.values.setdefault(name, values)
        for name in ("covers", "timed_lyrics", "chapters", "broadcast", "sampler", "ixml", "frames", "kind"):
            setattr(self, name, getattr(self, name) or getattr(other, name))
        self.rating = other.rating if self.rating is None else self.rating
        self.loudness_lufs = other.loudness_lufs if self.loudness_lufs is None else self.loudness_lufs
        self.lost += [note for note in other.lost if note not in self.lost]
        self.spelling = other.spelling | self.spelling
        self.languages = other.languages | self.languages

    def within(self, start_s: float, end_s: float) -> "Tags":
        """Of a part of the sound: chapters, loops and timed lines that lie in it, moved to where it begins."""
        ends = [*(chapter.start_s for chapter in self.chapters), math.inf][1:]
        chapters = [
            replace(
                chapter,
                start_s=max(0.0, round(chapter.start_s - start_s, 9)),
                length_s=max(
                    0.0, round(min(end_s, chapter.start_s + chapter.length_s) - max(start_s, chapter.start_s), 9)
                ),
            )
            for chapter, over_s in zip(self.chapters, ends, strict=True)
            if chapter.start_s < end_s and over_s > start_s
        ]
        lines = [(round(at - start_s, 2), text) for at, text in self.timed_lyrics if start_s <= at < end_s]
        begin, end = Fraction(start_s), Fraction(end_s)
        broadcast, sampler = self.broadcast, self.sampler
        if broadcast:
            broadcast = replace(broadcast, time_reference_s=broadcast.time_reference_s + begin)
        if sampler:
            loops = (loop for loop in sampler.loops if begin <= loop.start_s and loop.end_s <= end)
            moved = (replace(loop, start_s=loop.start_s - begin, end_s=loop.end_s - begin) for loop in loops)
            sampler = replace(sampler, loops=tuple(moved))
        values = {name: list(texts) for name, texts in self.values.items() if name != "cuesheet"}
        frames = [frame for frame in self.frames if frame.FrameID not in _TIMED_FRAMES]
        return replace(
            self, values=values, chapters=chapters, timed_lyrics=lines, broadcast=broadcast, sampler=sampler,
            frames=frames,
        )  # fmt: skip


_TIMED_FRAMES = ("GEOB", "SYLT")
"""Frames that may speak of moments in the sound and cannot be moved: beat grids of DJ programs, more lyrics."""


def cleaned(values: Iterable[str]) -> list[str]:
    """Texts that every format can hold: none empty, no NUL, which ends an ID3 string, and no lone surrogates."""
    plain = (value.replace("\0", " ").encode("utf-8", "replace").decode("utf-8") for value in values)
    return [value for value in plain if value]


def decoded(raw: bytes) -> str:
    """Text of chunks that do not say how they are encoded: UTF-8 if it is that, else what Windows wrote."""
    raw = raw.split(b"\0", 1)[0]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"), (b"II*\0", "image/tiff"), (b"MM\0*", "image/tiff"),
)  # fmt: skip


def picture_kind(data: bytes) -> str:
    """The media type of a picture, by its first bytes; empty where they are unknown."""
    if re.match(rb"RIFF....WEBP", data, re.DOTALL):
        return "image/webp"
    return next((mime for magic, mime in _MAGIC if data.startswith(magic)), "")
