"""Reports that the command line writes into the output folder: `analysis/TITLE/`."""

import contextlib
import json
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from engine.command import Command
from engine.faults import disk_errors
from engine.library.atomic import write_bytes
from engine.library.record import Record
from engine.settings import Settings
from engine.text import file_label


def reports_dir(settings: Settings) -> Path:
    return settings.output / "analysis"


def reported(asked: Command[Any], record: Mapping[str, Any], language: str) -> dict[str, str]:
    """The files of a record's report, name -> text; none of a command without one."""
    return dict(asked.report(Record.model_validate(record), language)) if asked.report else {}


def write_report(settings: Settings, record: Mapping[str, Any], files: Mapping[str, str]) -> list[Path]:
    """Write the files of a report; those of the same track are replaced, those of another left. Raises DISK_FULL."""
    name = file_label(str(record["title"])) or str(record["name"])
    first = next(iter(files))
    folder = own_folder(reports_dir(settings), name, lambda place: _is_about(place / first, str(record["id"])))
    paths = [folder / file for file in files]
    with disk_errors():
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in zip(paths, files.values(), strict=True):
            write_bytes(path, text.encode())
    return paths


def own_folder(parent: Path, name: str, is_own: Callable[[Path], bool]) -> Path:
    """`parent/NAME`, or `NAME_2` and so on: the first that is not there, or is ours."""
    names = (name if number == 1 else f"{name}_{number}" for number in count(1))
    return next(place for one in names if not (place := parent / one).exists() or is_own(place))


def _is_about(path: Path, track_id: str) -> bool:
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        return bool(json.loads(path.read_text(encoding="utf-8"))["track"]["id"] == track_id)
    return False
