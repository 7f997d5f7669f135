"""The library: finds tracks and what belongs to them, edits and deletes them; publishing and comparing are its parts.

The files are the truth. The index in the database makes them quick to list, and `sync` makes it anew.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection

from engine.database import Database
from engine.database.locks import SharedLocks
from engine.errors import AppError, Code, invalid
from engine.library.annotations import annotated, undone
from engine.library.heard import key_of
from engine.library.index import TrackIndex
from engine.library.inputs import StoredInput, StoredStem
from engine.library.known_music import known_music
from engine.library.names import unique, with_artist
from engine.library.orphans import orphans
from engine.library.publish import Published, publish, set_aside
from engine.library.record import Annotation, Postprocess, Record, TagsWritten
from engine.library.storage import Storage, missing
from engine.library.sync import sync
from engine.library.titles import from_file
from engine.library.track_files import BESIDE, COVER, TrackFiles, audio_key, derived_key, record_key, stem_key
from engine.library.uploads import Uploads
from engine.settings import Settings

HISTORY_OF_TAGS = 10
"""So many writings of tags into a track's file can be undone, the last one first."""

_WITHOUT = {"midi": "track_without_score", "picture": "track_without_picture", "project": "track_without_project"}

_Made = TypeVar("_Made")


class Library:
    """All tracks of one storage, or those of one `user`: of others' it says what it says of tracks that nobody knows.

    Only the server process holds one. That of all tracks has the server's own verbs as well: `publish`, `set_aside`,
    `index`, `sync` and `orphans`.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        storage: Storage,
        uploads: Uploads,
        locks: SharedLocks | None = None,
    ) -> None:
        """`locks`: of the servers and nodes that share the storage."""
        self._files = TrackFiles(storage, locks)
        self._bind(self, TrackIndex(database), uploads)
        self.publish = partial(publish, self._files, self.of)
        self.set_aside = partial(set_aside, unpublished=settings.output / "rescued")
        self.sync = partial(sync, self._files, self._index)
        self.orphans = partial(orphans, self._files, self._index)
        self.index = self._enter_all

    def _bind(self, whole: "Library", index: TrackIndex, uploads: Uploads) -> None:
        self._whole, self._uploads, self.tracks = whole, uploads, index
        self.user = index.user
        self._index = index
        self.rows, self.row = index.rows, index.row
        self.count, self.counts, self.tag_counts = index.count, index.counts, index.tag_counts
        self.tagged, self.untagged, self.tag_version = index.tagged, index.untagged, index.tag_version
        self.fingerprints = index.heard.fingerprints

    def of(self, user: str) -> "Library":
        """The library as this user knows it."""
        own = Library.__new__(Library)
        own._files = self._files
        own._bind(self._whole, self._whole._index.of(user), self._whole._uploads.of(user))
        return own

    def readable(self, track_id: str) -> "Library":
        """The library in which this user may read a track: their own, or its owner's where that made it public. Raises
        NOT_FOUND."""
        try:
            self._index.find(track_id)
            return self
        except AppError:
            row = self._whole.row(track_id)
            if not row["public"]:
                raise
            return self._whole.of(row["user"])

    def _enter_all(self, connection: Connection, published: Published) -> None:
        """Enter published records into the index, within the caller's transaction, which waits for no storage."""
        for record, mtime_ns in zip(published.tracks, published.mtimes_ns, strict=True):
            self._index.enter(record, mtime_ns, connection)

    def _enter(self, record: Record) -> None:
        self._index.enter(record, self._files.mtime_ns(record))

    # finding

    def record(self, track_id: str) -> Record:
        """The record as it is stored. Raises NOT_FOUND, also when the files have gone."""
        return self._files.read(self._index.find(track_id)["name"])

    def audio_key(self, track_id: str) -> str:
        """Raises NOT_FOUND for a track that nobody knows; its file may have gone."""
        return audio_key(self._index.find(track_id)["file"])

    def derived_key(self, track_id: str, name: str) -> str:
        """As `derived_key` of the track's files says. Raises NOT_FOUND for a track that nobody knows."""
        return derived_key(self._index.find(track_id)["id"], name)

    def beside_key(self, track_id: str, kind: Literal["midi", "picture", "project"]) -> str:
        """What stands beside the audio. Raises NOT_FOUND when the track has none."""
        file = f"{self._index.find(track_id)['name']}.{BESIDE[kind]}"
        if not self._files.has(file):
            raise AppError(Code.NOT_FOUND, _WITHOUT[kind])
        return audio_key(file)

    def stem_key(self, track_id: str, stem: str) -> str:
        """Raises NOT_FOUND."""
        record = self.record(track_id)
        for known in record.stems:
            if known.name == stem:
                return stem_key(record, known.file)
        raise AppError(Code.NOT_FOUND, "stem_not_found", name=stem[:40])

    # inputs of jobs

    def input_key(self, key: str) -> str:
        """The key of what an AudioInput key names, a track or an upload. Raises NOT_FOUND."""
        kind, _, identity = key.partition(":")
        if kind != "track":
            return self._uploads.key(identity)
        return self._there(self.audio_key(identity))

    def check_input(self, key: str, *, script: bool) -> None:
        """Raises NOT_FOUND for what an input key does not name, INVALID_INPUT for a sound in a script's place, a script
        in a sound's."""
        self.input_key(key)
        kind, _, identity = key.partition(":")
        if kind != "track":
            is_script = self._uploads.kind(identity) == "script"
            if is_script is not script:
                raise invalid("sound_as_script" if script else "script_as_sound", name=self._uploads.name(identity))
        elif script:
            self.beside_key(identity, "project")

    def record_behind(self, key: str) -> Record | None:
        """The record of what an AudioInput key names; None for an upload. Raises NOT_FOUND."""
        kind, _, identity = key.partition(":")
        return self.record(identity) if kind == "track" else None

    def _there(self, key: str) -> str:
        """The key itself. Raises NOT_FOUND."""
        if self._files.storage.stat(key) is None:
            raise missing(key)
        return key

    def input_title(self, key: str) -> str:
        """What people call it: the track's title, or that of the upload. Raises NOT_FOUND for an unknown track."""
        kind, _, identity = key.partition(":")
        return str(self._index.find(identity)["title"]) if kind == "track" else self._uploads.title(identity)

    def called(self, key: str) -> str:
        """How it is listed: a track by its title, an upload by the name of its file."""
        kind, _, identity = key.partition(":")
        return self.input_title(key) if kind == "track" else self._uploads.name(identity)

    def input(self, key: str) -> StoredInput:
        """All that a job needs of an AudioInput key. Raises NOT_FOUND.

        Nothing but the file and the title of a track whose record cannot be read: not every command needs more.
        """
        kind, _, identity = key.partition(":")
        if kind != "track":
            name = self._uploads.name(identity)
            return StoredInput(
                self._uploads.key(identity), self._uploads.title(identity), name, from_file(name) or None
            )
        row = self._index.find(identity)
        found = StoredInput(self._there(audio_key(row["file"])), row["title"], row["title"])
        try:
            record = self._files.read(row["name"])
        except AppError as error:
            if error.code is Code.UNAVAILABLE:
                raise
            return found
        key, music = record_key(row["name"]), known_music(record, self.record)
        project = audio_key(record.project) if record.project else None
        found = replace(found, source_file=record.source_file, record=key, project=project)
        return replace(found, stems=self._stems_of(record), music=music)

    def _stems_of(self, record: Record) -> dict[str, StoredStem]:
        """A track's stems by name, as far as they are there."""
        stems: dict[str, StoredStem] = {}
        for stem in record.stems:
            key = stem_key(record, stem.file)
            if self._files.storage.stat(key) is not None:
                stems[stem.name] = StoredStem(key, stem.samples)
        return stems

    # changing

    def annotate(self, track_id: str, annotation: Annotation) -> Record:
        """Add facts to a track: see `annotated`. Raises NOT_FOUND."""
        return self._rewrite(track_id, lambda record: annotated(record, annotation))

    def add_score(self, track_id: str, staged: Path) -> None:
        """Put a MIDI file beside a track that has none; the file is moved. May be repeated after a crash."""
        with self._files.changing(track_id):
            record = self.record(track_id)
            key = audio_key(f"{record.name}.mid")
            put = record.midi is None and staged.exists() and self._files.storage.put(key, staged, exclusive=True)
            if put or (record.midi is None and self._files.storage.stat(key)):
                self._rewrite(track_id, lambda record: record.model_copy(update={"midi": f"{record.name}.mid"}))

    def edit(
        self,
        track_id: str,
        *,
        favourite: bool | None = None,
        locked: bool | None = None,
        public: bool | None = None,
    ) -> dict[str, Any]:
        """Set the marks of a track; returns its new row."""
        marks = {"favourite": favourite, "locked": locked, "public": public}
        changes = {name: mark for name, mark in marks.items() if mark is not None}
        self._rewrite(track_id, lambda record: record.model_copy(update=changes))
        return self.row(track_id)

    def rename(self, track_id: str, title: str | None) -> dict[str, Any]:
        """Give a track another title, or the one that it was made with; its new row."""
        self._rewrite(track_id, lambda record: record.model_copy(update={"title": title or record.made_title}))
        return self.row(track_id)

    def undo(self, track_id: str, annotation_id: str) -> Record:
        """Take the facts of one annotation back: see `undone`. Raises NOT_FOUND."""
        return self._rewrite(track_id, lambda record: undone(record, annotation_id, time.time()))

    def with_audio(self, track_id: str, use: Callable[[Path], _Made]) -> _Made:
        """What `use` makes of the track's audio; it is asked again where the file was renamed under its hands.

        Raises NOT_FOUND, also for a track that was deleted meanwhile, and what `use` raises.
        """
        while True:
            key = self.audio_key(track_id)
            try:
                return use(self._files.storage.fetch(key))
            except AppError as error:
                with self._files.changing(track_id):  # no renaming is half done
                    if error.code is not Code.NOT_FOUND or self.audio_key(track_id) == key:
                        raise

    def replace_audio(self, track_id: str, changed: Path) -> None:
        """Put a changed copy in the place of the track's audio, as that is called now; the file is moved.

        Raises NOT_FOUND for a track that was deleted meanwhile, DISK_FULL.
        """
        with self._files.changing(track_id):
            self._files.storage.put(self._there(self.audio_key(track_id)), changed)

    def note_tags(self, track_id: str, written: TagsWritten) -> None:
        """Keep what its file said before tags were written into it. Raises NOT_FOUND."""
        self._set_tags(track_id, lambda known: [*known, written][-HISTORY_OF_TAGS:])

    def forget_tags(self, track_id: str, written_id: str) -> None:
        """Those tags are not in its file, or not any more. Raises NOT_FOUND."""
        self._set_tags(track_id, lambda known: [each for each in known if each.id != written_id])

    def _set_tags(self, track_id: str, change: Callable[[list[TagsWritten]], list[TagsWritten]]) -> None:
        self._rewrite(track_id, lambda record: record.model_copy(update={"file_tags": change(record.file_tags)}))

    def rename_artist(self, track_id: str, artist: str | None) -> dict[str, Any]:
        """Give a track to another artist: its record and the names of all its files follow; the new row.

        The record moves to the new name first. A crash after that leaves a record whose files bear its old name, and
        the next comparison with the disk takes them along.
        """
        with self._files.changing(track_id):
            record = self.record(track_id)
            if artist == record.artist:
                return self.row(track_id)
            parameters = record.parameters.model_copy(update={"artist": artist})
            changed = record.model_copy(update={"artist": artist, "parameters": parameters})
            self._files.write(changed)
            wanted = with_artist(record.name, record.artist, artist)
            if wanted != record.name:
                name = unique(wanted, self._files.is_taken)
                self._files.storage.move(record_key(record.name), record_key(name))
                changed = self._files.follow(changed, name)
            self._enter(changed)
        return self.row(track_id)

    def set_postprocess(self, track_id: str, say: Callable[[], Postprocess]) -> None:
        """Note how far the follow-ups are; that of a split is said there and among the parameters. `say` is asked while
        nobody else changes the track: of two who note at the same time, the later one knows the later state."""

        def changed(record: Record) -> Record:
            postprocess = say()
            split = next((task for task in postprocess.tasks if task.type == "stem_split"), None)
            parameters = record.parameters
            if split and parameters.stem_split:
                requested = parameters.stem_split.model_copy(update={"status": split.status})
                parameters = parameters.model_copy(update={"stem_split": requested})
            return record.model_copy(update={"postprocess": postprocess, "parameters": parameters})

        self._rewrite(track_id, changed)

    def _rewrite(self, track_id: str, change: Callable[[Record], Record]) -> Record:
        with self._files.changing(track_id):
            before = self.record(track_id)
            record = change(before)
            self._files.write(record)
            self._enter(record)
            if key_of(record) != key_of(before):
                self._files.storage.delete(derived_key(track_id, COVER))  # it is drawn in the colour of the key
            return record

    def delete(self, track_id: str) -> None:
        """Remove audio, record, score, stems, pictures and index entry. Raises INVALID_INPUT for a locked track."""
        with self._files.changing(track_id):
            found = self._index.find(track_id)
            if found["locked"]:
                raise AppError(Code.INVALID_INPUT, "track_locked", name=found["title"])
            self._files.delete(track_id, found["name"], found["file"])
            self._index.remove([(track_id, found["name"])])

    def delete_all(self) -> list[str]:
        """Delete every track that is not locked; their ids."""
        removed = []
        for track_id in self._index.unlocked():
            with contextlib.suppress(AppError):  # locked or deleted in this very moment
                self.delete(track_id)
                removed.append(track_id)
            time.sleep(0)
        return removed
