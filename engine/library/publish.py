"""Publishing: what a worker left in a job's folder becomes tracks, exactly once, wherever it is cut short."""

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import AppError, Code
from engine.library.atomic import remove_tree, write_json
from engine.library.names import unique
from engine.library.record import Annotation, Record
from engine.library.storage import Storage
from engine.library.track_files import TrackFiles, audio_key, peaks_key, stem_peaks_prefix, stems_prefix

OUTCOME = "outcome.json"
"""Written last by a worker, in the job's folder: from then on the job's results exist, whatever dies."""

NAMES = "names.json"
"""Written by the server before it moves anything: under which names the results are being published."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Published:
    """The tracks that a job made, and the ids of those that it annotated."""

    tracks: list[Record]
    annotated: list[str]


class Publisher:
    """`changing` is held while names are chosen and taken; `unpublished` is where a result goes that is no track.

    `annotate` adds an annotation to the track of that id, or raises.
    """

    def __init__(
        self,
        storage: Storage,
        files: TrackFiles,
        changing: threading.RLock,
        unpublished: Path,
        annotate: Callable[[str, Annotation], None],
    ) -> None:
        self._storage = storage
        self._files = files
        self._changing = changing
        self._unpublished = unpublished
        self._annotate = annotate

    def publish(self, job_folder: Path) -> Published:
        """Make the results in `job_folder` visible, for each its audio first and its record last. May be repeated after
        a crash at any point: nothing doubles.
        """
        outcome = json.loads((job_folder / OUTCOME).read_text(encoding="utf-8"))
        names_file = job_folder / NAMES
        with self._changing:
            names: dict[str, str] = json.loads(names_file.read_text(encoding="utf-8")) if names_file.exists() else {}
            records = [self._track(job_folder, entry, names) for entry in outcome["tracks"]]
            entries = outcome.get("annotations", [])  # a job of an earlier version left none
            found = {e["track"] for e in entries if self._is_annotated(e["track"], e["annotation"])}
            return Published(records, sorted(found))

    def _is_annotated(self, track_id: str, annotation: dict[str, Any]) -> bool:
        """False for a track that was deleted meanwhile, or cannot be read."""
        try:
            self._annotate(track_id, Annotation.model_validate(annotation))
        except AppError as error:
            if error.code is Code.DISK_FULL:
                raise
            log.warning("a track could not be annotated: %s", error, extra={"track": track_id})
            return False
        return True

    def _track(self, job_folder: Path, entry: dict[str, str], names: dict[str, str]) -> Record:
        record = Record.model_validate(entry["record"])
        audio = job_folder / entry["staged"]
        name = names.get(record.id)
        while not (name and self._put(audio, audio_key(f"{name}{audio.suffix}"), exclusive=True)):
            if name and not audio.exists():
                raise ValueError(f"{audio.name} is gone")
            name = names[record.id] = unique(record.name, self._files.is_taken)
            write_json(job_folder / NAMES, names)
        beside = {}
        for field, suffix in (("midi", "mid"), ("picture", "png")):
            file = f"{name}.{suffix}"
            staged = entry.get(field)
            beside[field] = file if staged and self._put(job_folder / staged, audio_key(file)) else None
        self._put_folder(job_folder, entry.get("stems"), stems_prefix(name))
        self._put_folder(job_folder, entry.get("stem_peaks"), stem_peaks_prefix(record.id))
        self._put(job_folder / entry["peaks"], peaks_key(record.id))
        record = record.model_copy(update={"name": name, "file": f"{name}{audio.suffix}", **beside})
        self._files.write(record)
        return record

    def _put(self, staged: Path, key: str, *, exclusive: bool = False) -> bool:
        """True when the object is there: put now, or before a crash."""
        if staged.exists():
            return self._storage.put(key, staged, exclusive=exclusive)
        return self._storage.stat(key) is not None

    def _put_folder(self, job_folder: Path, folder: str | None, prefix: str) -> None:
        for staged in sorted((job_folder / folder).glob("*")) if folder else ():
            self._storage.put(prefix + staged.name, staged)

    def set_aside(self, job_folder: Path) -> Path:
        """Move a finished job's files to where nothing deletes them and the user finds them; their new folder."""
        target = self._unpublished / job_folder.name
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_tree(target)
        return job_folder.replace(target)
