"""The files of a track: under which keys they lie, and its record among them. Knows nothing of the index."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager

from pydantic import ValidationError

from engine.database.locks import SharedLocks
from engine.errors import AppError, Code, invalid
from engine.library.atomic import json_bytes
from engine.library.record import Record
from engine.library.storage import Storage, missing
from engine.parameters import Format

MAX_RECORD_BYTES = 1 << 24
"""A record takes some kilobytes, that of a match some hundred; whatever is larger was not written by this program."""

AUDIO, STEMS, DERIVED = "audio/", "stems/", "peaks/"
PEAKS, SPECTROGRAM, COVER, STEM_PEAKS, EXPORTS = ".json", ".png", ".cover.png", ".stems/", ".exports/"
"""What is derived from a track, after its id."""

BESIDE = {"midi": "mid", "picture": "png", "project": "drama"}
"""Field of the record -> suffix of the file that stands beside the audio."""


def audio_key(file: str) -> str:
    """The key of a track's audio, record or what stands beside them, by its file name."""
    return AUDIO + file


def record_key(name: str) -> str:
    return audio_key(f"{name}.json")


def stems_prefix(name: str) -> str:
    return f"{STEMS}{name}/"


def stem_key(record: Record, file: str) -> str:
    return stems_prefix(record.name) + file.rpartition("/")[2]


def derived_key(track_id: str, name: str) -> str:
    """Where PEAKS, SPECTROGRAM, COVER, or STEM_PEAKS and EXPORTS with the name of a file, are kept under any name of
    the track."""
    return f"{DERIVED}{track_id}{name}"


class TrackFiles:
    """Reads, writes, renames and removes what belongs to a track. `locks`: of the others that have this storage."""

    def __init__(self, storage: Storage, locks: SharedLocks | None = None) -> None:
        self.storage, self._locks = storage, locks
        self._changing = threading.RLock()

    def changing(self, key: str) -> AbstractContextManager[object]:
        """Held from the reading of a record to its entry in the index, and while names are chosen and taken.

        One process lets one of its threads at a time. Where others share the storage, all of them take turns for each
        `key` alone: the id of a track, or the name that a new one wants. Raises UNAVAILABLE.
        """
        return self._changing if self._locks is None else self._locks.held(f"track {key}")

    def read(self, name: str) -> Record:
        """The record. Raises NOT_FOUND, or INTERNAL when it cannot be read."""
        try:
            with self.storage.open_range(record_key(name)) as stream:
                text = stream.read(MAX_RECORD_BYTES + 1)
            if len(text) > MAX_RECORD_BYTES:
                raise OSError("too large")
            return Record.model_validate_json(text)
        except (ValidationError, OSError) as error:
            raise AppError(Code.INTERNAL, "record_unreadable", name=f"{name}.json") from error

    def write(self, record: Record) -> None:
        """Raises INVALID_INPUT where `read` would refuse it, and changes nothing then."""
        data = json_bytes(record.model_dump(mode="json"))
        if len(data) > MAX_RECORD_BYTES:
            raise invalid("record_too_large", name=f"{record.name}.json", limit_mb=MAX_RECORD_BYTES // 2**20)
        self.storage.write(record_key(record.name), data)

    def mtime_ns(self, record: Record) -> int:
        """When the record was written, as the storage has it; 0 when it has gone."""
        entry = self.storage.stat(record_key(record.name))
        return entry.mtime_ns if entry else 0

    def has(self, file: str) -> bool:
        """The folder of tracks holds a file of this name."""
        return self.storage.stat(audio_key(file)) is not None

    def is_taken(self, name: str) -> bool:
        """Some file of a track is called so."""
        keys = [audio_key(f"{name}.{suffix}") for suffix in ("json", *BESIDE.values(), *Format)]
        return bool(self.storage.known(keys)) or any(self.storage.list(stems_prefix(name)))

    def follow(self, record: Record, name: str) -> Record:
        """The record lies under `name`, or its audio is another file than it says: its other files are given that name
        as well, and the record is written anew. Raises NOT_FOUND without audio.
        """
        old = record.name
        audio = next((file for suffix in Format if self.has(file := f"{name}.{suffix}")), None)
        if audio is None and old != name and not self.has(f"{old}.json"):
            left = record.file.rpartition("/")[2]
            file = f"{name}.{left.rpartition('.')[2]}"
            if self.has(left) and self.storage.move(audio_key(left), audio_key(file), exclusive=True):
                audio = file
        if audio is None:
            raise missing(audio_key(name))
        if old != name:
            for key, target in self._companions(old, name):
                if self.storage.stat(key):
                    self.storage.move(key, target, exclusive=True)
        beside = {field: file if self.has(file := f"{name}.{suffix}") else None for field, suffix in BESIDE.items()}
        record = record.model_copy(update={"name": name, "file": audio, **beside})
        self.write(record)
        return record

    def _companions(self, old: str, name: str) -> Iterator[tuple[str, str]]:
        """Keys of what stands beside the audio and of stems under the old name, and under the new."""
        for suffix in BESIDE.values():
            yield audio_key(f"{old}.{suffix}"), audio_key(f"{name}.{suffix}")
        for entry in list(self.storage.list(stems_prefix(old))):
            yield entry.key, stems_prefix(name) + entry.key.removeprefix(stems_prefix(old))

    def delete(self, track_id: str, name: str, file: str) -> None:
        """Remove all that belongs to the track, the record first: it never points at a missing file."""
        beside = map(audio_key, (file, *(f"{name}.{suffix}" for suffix in BESIDE.values())))
        derived = [derived_key(track_id, name) for name in (PEAKS, SPECTROGRAM, COVER)]
        for key in (record_key(name), *beside, *derived):
            self.storage.delete(key)
        for prefix in (derived_key(track_id, STEM_PEAKS), derived_key(track_id, EXPORTS), stems_prefix(name)):
            self.storage.delete_all(prefix)
