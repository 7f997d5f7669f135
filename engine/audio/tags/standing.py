"""Words as they stand in a file: under the container's own names, so that they can be put back exactly."""

# mypy: allow-untyped-calls

from collections.abc import Collection, Sequence
from typing import Any

from mutagen import id3
from mutagen.mp4 import MP4Tags

from engine.audio.tags import mp4, names, vorbis
from engine.audio.tags.id3 import keep_unknown, take_out, text_name

Standing = list[tuple[str, list[str]]]
"""Place and texts: `TXXX:MOOD` in ID3, `tmpo` in MP4, `Genre` in Vorbis comments."""


def standing(native: Any, wanted: Collection[str]) -> Standing:
    """What an ID3 tag, the atoms of an MP4 file or Vorbis comments hold for these of our names."""
    if isinstance(native, id3.ID3):
        frames = [frame for frame in native.values() if text_name(frame) in wanted]
        return [(frame.HashKey, [str(text) for text in frame.text]) for frame in frames]
    if isinstance(native, MP4Tags):
        return [(key, [_said(value) for value in native[key]]) for key in native if mp4.atom_name(key) in wanted]
    places: dict[str, list[str]] = {}
    for place, text in native:
        if names.name_of(place) in wanted:
            places.setdefault(place, []).append(text)
    return list(places.items())


def put_back(native: Any, wanted: Collection[str], before: Sequence[tuple[str, list[str]]]) -> None:
    """Have a tag hold for these of our names what it held before, and nothing else."""
    if isinstance(native, id3.ID3):
        keep_unknown(native)
        for name in wanted:
            take_out(native, name)
        made = (_frame(place, texts) for place, texts in before)
        for frame in made:
            if text_name(frame) in wanted:
                native.add(frame)
    elif isinstance(native, MP4Tags):
        for name in wanted:
            mp4.take_out(native, name)
        native.update({key: _atom(key, texts) for key, texts in before if mp4.atom_name(key) in wanted})
    else:
        for name in wanted:
            vorbis.take_out(native, name)
        native.extend((place, text) for place, texts in before if names.name_of(place) in wanted for text in texts)


def _frame(place: str, texts: list[str]) -> Any:
    kind, _, description = place.partition(":")
    if kind == "TXXX":
        return id3.TXXX(encoding=3, desc=description, text=texts)
    return getattr(id3, kind)(encoding=3, text=texts)


def _said(value: Any) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _atom(key: str, texts: list[str]) -> list[Any]:
    if key.startswith("----:"):
        return [text.encode() for text in texts]
    return [int(text) for text in texts] if key == "tmpo" else texts
