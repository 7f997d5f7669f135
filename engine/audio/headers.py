"""Uncompressed containers shown to a decoder with the size that their samples really have, and what was wrong."""

import struct
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from engine.audio import notes
from engine.audio.extent import AIFF, PLAIN, Extent, Verdict, extent, read_at
from engine.audio.joined import next_file
from engine.audio.notes import FileNote
from engine.audio.source import unsupported
from engine.audio.splice import Spliced, Stretch, patched
from engine.audio.wav_header import UNKNOWN, RiffData, find_riff_data

_AIFC_PLAIN = (b"NONE", b"sowt", b"twos", b"raw ", b"in24", b"in32")
_MOST_CHUNKS = 1000
_MOST_PARTS = 1000
_GUID_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
_W64_RIFF = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")
_AU_BYTES = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1}
_AIFC_BYTES = {b"fl32": 4, b"FL32": 4, b"fl64": 8, b"FL64": 8, b"ulaw": 1, b"alaw": 1, b"ULAW": 1, b"ALAW": 1}


class JoinedFile(NamedTuple):
    """One file, most often all there is: what a decoder is to be shown, what is to be told of it, where another begins
    that was joined to it."""

    view: Spliced
    notes: list[FileNote]
    next: int | None


def parts_of(file: BinaryIO, begin: int = 0) -> list[JoinedFile]:
    """The file that begins at `begin`, or the several that were joined end to end, each with a right header."""
    parts: list[JoinedFile] = []
    start: int | None = begin
    while start is not None and len(parts) < _MOST_PARTS:
        head = read_at(file, start, 16)
        found = reader(file, start) if (reader := _reader(head)) else None
        if found is None and head[8:12] == b"WAVE" and not parts and b"data" not in read_at(file, start, 2**20):
            raise unsupported("damaged_audio")  # decoders believe sizes of other chunks, and take memory for them
        if found is None:
            found = _whole(file, start, next_file(file, start, head))
        parts.append(found)
        start = found.next
    if start is not None and parts and len(parts) == _MOST_PARTS:  # the rest is left to the decoder
        parts.append(_whole(file, start, None))
    return parts


def _whole(file: BinaryIO, start: int, following: int | None) -> JoinedFile:
    return JoinedFile(patched(file, start, following or file.seek(0, 2), {}), [], following)


def _reader(head: bytes) -> Callable[[BinaryIO, int], JoinedFile | None] | None:
    if head[8:12] == b"WAVE":
        return _riff
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _aiff
    if head == _W64_RIFF:
        return _w64
    return {b".snd": _au, b"dns.": _au, b"caff": _caf}.get(head[:4])


def _notes(found: Extent, bytes_per_s: float) -> list[FileNote]:
    if found.verdict is Verdict.UNFINISHED:
        return notes.unfinished()
    if bytes_per_s <= 0 or found.verdict not in (Verdict.SHORT, Verdict.LONG):
        return []
    differ_s = (found.said - found.size) / bytes_per_s
    return notes.ended_early(differ_s) if found.verdict is Verdict.SHORT else notes.goes_on(-differ_s)


def _part(
    file: BinaryIO, start: int, data: int, found: Extent, bytes_per_s: float, changes: dict[int, bytes]
) -> JoinedFile:
    """`changes`: what has to stand in the header for the size that was found."""
    found_notes = _notes(found, bytes_per_s)
    if found.verdict is not Verdict.AGREES:
        return JoinedFile(patched(file, start, data + found.size, changes), found_notes, None)
    return JoinedFile(patched(file, start, found.next or file.seek(0, 2), {}), found_notes, found.next)


def _riff(file: BinaryIO, start: int) -> JoinedFile | None:
    found = find_riff_data(file, start)
    if found is None:
        return None
    size, at = found.extent.size, found.offset
    if found.is_broken:
        head = b"RIFF" + struct.pack("<I4s4sI", 28 + len(found.form), b"WAVE", b"fmt ", len(found.form))
        data = struct.pack("<4sI", b"data", min(size, UNKNOWN))
        found_notes = [*_notes(found.extent, found.bytes_per_s), *notes.damaged(0.0, 1)]
        view = Spliced(file, [head, found.form, data, Stretch(at, at + min(size, UNKNOWN))])
        return JoinedFile(view, found_notes, found.extent.next)
    if size + at - start > UNKNOWN and found.extent.verdict is not Verdict.AGREES:
        found_notes = _notes(found.extent, found.bytes_per_s)
        return JoinedFile(_as_rf64(file, start, found), found_notes, found.extent.next)
    changes = {
        start: b"RIFF" + struct.pack("<I", (at + size - start - 8) & UNKNOWN),
        at - 4: struct.pack("<I", size & UNKNOWN),
    }
    return _part(file, start, at, found.extent, found.bytes_per_s, changes)


def _as_rf64(file: BinaryIO, start: int, found: RiffData) -> Spliced:
    at, size = found.offset, found.extent.size
    sizes = struct.pack("<QQQ", at + size - start - 8, size, size // max(found.frame_bytes, 1))
    changes = {start: b"RF64\xff\xff\xff\xff", at - 4: b"\xff\xff\xff\xff"}
    if found.long_sizes is not None:
        return patched(file, start, at + size, changes | {found.long_sizes: sizes})
    head = [b"RF64\xff\xff\xff\xffWAVE", struct.pack("<4sI", b"ds64", 28), sizes, bytes(4)]
    return Spliced(file, [*head, Stretch(start + 12, at - 4), b"\xff\xff\xff\xff", Stretch(at, at + size)])


def _aiff(file: BinaryIO, start: int) -> JoinedFile | None:
    form_end = start + 8 + int.from_bytes(read_at(file, start + 4, 4), "big")
    file.seek(start + 12)
    frame_bytes, rate_hz, frames_at, frames = 0, 0.0, 0, 0
    for _ in range(_MOST_CHUNKS):
        at = file.tell()
        chunk = file.read(8)
        if len(chunk) < 8:
            return None
        name, length = struct.unpack(">4sI", chunk)
        if name == b"COMM" and len(form := file.read(22)) >= 18:
            channels, frames, bits, exponent, mantissa = struct.unpack(">HIHHQ", form[:18])
            kind = form[18:22] if length >= 22 else b"NONE"
            known = kind in _AIFC_PLAIN or kind in _AIFC_BYTES
            frame_bytes, frames_at = channels * _AIFC_BYTES.get(kind, (bits + 7) // 8) * known, at + 10
            rate_hz = mantissa * 2.0 ** min((exponent & 0x7FFF) - 16446, 0)
        elif name == b"SSND":
            if not frame_bytes:
                return None
            data = at + 16
            said = None if length == UNKNOWN else max(0, length - 8)
            found = extent(file, data, said, AIFF, form_end=form_end)
            size = min(found.size, UNKNOWN - 8)
            changes = {
                start + 4: struct.pack(">I", min(data + size - start - 8, UNKNOWN)),
                frames_at: struct.pack(">I", size // frame_bytes),
                at + 4: struct.pack(">I", size + 8),
            }
            part = _part(file, start, data, found, frame_bytes * rate_hz, changes)
            if found.verdict is Verdict.AGREES and frames not in (0, UNKNOWN) and rate_hz > 0:
                differ_s = (frames - size // frame_bytes) / rate_hz
                part.notes.extend(notes.ended_early(differ_s) or notes.goes_on(-differ_s))
            return part
        file.seek(at + 8 + length + length % 2)
    return None


def _w64(file: BinaryIO, start: int) -> JoinedFile | None:
    at, bytes_per_s = start + 40, 0
    for _ in range(_MOST_CHUNKS):
        chunk = read_at(file, at, 24)
        if len(chunk) < 24 or chunk[4:16] != _GUID_TAIL:
            return None
        (length,) = struct.unpack("<Q", chunk[16:])
        if chunk[:4] == b"fmt " and len(form := file.read(16)) == 16:
            (bytes_per_s,) = struct.unpack("<8xI4x", form)
        if chunk[:4] == b"data":
            data = at + 24
            said = None if length >= 2**62 else max(0, length - 24)
            found = _w64_extent(file, data, said)
            changes = {
                start + 16: struct.pack("<Q", data + found.size - start),
                at + 16: struct.pack("<Q", found.size + 24),
            }
            return _part(file, start, data, found, bytes_per_s, changes)
        if length < 24 or length >= 2**62:
            return None
        at += length + -length % 8
    return None


def _w64_extent(file: BinaryIO, data: int, said: int | None) -> Extent:
    """As `extent`; chunks behind are known by the common end of their GUIDs."""
    if said is not None:
        at = data + said + -said % 8
        behind = read_at(file, at, 24)
        if behind[4:16] == _GUID_TAIL:
            return Extent(said, said, Verdict.AGREES)
        if behind[:16] == _W64_RIFF:
            return Extent(said, said, Verdict.AGREES, at)
    return extent(file, data, said, PLAIN, open_from=2**62)


def _au(file: BinaryIO, start: int) -> JoinedFile | None:
    head = read_at(file, start, 24)
    if len(head) < 24:
        return None
    order = ">" if head[:4] == b".snd" else "<"
    offset, said, kind, rate_hz, channels = struct.unpack(f"{order}4x5I", head)
    if offset < 24:
        return None
    found = extent(file, start + offset, None if said == UNKNOWN else said, PLAIN)
    changes = {start + 8: struct.pack(f"{order}I", min(found.size, UNKNOWN))}
    return _part(file, start, start + offset, found, _AU_BYTES.get(kind, 0) * rate_hz * channels, changes)


def _caf(file: BinaryIO, start: int) -> JoinedFile | None:
    at, bytes_per_s = start + 8, 0.0
    for _ in range(_MOST_CHUNKS):
        chunk = read_at(file, at, 12)
        if len(chunk) < 12:
            return None
        name, length = struct.unpack(">4sq", chunk)
        if name == b"desc" and len(form := file.read(32)) == 32:
            rate_hz, kind, _, packet_bytes, packet_frames = struct.unpack(">d4sIII8x", form)
            packets = kind not in (b"lpcm", b"ulaw", b"alaw") or not packet_frames
            bytes_per_s = 0.0 if packets else packet_bytes * rate_hz / packet_frames
        if name == b"caff":
            return _whole(file, start, at)
        if name == b"data" and bytes_per_s:  # else packets of any size, whose table says where they are
            data = at + 16  # an edit count stands before the samples
            found = _caf_extent(file, data, None if length < 0 else max(0, length - 4))
            changes = {at + 4: struct.pack(">q", found.size + 4)}
            return _part(file, start, data, found, bytes_per_s, changes)
        if length < 0:
            return None
        at += 12 + length
    return None


def _caf_extent(file: BinaryIO, data: int, said: int | None) -> Extent:
    """As `extent`; chunks behind have 64-bit sizes."""
    if said is not None:
        behind = read_at(file, data + said, 12)
        if behind[:4] == b"caff":
            return Extent(said, said, Verdict.AGREES, data + said)
        end = file.seek(0, 2)
        if len(behind) == 12 and behind[:4].isascii() and 0 <= struct.unpack(">q", behind[4:])[0] <= end - data - said:
            return Extent(said, said, Verdict.AGREES)
    return extent(file, data, said, PLAIN, open_from=2**62)
