"""What WAV files keep outside their tags: `bext` (EBU Tech 3285), `iXML`, `cue ` with `adtl`, `smpl`.

The layouts of `cue `, `LIST adtl` and `smpl` are those of Microsoft's and IBM's "Multimedia Programming Interface and
Data Specifications 1.0" and its supplement of 1994.
"""

import re
import struct
from dataclasses import replace
from fractions import Fraction
from typing import BinaryIO

from engine.audio.tags.chunks import Chunk, chunks, replace_chunks, sub_chunks
from engine.audio.tags.model import Broadcast, Chapter, Loop, SamplerSettings, Tags, decoded
from engine.audio.tags.names import OWN

_WANTED = frozenset((b"fmt ", b"bext", b"iXML", b"cue ", b"LIST", b"smpl"))
_BEXT = "<256s32s32s10s8sQH64s5h180x"
_NO_LOUDNESS = 0x7FFF
"""What the fields of loudness hold where nothing was measured."""
_MOST = 2**32 - 1
_INFO = {
    b"INAM": "title", b"IART": "artist", b"IPRD": "album", b"ICMT": "comment", b"ICRD": "date", b"IGNR": "genre",
    b"ICOP": "copyright", b"ITRK": "tracknumber", b"IPRT": "tracknumber", b"ILNG": "language", b"ITCH": "encodedby",
    b"IMUS": "composer", b"IENG": "engineer",
}  # fmt: skip


def from_wav(file: BinaryIO) -> Tags:
    """What the chunks of an open WAV file say."""
    tags = Tags()
    found: dict[bytes, list[Chunk]] = {}
    for chunk in chunks(file, _WANTED):
        found.setdefault(chunk.name, []).append(chunk)
    form = found.get(b"fmt ", [])
    if not form or len(form[0].data) < 16:
        return tags
    (rate_hz,) = struct.unpack_from("<4xI", form[0].data)
    if not rate_hz:
        return tags
    for name, read in ((b"bext", _read_bext), (b"smpl", _read_smpl)):
        for chunk in found.get(name, [])[:1]:
            try:
                read(tags, chunk.data, rate_hz)
            except struct.error:
                tags.lost.append(f"tag_lost_{name.decode()}")
    for chunk in found.get(b"iXML", [])[:1]:
        tags.ixml = decoded(chunk.data)
    for chunk in found.get(b"LIST", []):
        if chunk.data[:4] == b"INFO":
            for name, text in sub_chunks(chunk.data[4:]):
                if name in _INFO:
                    tags.add(_INFO[name], [decoded(text)])
    labels = [chunk.data[4:] for chunk in found.get(b"LIST", []) if chunk.data[:4] == b"adtl"]
    for chunk in found.get(b"cue ", [])[:1]:
        tags.chapters = _read_cue(chunk.data, labels, rate_hz)
    return tags


def _read_bext(tags: Tags, data: bytes, rate_hz: int) -> None:
    words = struct.unpack_from(_BEXT, data.ljust(602, b"\0") if len(data) >= 348 else data)
    description, originator, reference, date, time = (decoded(word) for word in words[:5])
    version, umid, loudness = words[6], words[7], words[8]
    tags.broadcast = Broadcast(
        description, originator, reference, date, time, Fraction(words[5], rate_hz),
        umid if version >= 1 and any(umid) else b"", decoded(data[602:]),
    )  # fmt: skip
    if version >= 2 and loudness not in (0, _NO_LOUDNESS):
        tags.loudness_lufs = loudness / 100


def _read_smpl(tags: Tags, data: bytes, rate_hz: int) -> None:
    maker, product, _, note, fraction, smpte, offset, count, more = struct.unpack_from("<9I", data)
    loops = []
    for number in range(min(count, (len(data) - 36) // 24)):
        _, kind, start, end, part, times = struct.unpack_from("<6I", data, 36 + 24 * number)
        loops.append(Loop(Fraction(start, rate_hz), Fraction(end + 1, rate_hz), kind, part, times))
    behind = 36 + 24 * len(loops)
    tags.sampler = SamplerSettings(
        note, fraction, tuple(loops), maker, product, smpte, offset, data[behind : behind + more]
    )  # fmt: skip


def _read_cue(data: bytes, labels: list[bytes], rate_hz: int) -> list[Chapter]:
    words: dict[tuple[bytes, int], bytes] = {}
    for body in labels:
        for kind, text in sub_chunks(body):
            if len(text) >= 4:
                words.setdefault((kind, struct.unpack_from("<I", text)[0]), text[4:])
    found = []
    for number in range((len(data) - 4) // 24):
        point, _, chunk, _, _, sample = struct.unpack_from("<II4sIII", data, 4 + 24 * number)
        region = words.get((b"ltxt", point), b"")
        length = struct.unpack_from("<I", region)[0] if len(region) >= 4 else 0
        title = decoded(words.get((b"labl", point), b"")) or decoded(region[16:])
        note = decoded(words.get((b"note", point), b""))
        if chunk in (b"data", b"\0\0\0\0", b"slnt"):
            found.append(Chapter(sample / rate_hz, title, length / rate_hz, note))
    return sorted(found, key=lambda chapter: chapter.start_s)


def to_wav(file: BinaryIO, tags: Tags) -> list[str]:
    """Put what has a chunk of its own into a WAV file open for reading and writing; says what could not be put."""
    new: dict[bytes, bytes] = {}
    form = next((chunk.data for chunk in chunks(file, frozenset((b"fmt ",)))), b"")
    if len(form) < 16:
        return []
    channels, rate_hz, bits = struct.unpack_from("<2xHI6xH", form)
    if tags.broadcast:
        history = f"A=PCM,F={rate_hz},W={bits},M={_MODES.get(channels, 'multitrack')},T={OWN}\r\n"
        new[b"bext"] = _bext(tags.broadcast, rate_hz, history, tags.loudness_lufs)
    if tags.ixml:
        new[b"iXML"] = _ixml(tags, rate_hz, bits).encode()
    if tags.chapters:
        new |= _cue(tags.chapters, rate_hz)
    if tags.sampler:
        new[b"smpl"] = _smpl(tags.sampler, rate_hz)
    if not new:
        return []
    try:
        replace_chunks(file, new)
    except ValueError:
        return [f"tag_lost_{name.decode().strip()}" for name in new]
    return []


_MODES = {1: "mono", 2: "stereo"}


def _field(text: str, size: int) -> bytes:
    """A text cut to so many bytes, at the end of a letter."""
    return text.encode()[:size].decode("utf-8", "ignore").encode()


def _bext(said: Broadcast, rate_hz: int, history: str, loudness_lufs: float | None) -> bytes:
    before = said.coding_history
    if before and not before.endswith("\n"):
        before += "\r\n"
    if not before.endswith(history):
        before += history
    measured = _NO_LOUDNESS if loudness_lufs is None else round(100 * loudness_lufs)
    head = struct.pack(
        _BEXT,
        _field(said.description, 256), _field(said.originator, 32), _field(said.originator_reference, 32),
        _field(said.date, 10), _field(said.time, 8),
        max(0, min(round(said.time_reference_s * rate_hz), 2**64 - 1)),
        2, said.umid, measured, *[_NO_LOUDNESS] * 4,
    )  # fmt: skip
    return head + before.encode()


def _cue(marks: list[Chapter], rate_hz: int) -> dict[bytes, bytes]:
    held = [mark for mark in marks if round(mark.start_s * rate_hz) <= _MOST]
    points, words = struct.pack("<I", len(held)), b"adtl"
    for number, mark in enumerate(held, 1):
        at = round(mark.start_s * rate_hz)
        points += struct.pack("<II4sIII", number, at, b"data", 0, 0, at)
        words += _word(b"labl", number, mark.title.encode() + b"\0")
        if mark.note:
            words += _word(b"note", number, mark.note.encode() + b"\0")
        if mark.length_s:
            words += _word(b"ltxt", number, struct.pack("<I4s4H", round(mark.length_s * rate_hz), b"rgn ", 0, 0, 0, 0))
    return {b"cue ": points, b"LIST": words}


def _word(kind: bytes, number: int, data: bytes) -> bytes:
    return struct.pack("<4sII", kind, len(data) + 4, number) + data + b"\0" * (len(data) % 2)


def _smpl(sampler: SamplerSettings, rate_hz: int) -> bytes:
    data = struct.pack(
        "<9I", sampler.manufacturer, sampler.product, round(1e9 / rate_hz), sampler.midi_note,
        sampler.pitch_fraction, sampler.smpte_format, sampler.smpte_offset, len(sampler.loops), len(sampler.data),
    )  # fmt: skip
    for number, loop in enumerate(sampler.loops):
        start, end = round(loop.start_s * rate_hz), max(0, round(loop.end_s * rate_hz) - 1)
        data += struct.pack("<6I", number, loop.kind, start, min(end, _MOST), loop.fraction, loop.count)
    return data + sampler.data


def _ixml(tags: Tags, rate_hz: int, bits: int) -> str:
    """The XML with its figures about the file put right, as text: what else is in it stays as it is."""
    text = tags.ixml
    figures = {"FILE_SAMPLE_RATE": rate_hz, "AUDIO_BIT_DEPTH": bits}
    if tags.broadcast:
        moment = round(tags.broadcast.time_reference_s * rate_hz)
        high, low = divmod(moment, 2**32)
        figures |= {
            "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI": high, "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO": low,
            "TIMESTAMP_SAMPLE_RATE": rate_hz, "BWF_TIME_REFERENCE_HIGH": high, "BWF_TIME_REFERENCE_LOW": low,
        }  # fmt: skip
    for name, figure in figures.items():
        text = re.sub(rf"(<{name}>)\s*\d+\s*(</{name}>)", rf"\g<1>{figure}\g<2>", text)
    return re.sub(r"<LOUDNESS>.*?</LOUDNESS>\s*", "", text, flags=re.DOTALL)


_NAMES = {
    "originator": "originator", "originator_reference": "originator_reference", "date": "origination_date",
    "time": "origination_time", "coding_history": "coding_history",
}  # fmt: skip
"""What the fields of `bext` are called where a container has no such chunk: as FFmpeg calls them."""


def spelled_out(tags: Tags, rate_hz: int) -> Tags:
    """The same for a container without such chunks: in words, with moments in samples at `rate_hz`."""
    values = {name: list(texts) for name, texts in tags.values.items()}
    if said := tags.broadcast:
        for field, name in _NAMES.items():
            if text := getattr(said, field):
                values[name] = [text]
        values["time_reference"] = [str(round(said.time_reference_s * rate_hz))]
        if said.umid:
            values["umid"] = [said.umid.hex()]
        if said.description:
            values.setdefault("description", [said.description])
    if tags.sampler and tags.sampler.loops:
        loop = tags.sampler.loops[0]
        start, end = round(loop.start_s * rate_hz), round(loop.end_s * rate_hz)
        values |= {"loopstart": [str(start)], "looplength": [str(end - start)]}
    return replace(tags, values=values)


def understood(tags: Tags, rate_hz: int) -> None:
    """Take such words out of `tags` again and put what they mean in their place."""
    values = tags.values
    if rate_hz and (moment := _number(values, "time_reference")) is not None:
        said = {field: values.pop(name, [""])[0] for field, name in _NAMES.items()}
        umid = values.get("umid", [""])[0].removeprefix("0x")
        if re.fullmatch(r"([0-9a-fA-F]{2}){1,64}", umid):
            del values["umid"]
            said_umid = bytes.fromhex(umid)
        else:
            said_umid = b""
        del values["time_reference"]
        description = values.get("description", [""])[0]
        tags.broadcast = Broadcast(
            description, **said, time_reference_s=Fraction(moment, rate_hz), umid=said_umid
        )  # fmt: skip
    start, length = _number(values, "loopstart"), _number(values, "looplength")
    if rate_hz and start is not None and length:
        del values["loopstart"], values["looplength"]
        tags.sampler = SamplerSettings(loops=(Loop(Fraction(start, rate_hz), Fraction(start + length, rate_hz)),))


def _number(values: dict[str, list[str]], name: str) -> int | None:
    text = values.get(name, [""])[0]
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None
