"""A command for every sound file of a folder; what was done and has not changed since is not done again."""

import contextlib
import json
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.command import Command
from engine.errors import AppError, Code
from engine.faults import as_app_error, disk_errors
from engine.library.atomic import write_bytes
from engine.parameters import is_identity
from engine.settings import Settings
from engine.terminal import EXIT_FAILED
from engine.terminal.opening import open_place
from engine.terminal.overview import as_csv, playlists, prefixes
from engine.terminal.place import WorkPlace
from engine.terminal.reports import own_folder, reported, reports_dir
from engine.text import file_label, label

SOUNDS = frozenset({
    ".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".mp4", ".aac", ".aif", ".aiff", ".aifc", ".caf", ".webm",
    ".mka", ".wma",
})  # fmt: skip
"""As the page has them: `static/js/core/sound-files.js`."""
LINES, TABLE = "analysis.jsonl", "analysis.csv"
_NAMES_AS_THEY_ARE = ("utf-8", "surrogateescape")
_SHOWN = 1000


def sound_files(folder: Path, *, apart_from: Path) -> Iterator[Path]:
    """The sound files of a folder and of those in it, in order; hidden ones and those of `apart_from` are passed by."""
    inside = folder.is_relative_to(apart_from)
    for root, folders, files in os.walk(folder):
        kept = (name for name in folders if not name.startswith("."))
        folders[:] = sorted(name for name in kept if inside or Path(root, name).resolve() != apart_from)
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in SOUNDS and _may_be_file(Path(root, name)):
                yield Path(root, name)


def _may_be_file(path: Path) -> bool:
    """Neither a pipe nor a device; of what is not known, opening it tells."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def run_folder(
    settings: Settings, asked: Command[Any], params: dict[str, Any], field: str, folder: Path, *, as_json: bool
) -> int:
    """Do it, say on the standard error what went wrong, and print the paths of what was written, or each result.

    Exit code 0 when all is done, 1 when a file failed or the user stopped it, 2 for a folder without sounds.
    """
    folder = folder.resolve()
    sounds = list(sound_files(folder, apart_from=settings.output.resolve()))
    if not sounds:
        raise AppError(Code.NOT_FOUND, "folder_without_sounds", name=str(folder.name)[:200])
    walk = _Walk(settings, asked, params, field, folder)
    place = open_place(settings)
    try:
        for number, path in enumerate(sounds, 1):
            line = walk.visit(place, path)
            if line is None:
                return EXIT_FAILED
            print(f"{number}/{len(sounds)} {label(line['file'], _SHOWN)}", file=sys.stderr)
            if "error" in line:
                print(f"  {line['error']}", file=sys.stderr)
            if as_json:
                print(_as_json(line.get("result") or {"file": line["file"], "error": line["error"]}))
    finally:
        place.close()
    written = walk.finish()
    if not as_json:
        for path in written:
            print(path)
    return EXIT_FAILED if any("error" in line for line in walk.lines.values()) else 0


class _Walk:
    """What is known of a folder: a line of JSON a file, kept after each, so that a walk that was cut goes on there."""

    def __init__(
        self, settings: Settings, asked: Command[Any], params: Mapping[str, Any], field: str, folder: Path
    ) -> None:
        self._settings, self._asked, self._field, self._folder = settings, asked, field, folder
        self._params = {name: value for name, value in params.items() if name != field}
        name = file_label(folder.name) or "folder"
        self._target = own_folder(reports_dir(settings), name, lambda place: _root(place) in (None, str(folder)))
        with disk_errors():
            self._target.mkdir(parents=True, exist_ok=True)
            (self._target / LINES).touch()
        self._known = {line["file"]: line for line in _lines(self._target / LINES) if line.get("root") == str(folder)}
        self.lines: dict[str, dict[str, Any]] = {}

    def visit(self, place: WorkPlace, path: Path) -> dict[str, Any] | None:
        """The line of a file, which is worked on unless that was done; None when the user stops it."""
        file = path.relative_to(self._folder).as_posix()
        mark: dict[str, Any] = {"root": str(self._folder), "file": file, "path": str(path), "params": self._params}
        before = self._known.get(file, {})
        try:
            found = path.stat()
            mark |= {"size": found.st_size, "mtime_ns": found.st_mtime_ns}
            if _is_told(before) and all(before.get(name) == value for name, value in mark.items()):
                line: dict[str, Any] | None = mark | {"result": self._renewed(place, before["result"])}
            else:
                line = self._worked(place, path, mark)
        except (AppError, OSError, UnicodeError) as error:
            fault = as_app_error(error)
            if fault.code in (Code.INTERRUPTED, Code.DISK_FULL):
                raise fault from error
            line = mark | {"error": fault.body(self._settings.language)["message"]}
        if line is not None:
            self.lines[file] = line
            with disk_errors(), (self._target / LINES).open("a", encoding="utf-8") as lines:
                lines.write(_as_json(line) + "\n")
        return line

    def _worked(self, place: WorkPlace, path: Path, mark: dict[str, Any]) -> dict[str, Any] | None:
        row, records = place.run(self._asked, dict(self._params), {self._field: path})
        if row["status"] == "CANCELED":
            return None
        if row["status"] != "COMPLETED" or not records:
            return mark | {"error": (row["error"] or {}).get("message", row["status"])}
        return mark | {"result": self._result(records[0])}

    def _renewed(self, place: WorkPlace, result: dict[str, Any]) -> dict[str, Any]:
        """The result as it is now, corrections among it, while its track is there and can be read."""
        try:
            return self._result(place.record(str(result["track"]["id"])))
        except AppError as error:
            if error.code in (Code.INTERRUPTED, Code.DISK_FULL):
                raise
            return result

    def _result(self, record: dict[str, Any]) -> dict[str, Any]:
        first = next(iter(reported(self._asked, record, self._settings.language).values()))
        found: dict[str, Any] = json.loads(first)
        return found

    def finish(self) -> list[Path]:
        """Write table and playlists; what is there now and was not met, is gone."""
        rows, language = list(self.lines.values()), self._settings.language
        lists = playlists(rows, language)
        with disk_errors():
            lines = "".join(_as_json(row) + "\n" for row in rows)
            write_bytes(self._target / LINES, lines.encode())
            write_bytes(self._target / TABLE, as_csv(rows).encode("utf-8-sig", "replace"))
            for old in self._target.glob("*.m3u8"):
                if old.name not in lists and old.name.startswith(prefixes()):
                    old.unlink()
            for name, text in lists.items():
                write_bytes(self._target / name, text.encode(*_NAMES_AS_THEY_ARE))
        return [self._target / name for name in (LINES, TABLE, *lists)]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Lines that can be read; the last one may be half a line after a crash."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return
    for line in text.split("\n"):  # not at U+2028 and the like, which stand in names and texts
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and isinstance(found.get("file"), str):
            yield found


def _as_json(value: Any) -> str:
    """In one line; parts of names that are no UTF-8 are escaped, so that they are the same when they are read."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _is_told(line: Mapping[str, Any]) -> bool:
    """Whether it holds a result that can be told again: somebody may have changed it by hand."""
    with contextlib.suppress(AttributeError, LookupError, TypeError, ValueError, ArithmeticError):
        as_csv([line])
        for text in playlists([line], "en").values():
            text.encode(*_NAMES_AS_THEY_ARE)
        return bool(is_identity(line["result"]["track"]["id"]))
    return False


def _root(target: Path) -> str | None:
    """The folder that the files in `target` are about; None where nothing is."""
    first = next(_lines(target / LINES), None)
    return first.get("root") if first else None
