"""Comparing the index with what is stored: files may come, go and be renamed by hand."""

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from engine.errors import AppError
from engine.library.index import TrackIndex
from engine.library.track_files import AUDIO, TrackFiles, record_key

YIELD_EVERY = 32
"""After so many files others have their turn."""

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SyncReport:
    """Ids of the tracks that came, changed and went; files of records that cannot be read. `owners`: user of each that
    went, by id."""

    added: list[str]
    changed: list[str]
    removed: list[str]
    broken: list[str]
    owners: dict[str, str] = field(default_factory=dict, compare=False)


def sync(files: TrackFiles, index: TrackIndex, *, full: bool = False) -> SyncReport:
    """New or changed records enter the index, vanished ones leave it. `full` reads every record."""
    known = index.known()
    stored = {entry.key.removeprefix(AUDIO): entry.mtime_ns for entry in _in_turns(files.storage.list(AUDIO))}
    found = SyncReport([], [], [], [])
    seen: set[str] = set()
    for file in _in_turns(sorted(stored)):
        name, _, suffix = file.rpartition(".")
        if suffix != "json" or "/" in file:
            continue
        row = known.get(name)
        if row and not full and row["record_mtime_ns"] == stored[file] and row["file"] in stored:
            seen.add(name)
        elif track_id := _enter(files, index, name, row["id"] if row else name, found.broken):
            seen.add(name)
            (found.added if row is None else found.changed).append(track_id)
    with files.changing(""):
        gone = (
            (row["id"], name)
            for name, row in known.items()
            if name not in seen  # and has not come back meanwhile under any name
            and (f"{name}.json" in found.broken or files.storage.stat(record_key(name)) is None)
        )
        found.removed.extend(index.remove(gone))
    users = {row["id"]: row["user_id"] for row in known.values()}
    found.owners.update((track_id, users[track_id]) for track_id in found.removed)
    facts = {"added": len(found.added), "removed": len(found.removed), "broken": found.broken}
    log.info("library compared with disk", extra=facts)
    return found


def _in_turns(items: Iterable[T]) -> Iterator[T]:
    for number, item in enumerate(items):
        if number % YIELD_EVERY == 0:
            time.sleep(0)
        yield item


def _enter(files: TrackFiles, index: TrackIndex, name: str, key: str, broken: list[str]) -> str | None:
    """Read a record and enter it; the track's id, None when it cannot be read or entered. `key`: for `changing`."""
    with files.changing(key):
        try:
            record = files.read(name)
            if record.name != name or not files.has(record.file.rpartition("/")[2]):
                record = files.follow(record, name)
        except Exception as error:
            if not isinstance(error, AppError | OSError):
                log.exception("a record cannot be read", extra={"record": name})
            if files.storage.stat(record_key(name)):
                broken.append(f"{name}.json")
            return None
        if (entry := files.storage.stat(record_key(name))) is None:
            return None
        try:
            index.enter(record, entry.mtime_ns)
        except (AppError, OperationalError):  # the database's fault, not the record's
            raise
        except Exception:
            log.exception("a record cannot be entered into the index", extra={"record": name})
            broken.append(f"{name}.json")
            return None
    return record.id
