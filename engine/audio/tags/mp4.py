"""MP4 atoms as iTunes writes them: in m4a and mp4."""

# mypy: allow-untyped-calls

from typing import Any

from mutagen.mp4 import MP4Cover

from engine.audio.tags import names
from engine.audio.tags.lrc import from_lrc, to_lrc
from engine.audio.tags.model import Chapter, Tags, picture_kind
from engine.audio.tags.vorbis import rating_of

_FREEFORM = "----:com.apple.iTunes:"
_PAIRS = {"trkn": "tracknumber", "disk": "discnumber"}
_NUMBERS = {"tmpo": "bpm", "cpil": "compilation", "pgap": "itunesgapless"}
_PICTURES = {"image/png": MP4Cover.FORMAT_PNG, "image/jpeg": MP4Cover.FORMAT_JPEG}
_RATING = "rate"
_TOOL = "\xa9too"
"""The program that encoded the old file."""
_MOST_BPM = 65535


def from_mp4(file: Any) -> Tags:
    """What the atoms of an open file say."""
    tags = Tags(chapters=[Chapter(round(c.start, 3), c.title) for c in file.chapters or []])
    for key, values in (file.tags or {}).items():
        if key in _PAIRS:
            tags.add(atom_name(key), ["/".join(str(part) for part in pair if part) for pair in values])
        elif key == "covr":
            by_format = {code: mime for mime, code in _PICTURES.items()}
            for picture in values:
                mime = by_format.get(picture.imageformat, "image/jpeg")
                tags.add_cover(bytes(picture), picture_kind(bytes(picture)) or mime)
        elif key == _RATING:
            tags.rating = rating_of({"rating": [f"{_percent(str(values[0]))}"]})
        elif key == _TOOL:
            continue
        elif key == "cpil":
            tags.add("compilation", ["1"] if values else [])
        elif key == "pgap":
            tags.add("itunesgapless", ["1"] if values else [])
        elif key == "tmpo":
            tags.add("bpm", [str(value) for value in values if value])
        elif key.startswith("----:"):
            _, _, spelled = key.split(":", 2)
            texts = [bytes(value).decode("utf-8", "replace") for value in values]
            if spelled.lower() == "syncedlyrics":
                tags.timed_lyrics = from_lrc("\n".join(texts))
            else:
                tags.add(atom_name(key), texts, spelled)
        elif isinstance(values, list) and all(isinstance(value, str) for value in values):
            tags.add(atom_name(key), values)
    return tags


def atom_name(key: str) -> str:
    """Our name for what an atom says."""
    if key.startswith("----:"):
        return names.name_of(key.split(":", 2)[2])
    known = _PAIRS.get(key) or _NUMBERS.get(key) or names.MP4.get(key)
    return known or key.replace("\xa9", "").lower()


def _percent(text: str) -> float:
    """The number of a rating that counts to 100; none, where it is no number, is below what counts."""
    try:
        return max(float(text), 0.0) if float(text) > 5 else float(text) / 20
    except ValueError:
        return -1.0


def to_mp4(file: Any, tags: Tags) -> list[str]:
    """Put `tags` into an open file; says what could not be put."""
    lost: list[str] = []
    atoms = file.tags
    for name, values in tags.values.items():
        if name == "rating" and tags.rating is not None:
            continue
        try:
            _write(atoms, tags, name, values)
        except (ValueError, TypeError, UnicodeError):
            lost.append(f"tag_lost_{name}")
    if tags.rating is not None:
        atoms[_RATING] = [str(round(100 * tags.rating))]
    if tags.timed_lyrics:
        atoms[_FREEFORM + "SYNCEDLYRICS"] = [to_lrc(tags.timed_lyrics).encode()]
    if tags.chapters:
        lost.append("tag_lost_chapters")
    if tags.covers:
        kinds = [picture_kind(cover.data) or cover.mime for cover in tags.covers]
        held = [MP4Cover(c.data, _PICTURES[k]) for c, k in zip(tags.covers, kinds, strict=True) if k in _PICTURES]
        atoms["covr"] = held
        lost += ["cover_lost"] if len(held) < len(tags.covers) else []
    return lost


def take_out(atoms: Any, name: str) -> None:
    """Every atom and free field that stands for a name, however it is spelled."""
    for key in [key for key in atoms if atom_name(key) == name]:
        del atoms[key]


def _write(atoms: Any, tags: Tags, name: str, values: list[str]) -> None:
    if not values:
        take_out(atoms, name)
        return
    pair = next((key for key, ours in _PAIRS.items() if ours == name), None)
    if pair:
        numbers = [int(part) for part in f"{values[0]}/0".split("/")[:2]]
        if not all(0 <= number < 2**16 for number in numbers):
            raise ValueError(f"no number of a track: {values[0]}")
    take_out(atoms, name)
    if pair:
        atoms[pair] = [(numbers[0], numbers[1])]
    elif name == "compilation":
        atoms["cpil"] = values[0] not in ("0", "")
    elif name == "bpm" and values[0].isdecimal() and int(values[0]) <= _MOST_BPM:
        atoms["tmpo"] = [int(values[0])]
    elif key := (names.PLACES[name].mp4 if name in names.PLACES else ""):
        atoms[key] = values
    else:
        spelled = names.FREE.get(name) or tags.spelling.get(name, name)
        atoms[_FREEFORM + spelled] = [value.encode() for value in values]
