"""`.vstpreset`: the container of the VST 3 SDK (vstpresetfile.h), written and read.

Header: "VST3", int32 version 1, the plug-in's class id as 32 hexadecimal digits, int64 offset of the chunk list. Then
the chunks' data; then "List", int32 count, and for each chunk its 4-letter id, int64 offset, int64 size. Little-endian.

No plug-in has this program's chain in it, so that no host will load these files into one: the class id is this
program's own, and the component state ("Comp") is `StyleParams` as JSON. What the file is for: the exchange between
people who use this program, through tools that sort and tag presets.
"""

import struct
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from pydantic import ValidationError

from engine.errors import invalid
from engine.match.style import StyleParams

CLASS_ID = "6A1D0C1E5B7F4E0F9C2B61756469C3A7"
"""This program's own; belongs to no plug-in."""
PLUGIN = "audiocraft-webui style match"

_HEADER = struct.Struct("<4si32sq")
_COUNT = struct.Struct("<4si")
_ENTRY = struct.Struct("<4sqq")
_MAX_CHUNKS = 128


@dataclass(frozen=True)
class VstPreset:
    """Any preset: whose it is, and its chunks ("Comp", "Cont", "Prog", "Info") by id."""

    class_id: str
    chunks: dict[str, bytes]


def pack(preset: VstPreset) -> bytes:
    """The file's bytes. Raises ValueError for an id of another length."""
    if len(preset.class_id) != 32 or any(len(name) != 4 for name in preset.chunks):
        raise ValueError("a class id has 32 digits, a chunk's id 4 letters")
    at, entries = _HEADER.size, b""
    for name, data in preset.chunks.items():
        entries += _ENTRY.pack(name.encode("ascii"), at, len(data))
        at += len(data)
    header = _HEADER.pack(b"VST3", 1, preset.class_id.encode("ascii"), at)
    return header + b"".join(preset.chunks.values()) + _COUNT.pack(b"List", len(preset.chunks)) + entries


def unpack(data: bytes) -> VstPreset:
    """The preset in a file's bytes, of whichever plug-in. Raises INVALID_INPUT `vstpreset_damaged`."""
    try:
        magic, version, class_id, at = _HEADER.unpack_from(data)
        if magic != b"VST3" or version != 1 or not _HEADER.size <= at <= len(data):
            raise invalid("vstpreset_damaged")
        word, count = _COUNT.unpack_from(data, at)
        if word != b"List" or not 0 <= count <= _MAX_CHUNKS:
            raise invalid("vstpreset_damaged")
        chunks, held = {}, 0  # chunks over each other would make a small file large
        for number in range(count):
            name, start, size = _ENTRY.unpack_from(data, at + _COUNT.size + number * _ENTRY.size)
            held += size
            if start < _HEADER.size or size < 0 or start + size > len(data) or held > len(data):
                raise invalid("vstpreset_damaged")
            chunks[name.decode("ascii")] = data[start : start + size]
        return VstPreset(class_id.decode("ascii"), chunks)
    except (struct.error, UnicodeDecodeError):
        raise invalid("vstpreset_damaged") from None


def to_vstpreset(style: StyleParams, name: str) -> bytes:
    """A style as a `.vstpreset` that `from_vstpreset` reads."""
    about = {"MediaType": "VstPreset", "PlugInName": PLUGIN, "PlugInCategory": "Fx|Mastering", "Name": name}
    lines = [
        f'\t<Attribute id={quoteattr(key)} value={quoteattr(value)} type="string" flags=""/>'
        for key, value in about.items()
    ]
    info = "\n".join(['<?xml version="1.0" encoding="utf-8"?>', "<MetaInfo>", *lines, "</MetaInfo>", ""])
    return pack(VstPreset(CLASS_ID, {"Comp": style.model_dump_json().encode(), "Info": info.encode()}))


def from_vstpreset(data: bytes) -> StyleParams:
    """The style in such a file. Raises INVALID_INPUT `vstpreset_damaged`, or `vstpreset_foreign` where the state
    is that of a plug-in, which only that plug-in can read."""
    preset = unpack(data)
    if preset.class_id != CLASS_ID:
        raise invalid("vstpreset_foreign", class_id=preset.class_id)
    try:
        return StyleParams.model_validate_json(preset.chunks.get("Comp", b""))
    except ValidationError:
        raise invalid("vstpreset_damaged") from None
