"""Orphans: what a node that was lost had put into the storage for a track, before somebody else made the track anew."""

import logging
from collections import defaultdict
from collections.abc import Callable

from engine.errors import AppError
from engine.library.index import TrackIndex
from engine.library.record import Record
from engine.library.storage import StoredObject
from engine.library.track_files import AUDIO, BESIDE, DERIVED, STEMS, TrackFiles, record_key
from engine.parameters import Format, is_identity

_SUFFIXES = {"json", *BESIDE.values(), *Format}
"""What lies beside tracks under another one was put there by somebody else."""

log = logging.getLogger(__name__)


def orphans(files: TrackFiles, index: TrackIndex, knows: Callable[[str], bool], *, before_ns: int) -> set[str]:
    """Keys of objects that lie where tracks do, belong to none of the index, and have all been there since `before_ns`,
    Unix time.

    What has a record is one only where `knows` its job: that job was begun anew, or given up. Records of jobs that
    nobody knows were written under another database, and all that they name is left alone.
    """
    by_name, by_id = defaultdict[str, list[StoredObject]](list), defaultdict[str, list[StoredObject]](list)
    for entry in files.storage.list(AUDIO):
        name, _, suffix = entry.key.removeprefix(AUDIO).rpartition(".")
        if suffix in _SUFFIXES and "/" not in name:
            by_name[name].append(entry)
    for entry in files.storage.list(STEMS):
        by_name[entry.key.removeprefix(STEMS).partition("/")[0]].append(entry)
    for entry in files.storage.list(DERIVED):
        by_id[entry.key.removeprefix(DERIVED).partition(".")[0]].append(entry)
    known = index.known()  # after the listing: what is published meanwhile is among them
    ids, strange = {str(row["id"]) for row in known.values()}, 0
    found: set[str] = set()
    for name in by_name.keys() - known.keys():
        keys = {entry.key for entry in by_name[name]}
        has_record = record_key(name) in keys
        record = _read(files, name) if has_record else None
        ours = record.id not in ids and knows(record.job_id) if record else not has_record
        if ours and _is_old(by_name[name], before_ns):
            found |= keys
        elif record:
            ids.add(record.id)
        strange += not ours
    for track_id in by_id.keys() - ids:
        if is_identity(track_id) and _is_old(by_id[track_id], before_ns):
            found |= {entry.key for entry in by_id[track_id]}
    if strange:
        log.warning("records that this database knows nothing of are left alone", extra={"count": strange})
    return found


def _is_old(entries: list[StoredObject], before_ns: int) -> bool:
    return max(entry.mtime_ns for entry in entries) < before_ns


def _read(files: TrackFiles, name: str) -> Record | None:
    try:
        return files.read(name)
    except AppError:  # it has just gone, or is no record of ours
        return None
