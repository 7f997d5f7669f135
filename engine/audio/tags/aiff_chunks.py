"""What AIFF files keep outside their tags: MARK, INST and COMT (Apple: Audio Interchange File Format 1.3)."""

import struct
from fractions import Fraction
from typing import BinaryIO

from engine.audio.tags.chunks import chunks
from engine.audio.tags.model import Chapter, Loop, SamplerSettings, Tags, decoded

_WORDS = {b"NAME": "title", b"AUTH": "artist", b"(c) ": "copyright", b"ANNO": "comment"}
_WANTED = frozenset((b"MARK", b"INST", b"COMT", *_WORDS))
_LOOP_KINDS = {1: 0, 2: 1}
"""INST's playing forwards and to and fro -> the kinds of `smpl`."""


def from_aiff(file: BinaryIO, rate_hz: int) -> Tags:
    """What the chunks of an open AIFF file say."""
    tags = Tags()
    found: dict[bytes, bytes] = {}
    for chunk in chunks(file, _WANTED):
        found.setdefault(chunk.name, chunk.data)
        if chunk.name in _WORDS:
            tags.add(_WORDS[chunk.name], [decoded(chunk.data)])
    notes: dict[int, str] = {}
    places: dict[int, tuple[int, str]] = {}
    for name, read in ((b"COMT", _read_comments), (b"MARK", _read_marks)):
        try:
            read(found.get(name, b"\0\0"), tags, notes, places)
        except struct.error:
            tags.lost.append(f"tag_lost_{name.decode()}")
    if rate_hz:
        marks = [Chapter(at / rate_hz, title, 0.0, notes.get(n, "")) for n, (at, title) in places.items()]
        tags.chapters = sorted(marks, key=lambda mark: mark.start_s)
        if len(found.get(b"INST", b"")) >= 20:
            tags.sampler = _sampler(found[b"INST"], places, rate_hz)
    return tags


def _read_comments(data: bytes, tags: Tags, notes: dict[int, str], places: dict[int, tuple[int, str]]) -> None:
    at = 2
    for _ in range(struct.unpack_from(">H", data)[0]):
        _, marker, count = struct.unpack_from(">IhH", data, at)
        text = decoded(data[at + 8 : at + 8 + count])
        if marker:
            notes[marker] = text
        else:
            tags.add("comment", [text])
        at += 8 + count + count % 2


def _read_marks(data: bytes, tags: Tags, notes: dict[int, str], places: dict[int, tuple[int, str]]) -> None:
    at = 2
    for _ in range(struct.unpack_from(">H", data)[0]):
        number, place, count = struct.unpack_from(">hIB", data, at)
        places[number] = (place, decoded(data[at + 7 : at + 7 + count]))
        at += 7 + count + (count + 1) % 2


def _sampler(data: bytes, places: dict[int, tuple[int, str]], rate_hz: int) -> SamplerSettings:
    note, cents = struct.unpack_from(">Bb", data)
    loops = []
    for at in (8, 14):
        kind, begin, end = struct.unpack_from(">hhh", data, at)
        if kind in _LOOP_KINDS and begin in places and end in places and places[begin][0] < places[end][0]:
            start, stop = (Fraction(places[n][0], rate_hz) for n in (begin, end))
            loops.append(Loop(start, stop, _LOOP_KINDS[kind]))
    # `smpl` counts upwards only, in 2^32 parts of a semitone
    fraction = round(cents / 100 * 2**32) % 2**32
    return SamplerSettings(note - 1 if cents < 0 < note else note, fraction, tuple(loops))
