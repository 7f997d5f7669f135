"""The library: publishes finished jobs as tracks, finds tracks again, edits and deletes them.

The files are the truth. The index in the database makes them quick to list, and `reindex` makes it anew.
"""

import contextlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from engine.database import Database, tracks
from engine.errors import AppError, Code
from engine.library.annotations import annotated, texts, undone
from engine.library.atomic import move_new, remove_tree, write_json
from engine.library.inputs import Input, Stem
from engine.library.names import unique, with_artist
from engine.library.record import Annotation, Postprocess, Record
from engine.library.search import Search, words
from engine.parameters import Format, is_identity
from engine.settings import Settings
from engine.text import label

OUTCOME = "outcome.json"
"""Written last by a worker, in the job's folder: from then on the job's results exist, whatever dies."""

NAMES = "names.json"
"""Written by the server before it moves anything: under which names the results are being published."""

ANY = Search()
MAX_RECORD_BYTES = 1 << 24
"""A record takes some kilobytes, that of a match some hundred; whatever is larger was not written by this program."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Published:
    """The tracks that a job made, and the ids of those that it annotated."""

    tracks: list[Record]
    annotated: list[str]


@dataclass(frozen=True)
class Reindexed:
    """What a comparison of index and disk found."""

    added: list[str]
    changed: list[str]
    removed: list[str]
    broken: list[str]


class Library:
    """All tracks of one output folder. Only the server process holds one."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._changing = threading.RLock()
        self.folder = settings.audio_dir
        for folder in (settings.audio_dir, settings.uploads_dir, settings.jobs_dir, settings.peaks_dir):
            folder.mkdir(parents=True, exist_ok=True)

    def sweep(self) -> None:
        """Remove temporary files that a killed process left; theirs are the only names of this form."""
        settings = self._settings
        for folder in (settings.audio_dir, settings.uploads_dir, settings.peaks_dir, settings.state_dir):
            for path in folder.glob(".*.tmp"):
                path.unlink(missing_ok=True)
        for path in settings.peaks_dir.glob("*.stems/.*.tmp"):
            path.unlink(missing_ok=True)
        uploads = {path.name for path in settings.uploads_dir.iterdir()}
        for name in uploads:  # an upload is a file and its facts; half of the pair is of no use
            if (name.removesuffix(".json") if name.endswith(".json") else f"{name}.json") not in uploads:
                (settings.uploads_dir / name).unlink(missing_ok=True)

    # publishing

    def publish(self, job_folder: Path) -> Published:
        """Make the results in `job_folder` visible. May be repeated after a crash at any point: nothing doubles."""
        with self._changing:  # nobody else may take a name meanwhile
            return self._publish(job_folder)

    def _publish(self, job_folder: Path) -> Published:
        outcome = json.loads((job_folder / OUTCOME).read_text(encoding="utf-8"))
        names_file = job_folder / NAMES
        names: dict[str, str] = json.loads(names_file.read_text(encoding="utf-8")) if names_file.exists() else {}
        records = []
        for entry in outcome["tracks"]:
            record = Record.model_validate(entry["record"])
            staged = job_folder / entry["staged"]
            name = names.get(record.id)
            while not (name and self._place(staged, self.folder / f"{name}{staged.suffix}")):
                name = names[record.id] = unique(record.name, self._taken)
                write_json(names_file, names)
            midi = self._beside(job_folder / str(entry.get("midi")), self.folder / f"{name}.mid")
            picture = self._beside(job_folder / str(entry.get("picture")), self.folder / f"{name}.png")
            self._beside(job_folder / str(entry.get("stems")), self._settings.stems_dir / name)
            record = record.model_copy(
                update={
                    "name": name,
                    "file": f"{name}{staged.suffix}",
                    "midi": midi.name if midi else None,
                    "picture": picture.name if picture else None,
                }
            )
            peaks = job_folder / entry["peaks"]
            if peaks.exists():
                peaks.replace(self._settings.peaks_dir / f"{record.id}.json")
            self._beside(job_folder / str(entry.get("stem_peaks")), self._stem_peaks(record.id))
            write_json(self._record_path(name), record.model_dump(mode="json"))
            records.append(record)
        entries = outcome.get("annotations", [])  # a job of an earlier version left none
        found = {e["track"] for e in entries if self._annotate(e["track"], Annotation.model_validate(e["annotation"]))}
        return Published(records, sorted(found))

    def _annotate(self, track_id: str, annotation: Annotation) -> bool:
        """False for a track that was deleted meanwhile, or cannot be read."""
        try:
            self._rewrite(track_id, lambda record: annotated(record, annotation))
        except AppError as error:
            if error.code is Code.DISK_FULL:
                raise
            log.warning("a track could not be annotated: %s", error, extra={"track": track_id})
            return False
        return True

    def rescue(self, job_folder: Path) -> Path:
        """Put a finished job's files aside, where nothing deletes them; their new folder."""
        place = self._settings.output / "rescued" / job_folder.name
        place.parent.mkdir(parents=True, exist_ok=True)
        remove_tree(place)
        return job_folder.replace(place)

    def _place(self, staged: Path, target: Path) -> bool:
        """Move the audio to its name; True when it is there, moved now or before a crash."""
        if not staged.exists():
            return target.exists()
        if target.exists():
            if staged.samefile(target):
                staged.unlink()
                return True
            if target.stat().st_size == 0 and not self._record_path(target.stem).exists():
                staged.replace(target)
                return True
            return False
        return move_new(staged, target)

    def _beside(self, staged: Path, target: Path) -> Path | None:
        """Move a score, stems or their waveforms to a place that is this track's alone; None when there are none."""
        if staged.exists():
            if target.is_dir():  # of an attempt that a crash cut short
                remove_tree(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
        return target if target.exists() else None

    def _taken(self, name: str) -> bool:
        files = (self.folder / f"{name}.{suffix}" for suffix in ("json", "mid", "png", *Format))
        return any(path.exists() for path in (*files, self._settings.stems_dir / name))

    def _record_path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def index(self, connection: Connection, records: Sequence[Record]) -> None:
        """Enter published records into the index, within the caller's transaction."""
        for record in records:
            connection.execute(delete(tracks).where((tracks.c.id == record.id) | (tracks.c.name == record.name)))
            connection.execute(insert(tracks).values(**self._row(record)))

    def _row(self, record: Record) -> dict[str, Any]:
        return {
            **{column: getattr(record, column) for column in _FROM_RECORD},
            "format": str(record.parameters.format),
            "search": words(record.prompt, record.name, record.artist, record.model, *texts(record.facts)),
            "record_mtime_ns": self._record_path(record.name).stat().st_mtime_ns,
        }

    # finding

    def rows(self, search: Search = ANY, *, limit: int = 200, offset: int = 0) -> list[dict[str, Any]]:
        """Tracks as the page lists them, from `offset` on."""
        query = select(tracks).where(*search.where()).order_by(*search.order()).limit(limit).offset(offset)
        with self._database.read() as connection:
            return [_public(row) for row in connection.execute(query).mappings()]

    def count(self, search: Search = ANY) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).select_from(tracks).where(*search.where())) or 0

    def counts(self, column: Literal["command", "model"]) -> dict[str, int]:
        """How many tracks each command, or each model, has made; the most frequent first."""
        by = tracks.c[column]
        query = select(by, func.count()).group_by(by).order_by(func.count().desc(), by)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def row(self, track_id: str) -> dict[str, Any]:
        return _public(self._find(track_id))

    def _find(self, track_id: str) -> RowMapping:
        if not is_identity(track_id):
            raise AppError(Code.NOT_FOUND, "track_not_found")
        with self._database.read() as connection:
            found = connection.execute(select(tracks).where(tracks.c.id == track_id)).mappings().first()
        if found is None:
            raise AppError(Code.NOT_FOUND, "track_not_found")
        return found

    def record(self, track_id: str) -> Record:
        """The record as it stands on disk. Raises NOT_FOUND, also when the files have gone."""
        return self._read(self._record_path(self._find(track_id)["name"]))

    def audio_path(self, track_id: str) -> Path:
        return self._audio_of(self._find(track_id))

    def _audio_of(self, row: RowMapping) -> Path:
        path: Path = self.folder / row["file"]
        if not path.exists():
            raise AppError(Code.NOT_FOUND, "track_file_gone", name=path.name)
        return path

    def input_path(self, key: str) -> Path:
        """The file behind an AudioInput key, a track or an upload. Raises NOT_FOUND."""
        kind, _, identity = key.partition(":")
        if kind == "track":
            return self.audio_path(identity)
        path = self._settings.uploads_dir / identity
        if not is_identity(identity) or not path.is_file():
            raise AppError(Code.NOT_FOUND, "upload_not_found")
        return path

    def input_title(self, key: str) -> str:
        """What people call that file: the track's name, or the name under which it was uploaded."""
        kind, _, identity = key.partition(":")
        if kind == "track":
            return str(self._find(identity)["name"])
        try:
            facts = json.loads((self._settings.uploads_dir / f"{identity}.json").read_text(encoding="utf-8"))
            return label(str(facts.get("name", "")))
        except (OSError, ValueError, AttributeError):
            return ""

    def peaks_path(self, track_id: str) -> Path:
        return self._settings.peaks_dir / f"{self._find(track_id)['id']}.json"

    def spectrogram_path(self, track_id: str) -> Path:
        return self._settings.peaks_dir / f"{self._find(track_id)['id']}.png"

    def midi_path(self, track_id: str) -> Path:
        """Raises NOT_FOUND when the track has no score."""
        path = self.folder / f"{self._find(track_id)['name']}.mid"
        if not path.exists():
            raise AppError(Code.NOT_FOUND, "track_without_score")
        return path

    def picture_path(self, track_id: str) -> Path:
        """The picture beside the file. Raises NOT_FOUND when the track has none."""
        path = self.folder / f"{self._find(track_id)['name']}.png"
        if not path.exists():
            raise AppError(Code.NOT_FOUND, "track_without_picture")
        return path

    def stem_path(self, track_id: str, stem: str) -> Path:
        """Raises NOT_FOUND."""
        record = self.record(track_id)
        for known in record.stems:
            if known.name == stem:
                return self._settings.stems_dir / record.name / Path(known.file).name
        raise AppError(Code.NOT_FOUND, "stem_not_found", name=stem[:40])

    def stem_peaks_path(self, track_id: str, stem: str) -> Path:
        """Where the waveform of one of the track's stems is kept, under any name of the track."""
        folder = self._stem_peaks(self._find(track_id)["id"])
        folder.mkdir(exist_ok=True)
        return folder / f"{stem}.json"

    def _stem_peaks(self, track_id: str) -> Path:
        return self._settings.peaks_dir / f"{track_id}.stems"

    def input(self, key: str) -> Input:
        """All that a job needs of an AudioInput key. Raises NOT_FOUND."""
        kind, _, identity = key.partition(":")
        if kind != "track":
            return Input(self.input_path(key), self.input_title(key))
        row = self._find(identity)
        return Input(self._audio_of(row), row["name"], self._stems_of(row["name"]))

    def _stems_of(self, track_name: str) -> dict[str, Stem]:
        """A track's stems by name, as far as their files are there.

        None for a track whose record cannot be read: not every command needs stems.
        """
        try:
            record = self._read(self._record_path(track_name))
        except AppError:
            return {}
        folder = self._settings.stems_dir / record.name
        found = {stem.name: Stem(folder / Path(stem.file).name, stem.samples) for stem in record.stems}
        return {name: stem for name, stem in found.items() if stem.path.is_file()}

    def _read(self, path: Path) -> Record:
        try:
            if path.stat().st_size > MAX_RECORD_BYTES:
                raise OSError("too large")
            return Record.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise AppError(Code.NOT_FOUND, "track_file_gone", name=path.name) from None
        except (ValidationError, OSError) as error:
            raise AppError(Code.INTERNAL, "record_unreadable", name=path.name) from error

    # changing

    def edit(self, track_id: str, *, favourite: bool | None = None, locked: bool | None = None) -> dict[str, Any]:
        """Set the marks of a track; returns its new row."""
        changes = {k: v for k, v in {"favourite": favourite, "locked": locked}.items() if v is not None}
        self._rewrite(track_id, lambda record: record.model_copy(update=changes))
        return self.row(track_id)

    def undo(self, track_id: str, annotation_id: str) -> Record:
        """Take the facts of one annotation back: see `undone`. Raises NOT_FOUND."""
        return self._rewrite(track_id, lambda record: undone(record, annotation_id, time.time()))

    def rename_artist(self, track_id: str, artist: str | None) -> dict[str, Any]:
        """Give a track to another artist: its record and the names of all its files follow; the new row.

        The record moves to the new name first. A crash after that leaves a record whose files bear its old name, and
        the next comparison with the disk takes them along.
        """
        with self._changing:
            record = self.record(track_id)
            if artist == record.artist:
                return self.row(track_id)
            parameters = record.parameters.model_copy(update={"artist": artist})
            changed = record.model_copy(update={"artist": artist, "parameters": parameters})
            old = self._record_path(record.name)
            write_json(old, changed.model_dump(mode="json"))
            wanted = with_artist(record.name, record.artist, artist)
            if wanted != record.name:
                new = self._record_path(unique(wanted, self._taken))
                old.replace(new)
                changed = self._renamed(changed, new)
            with self._database.write() as connection:
                self.index(connection, [changed])
        return self.row(track_id)

    def set_postprocess(self, track_id: str, postprocess: Postprocess) -> None:
        """Note how far the follow-ups are; the requested split is told there and among the parameters."""
        split = next((task for task in postprocess.tasks if task.type == "stem_split"), None)

        def changed(record: Record) -> Record:
            parameters = record.parameters
            if split and parameters.stem_split:
                requested = parameters.stem_split.model_copy(update={"status": split.status})
                parameters = parameters.model_copy(update={"stem_split": requested})
            return record.model_copy(update={"postprocess": postprocess, "parameters": parameters})

        self._rewrite(track_id, changed)

    def _rewrite(self, track_id: str, change: Callable[[Record], Record]) -> Record:
        with self._changing:
            record = change(self.record(track_id))
            write_json(self._record_path(record.name), record.model_dump(mode="json"))
            with self._database.write() as connection:
                connection.execute(update(tracks).where(tracks.c.id == track_id).values(**self._row(record)))
            return record

    def delete(self, track_id: str) -> None:
        """Remove audio, record, score, stems, pictures and index entry. Raises INVALID_INPUT for a locked track."""
        with self._changing:
            found = self._find(track_id)
            if found["locked"]:
                raise AppError(Code.INVALID_INPUT, "track_locked", name=found["name"])
            self._record_path(found["name"]).unlink(missing_ok=True)  # record first: it never points at a missing file
            (self.folder / found["file"]).unlink(missing_ok=True)
            for suffix in ("mid", "png"):
                (self.folder / f"{found['name']}.{suffix}").unlink(missing_ok=True)
            for suffix in ("json", "png"):
                (self._settings.peaks_dir / f"{track_id}.{suffix}").unlink(missing_ok=True)
            remove_tree(self._stem_peaks(track_id))
            remove_tree(self._settings.stems_dir / found["name"])
            with self._database.write() as connection:
                connection.execute(delete(tracks).where(tracks.c.id == track_id))

    def delete_all(self) -> list[str]:
        """Delete every track that is not locked; their ids."""
        removed = []
        with self._database.read() as connection:
            free = connection.scalars(select(tracks.c.id).where(~tracks.c.locked)).all()
        for track_id in free:
            with contextlib.suppress(AppError):  # locked or deleted in this very moment
                self.delete(track_id)
                removed.append(track_id)
            time.sleep(0)
        return removed

    # agreeing with the disk

    def sync(self, *, full: bool = False) -> Reindexed:
        """Compare index and disk: new or changed records enter, vanished ones leave. `full` reads every record."""
        columns = (tracks.c.id, tracks.c.name, tracks.c.file, tracks.c.record_mtime_ns)
        with self._database.read() as connection:
            known = {row["name"]: row for row in connection.execute(select(*columns)).mappings()}
        found = Reindexed([], [], [], [])
        seen: set[str] = set()
        time.sleep(0)
        names = [name for name in os.listdir(self.folder) if name.endswith(".json") and name[0] != "."]  # noqa: PTH208
        time.sleep(0)
        for number, name in enumerate(sorted(names)):
            if number % 32 == 0:
                time.sleep(0)
            path = self.folder / name
            row = known.get(path.stem)
            if row and not full and self._as_indexed(path, row):
                seen.add(path.stem)
                continue
            with self._changing:
                try:
                    record = self._read(path)
                    if record.name != path.stem or not (self.folder / Path(record.file).name).exists():
                        record = self._renamed(record, path)
                except (AppError, OSError):
                    if path.exists():
                        found.broken.append(path.name)
                    continue
                with self._database.write() as connection:
                    self.index(connection, [record])
            seen.add(path.stem)
            (found.added if row is None else found.changed).append(record.id)
        self._leave([(row["id"], name) for name, row in known.items() if name not in seen], found)
        facts = {"added": len(found.added), "removed": len(found.removed), "broken": found.broken}
        log.info("library compared with disk", extra=facts)
        return found

    def _as_indexed(self, path: Path, row: RowMapping) -> bool:
        try:
            return bool(row["record_mtime_ns"] == path.stat().st_mtime_ns and (self.folder / row["file"]).exists())
        except OSError:
            return False

    def _leave(self, vanished: Sequence[tuple[str, str]], found: Reindexed) -> None:
        """Take what is no longer on disk out of the index, unless it came back meanwhile under any name."""
        with self._changing, self._database.write() as connection:
            for track_id, name in vanished:
                gone = delete(tracks).where(tracks.c.id == track_id, tracks.c.name == name)
                lost = not self._record_path(name).exists() or f"{name}.json" in found.broken
                if lost and connection.execute(gone).rowcount:
                    found.removed.append(track_id)

    def _renamed(self, record: Record, path: Path) -> Record:
        """The record lies under another name than it says: its files follow it. Raises NOT_FOUND without audio."""
        old, new = record.name, path.stem
        audio = next((a for s in Format if (a := path.with_suffix(f".{s}")).exists()), None)
        if audio is None and old != new and not self._record_path(old).exists():
            left = self.folder / Path(record.file).name
            if left.exists() and move_new(left, path.with_suffix(left.suffix)):
                audio = path.with_suffix(left.suffix)
        if audio is None:
            raise AppError(Code.NOT_FOUND, "track_file_gone", name=new)
        midi, picture = path.with_suffix(".mid"), path.with_suffix(".png")
        if old != new:
            for left, target in (
                (self.folder / f"{old}.mid", midi),
                (self.folder / f"{old}.png", picture),
                (self._settings.stems_dir / old, self._settings.stems_dir / new),
            ):
                if left.exists() and not target.exists():
                    left.replace(target)
        update = {"name": new, "file": audio.name, "midi": midi.name if midi.exists() else None}
        update["picture"] = picture.name if picture.exists() else None
        record = record.model_copy(update=update)
        write_json(path, record.model_dump(mode="json"))
        return record


_FROM_RECORD = (
    "id", "name", "file", "job_id", "command", "model", "prompt", "artist", "duration_s", "created_at",
    "favourite", "locked",
)  # fmt: skip


def _public(row: RowMapping) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in ("file", "record_mtime_ns", "search")}
