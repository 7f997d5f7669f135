"""The user's own sounds: any file in a folder of theirs, known by its name and the folders that it lies in. Light."""

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from engine.drama.sounds.sound import Kind, Sound
from engine.drama.sounds.words import named, plain, tags
from engine.errors import AppError, Code

PREFIX = "own:"
MOST_FILES, MOST_DEPTH, MOST_LETTERS = 5000, 4, 190
SUFFIXES = frozenset(
    (".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".aif", ".aiff", ".wma", ".webm", ".caf", ".w64")
)
AMBIENCE = frozenset(("ambience", "ambiences", "atmosphere", "фон", "атмосфера", "环境", "环境音", "背景"))
"""Folders whose files go on for as long as is wanted."""


def own_sounds(folder: Path | None) -> list[Sound]:
    """Every sound of the folder, by name; none without one. Links, hidden files and names that no clip can hold are
    passed over."""
    if folder is None:
        return []
    return [_sound(name) for name in sorted(_names(folder))]


def _names(folder: Path) -> Iterator[str]:
    left, waiting = MOST_FILES, [(folder, 0)]
    while waiting:
        place, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            name = Path(entry.path).relative_to(folder).as_posix()
            if not _is_plain(name) or entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth < MOST_DEPTH:
                    waiting.append((Path(entry.path), depth + 1))
            elif entry.is_file(follow_symlinks=False) and Path(name).suffix.lower() in SUFFIXES:
                yield name
                left -= 1
                if not left:
                    return


def _is_plain(name: str) -> bool:
    parts = name.split("/")
    hidden = any(part.startswith(".") or not part for part in parts)
    return not hidden and len(name) <= MOST_LETTERS and "\\" not in name and name.isprintable()


def _sound(name: str) -> Sound:
    path = Path(name)
    found = tuple(named(path.stem)) or tuple(named(" ".join(path.parts[:-1])))
    folders = {unicodedata.normalize("NFC", plain(part)) for part in path.parts[:-1]}
    kind: Kind = tags()[found[0]].kind if found else "effect"
    if folders & AMBIENCE:
        kind = "ambience"
    return Sound(PREFIX + name, kind, found, kind == "ambience", title=path.stem)


def own_file(sound_id: str, folder: Path | None) -> Path:
    """The file behind `own:NAME`. Raises NOT_FOUND `no_such_sound` for what is no file of the folder."""
    name = sound_id.removeprefix(PREFIX)
    if folder is not None and _is_plain(name) and Path(name).suffix.lower() in SUFFIXES:
        path = folder / name
        try:
            inside = path.resolve(strict=True) == folder.resolve() / name
        except (OSError, ValueError):
            inside = False
        if inside and path.is_file():
            return path
    raise AppError(Code.NOT_FOUND, "no_such_sound", sound=sound_id[:200])


def own_sound(sound_id: str, folder: Path | None) -> Sound:
    """The sound `own:NAME`. Raises as `own_file` does."""
    own_file(sound_id, folder)
    return _sound(sound_id.removeprefix(PREFIX))
