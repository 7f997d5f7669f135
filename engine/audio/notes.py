"""What reading a sound file found to tell about it: cut, damaged, longer than its header says, changing on the way."""

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from engine.audio.paths import long_path

LEAST_S = 0.001
"""A length that differs by less is not worth a word."""
_KEPT = 500


class FileNote(TypedDict):
    """One sentence: its key in the catalogues of messages (`source_note.…`) and the figures in it."""

    key: str
    values: dict[str, float]


_File = tuple[str, int, int]
"""A file as it is now, its path, size and time of change: another one under the same name is another file."""

_found: OrderedDict[_File, list[FileNote]] = OrderedDict()
_lock = threading.Lock()


def ended_early(missing_s: float) -> list[FileNote]:
    """The header speaks of more sound than there is; nothing when the difference is none."""
    return [] if missing_s < LEAST_S else [{"key": "source_note.ended_early", "values": {"missing_s": _s(missing_s)}}]


def goes_on(extra_s: float) -> list[FileNote]:
    """There is more sound than the header speaks of; nothing when the difference is none."""
    return [] if extra_s < LEAST_S else [{"key": "source_note.goes_on", "values": {"extra_s": _s(extra_s)}}]


def unfinished() -> list[FileNote]:
    """A recorder wrote sound but never came to write its length."""
    return [{"key": "source_note.unfinished", "values": {}}]


def cut() -> list[FileNote]:
    """The file breaks off before its end mark; how much is missing, nobody can know."""
    return [{"key": "source_note.cut", "values": {}}]


def damaged(at_s: float, places: int) -> list[FileNote]:
    """Something could not be decoded, `at_s` first."""
    return [{"key": "source_note.damaged", "values": {"at_s": _s(at_s), "places": places}}] if places else []


def changes(at_s: float, rate_hz: int, channels: int) -> list[FileNote]:
    """From `at_s` on the sound has another rate or number of channels; it was brought to those of the beginning."""
    return [{"key": "source_note.changes", "values": {"at_s": _s(at_s), "rate_hz": rate_hz, "channels": channels}}]


def later(note: FileNote, by_s: float) -> FileNote:
    """The same of a part that begins `by_s` after the beginning."""
    values = note["values"]
    return {"key": note["key"], "values": values | {"at_s": _s(values["at_s"] + by_s)} if "at_s" in values else values}


def _s(seconds: float) -> float:
    return round(seconds, 3 if seconds < 1 else 1)


def remember(path: str | Path, notes: Sequence[FileNote]) -> None:
    """Keep what was found in a file while it was read, for `notes_of`; the oldest files are forgotten."""
    if not notes or not (file := _file(path)):
        return
    with _lock:
        known = _found.pop(file, [])
        _found[file] = [*known, *(note for note in notes if note not in known)]
        while len(_found) > _KEPT:
            _found.popitem(last=False)


def notes_of(path: str | Path) -> list[FileNote]:
    """What this process found in a file, as far as it was read; nothing where it is whole, or was never opened."""
    file = _file(path)
    with _lock:
        return list(_found.get(file, [])) if file else []


def _file(path: str | Path) -> _File | None:
    try:
        facts = os.stat(long_path(path))  # noqa: PTH116 - Path would normalise the prefix away
    except (OSError, ValueError):
        return None
    return str(Path(path).resolve()), facts.st_size, facts.st_mtime_ns
