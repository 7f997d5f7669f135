"""Publishing: what a worker left in a job's folder becomes tracks, exactly once, wherever it is cut short."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from engine.errors import AppError, Code
from engine.library.atomic import remove_tree, write_json
from engine.library.names import unique
from engine.library.record import Annotation, Record
from engine.library.track_files import BESIDE, PEAKS, STEM_PEAKS, TrackFiles, audio_key, derived_key, stems_prefix
from engine.owner import LOCAL

OUTCOME = "outcome.json"
"""Written last by a worker, in the job's folder: from then on the job's results exist, whatever dies."""

NAMES = "names.json"
"""Written by the server before it moves anything: under which names the results are being published."""

OWNER = "owner.txt"
"""Written by the server when it hands the job over: whose it is, should nobody know the job any more."""

log = logging.getLogger(__name__)


def note_owner(job_folder: Path, user: str) -> None:
    """Whose the results in this folder will be."""
    (job_folder / OWNER).write_text(user, encoding="utf-8")


def _owner(job_folder: Path) -> str:
    try:
        return (job_folder / OWNER).read_text(encoding="utf-8") or LOCAL
    except (OSError, ValueError):  # of an earlier version
        return LOCAL


class Additions(Protocol):
    """Takes what a job adds to tracks that are there. Both methods raise AppError, NOT_FOUND for what is no track of
    the job's user."""

    def annotate(self, track_id: str, annotation: Annotation) -> object: ...
    def add_score(self, track_id: str, staged: Path) -> object: ...


@dataclass(frozen=True)
class Published:
    """The tracks that a job made, the times of their records as the storage has them, and the ids of the tracks that it
    annotated."""

    tracks: list[Record]
    mtimes_ns: list[int]
    annotated: list[str]


def publish(files: TrackFiles, of: Callable[[str], Additions], job_folder: Path, user: str | None = None) -> Published:
    """Make the results in `job_folder` visible, for each its audio first and its record last. May be repeated after
    a crash at any point: nothing doubles.

    They are the job's `user`'s, whatever the worker says; None where nobody knows the job any more. `of(user)`: where
    that user's tracks are added to. Raises ValueError when a result has gone.
    """
    user = user or _owner(job_folder)
    own = of(user)
    outcome = json.loads((job_folder / OUTCOME).read_text(encoding="utf-8"))
    names_file = job_folder / NAMES
    names: dict[str, str] = json.loads(names_file.read_text(encoding="utf-8")) if names_file.exists() else {}
    records = [_publish_track(files, job_folder, user, entry, names) for entry in outcome["tracks"]]
    additions: list[tuple[str, Callable[[], object]]] = []  # a job of an earlier version left none
    for entry in outcome.get("scores", []):
        additions.append((entry["track"], partial(own.add_score, entry["track"], job_folder / entry["midi"])))
    for entry in outcome.get("annotations", []):
        annotation = Annotation.model_validate(entry["annotation"])
        additions.append((entry["track"], partial(own.annotate, entry["track"], annotation)))
    annotated = set()
    for track_id, add in additions:
        try:
            add()
            annotated.add(track_id)
        except AppError as error:  # it was deleted meanwhile, or cannot be read
            if error.code in (Code.DISK_FULL, Code.UNAVAILABLE):
                raise
            log.warning("nothing could be added to a track: %s", error, extra={"track": track_id})
    return Published(records, [files.mtime_ns(record) for record in records], sorted(annotated))


def _publish_track(
    files: TrackFiles, job_folder: Path, user: str, entry: dict[str, str], names: dict[str, str]
) -> Record:
    sources: dict[str, Path] = {}

    def put_audio(key: str) -> bool:
        """True when it is there: put now, or before a crash."""
        if audio.exists():
            return files.storage.put(key, audio, exclusive=True)
        return files.storage.stat(key) is not None

    def keep(staged: str | None, key: str) -> bool:
        """True when the object will be there: put with the others, or before a crash."""
        if staged and (job_folder / staged).exists():
            sources[key] = job_folder / staged
            return True
        return bool(staged) and files.storage.stat(key) is not None

    def keep_folder(folder: str | None, prefix: str) -> None:
        for staged in sorted((job_folder / folder).glob("*")) if folder else ():
            sources[prefix + staged.name] = staged

    record = Record.model_validate(entry["record"])
    with files.changing(record.name):
        audio = job_folder / entry["staged"]
        name = names.get(record.id)
        while not (name and put_audio(audio_key(f"{name}{audio.suffix}"))):
            if name and not audio.exists():
                raise ValueError(f"{audio.name} is gone")
            name = names[record.id] = unique(record.name, files.is_taken)
            write_json(job_folder / NAMES, names)
        beside = {
            field: file if keep(entry.get(field), audio_key(file := f"{name}.{suffix}")) else None
            for field, suffix in BESIDE.items()
        }
        keep_folder(entry.get("stems"), stems_prefix(name))
        keep_folder(entry.get("stem_peaks"), derived_key(record.id, STEM_PEAKS))
        keep(entry["peaks"], derived_key(record.id, PEAKS))
        files.storage.put_all(sources)
        record = record.model_copy(update={"user": user, "name": name, "file": f"{name}{audio.suffix}", **beside})
        files.write(record)
        return record


def set_aside(job_folder: Path, unpublished: Path) -> Path:
    """Move a finished job's files to where nothing deletes them and the user finds them; their new folder."""
    target = unpublished / job_folder.name
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_tree(target)
    return job_folder.replace(target)
