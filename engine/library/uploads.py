"""Uploads: sounds and scripts of users, each an object and its facts, believed once a worker has read it all."""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path
from typing import IO, Any

from engine import metrics
from engine.errors import AppError, Code
from engine.faults import disk_errors
from engine.library.atomic import json_bytes
from engine.library.storage import Storage
from engine.library.titles import clean, from_file
from engine.owner import LOCAL
from engine.parameters import is_identity
from engine.text import base_name, label

UPLOADS = "uploads/"
CHUNK = 2**20
SOUND_SUFFIXES = (
    ".wav", ".mp3", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".m4b", ".aac", ".aif", ".aiff", ".wma", ".caf", ".webm",
)  # fmt: skip
"""What is called so is meant as a sound, and a broken one where it holds text."""


def upload_key(upload_id: str) -> str:
    """The key of the file itself."""
    return UPLOADS + upload_id


def _facts_key(upload_id: str) -> str:
    return f"{UPLOADS}{upload_id}.json"


def _levels_key(upload_id: str) -> str:
    return f"peaks/upload-{upload_id}.json"


class Uploads:
    """Those of one `user`, or of all: those of others are as if they were not there.

    `probe` gives the facts of a local file and the user's name for it, or raises; `temp_dir` is on the storage's
    disk, if it has one.
    """

    def __init__(self, storage: Storage, temp_dir: Path, probe: Callable[[Path, str], dict[str, Any]]) -> None:
        self.user: str | None = None
        self._storage = storage
        self._temp_dir = temp_dir
        self._probe = probe
        self._users: dict[str, str] = {}

    def of(self, user: str) -> "Uploads":
        """The same as this user knows them; what is added is theirs."""
        own = copy(self)
        own.user = user
        return own

    def _is_own(self, upload_id: str) -> bool:
        """Facts that do not say whose it is, or cannot be read, are the local user's; they never change."""
        if self.user is None:
            return True
        user = self._users.get(upload_id)
        if user is None:
            facts = self._read(_facts_key(upload_id))
            user = str((facts or {}).get("user") or LOCAL)
            if facts is not None:
                self._users[upload_id] = user
        return user == self.user

    def sweep(self, older_than_s: float) -> None:
        """Remove what a killed process left: a file without facts, or facts without a file, as old as nobody else may
        be at it."""
        begun_ns = (time.time() - older_than_s) * 1e9
        names = {entry.key.removeprefix(UPLOADS): entry for entry in self._storage.list(UPLOADS)}
        for name, entry in names.items():
            other = name.removesuffix(".json") if name.endswith(".json") else f"{name}.json"
            if other not in names and entry.mtime_ns <= begun_ns:
                self._storage.delete(UPLOADS + name)

    def add(self, stream: IO[bytes], name: str, *, identity: str | None = None) -> dict[str, Any]:
        """Keep a sound or a script once a worker has read it all: its facts, `key` and `kind` among them. `identity`:
        its id, where that was told before it came.

        Raises UNSUPPORTED_AUDIO, DISK_FULL and what else `probe` raises; nothing is kept then.
        """
        identity = identity or uuid.uuid4().hex
        temporary = self._temp_dir / f".{uuid.uuid4().hex}.tmp"  # two may complete one upload at once
        try:
            with disk_errors(), temporary.open("wb") as target:
                while chunk := stream.read(CHUNK):
                    target.write(chunk)
                    time.sleep(0)
                target.flush()
                os.fsync(target.fileno())
            size = temporary.stat().st_size
            if size == 0:
                raise AppError(Code.UNSUPPORTED_AUDIO, "empty_audio")
            facts = self._probe(temporary, base_name(name))
            facts |= {"key": f"upload:{identity}", "name": base_name(name), "created_at": time.time()}
            facts["user"] = self.user or LOCAL
            self._storage.put(upload_key(identity), temporary)
            self._storage.write(_facts_key(identity), json_bytes(facts))
            metrics.UPLOADS.add(outcome="kept")
            metrics.UPLOAD_BYTES.add(size)
        except AppError as error:
            metrics.UPLOADS.add(outcome=str(error.code))
            error.values.setdefault("name", base_name(name))
            raise
        finally:
            temporary.unlink(missing_ok=True)
        return facts

    def facts(self, upload_id: str) -> dict[str, Any]:
        """What is known of an upload. Raises NOT_FOUND."""
        found = self._facts(upload_id)
        if found is None:
            raise AppError(Code.NOT_FOUND, "upload_not_found")
        return found

    def _facts(self, upload_id: str) -> dict[str, Any] | None:
        return self._read(_facts_key(upload_id)) if is_identity(upload_id) and self._is_own(upload_id) else None

    def all(self) -> list[dict[str, Any]]:
        """The facts of every upload, the newest first; one that cannot be read is left out."""
        found = [facts for upload_id in self._ids() if (facts := self._read(_facts_key(upload_id))) and "key" in facts]
        return sorted(found, key=lambda facts: -facts.get("created_at", 0))

    def key(self, upload_id: str) -> str:
        """The key of an upload that is there. Raises NOT_FOUND."""
        self._check(upload_id, upload_key)
        return upload_key(upload_id)

    def _check(self, upload_id: str, key: Callable[[str], str]) -> None:
        """Raises NOT_FOUND."""
        if not is_identity(upload_id) or not self._is_own(upload_id) or self._storage.stat(key(upload_id)) is None:
            raise AppError(Code.NOT_FOUND, "upload_not_found")

    def kind(self, upload_id: str) -> str:
        """`sound` or `script`."""
        return str((self._facts(upload_id) or {}).get("kind", "sound"))

    def name(self, upload_id: str) -> str:
        """The name under which it was uploaded, if that is known."""
        facts = self._facts(upload_id) or {}
        return label(str(facts.get("name", "")))

    def title(self, upload_id: str) -> str:
        """What people call it: what its tags say, else the name of the file without extension, if that is known."""
        facts = self._facts(upload_id) or {}
        return clean(str(facts.get("title", ""))) or from_file(str(facts.get("name", "")))

    def delete(self, upload_id: str) -> None:
        """Remove an upload. Raises NOT_FOUND."""
        self._check(upload_id, _facts_key)
        self._remove(upload_id)

    def delete_all(self, keep: set[str]) -> int:
        """Remove every upload but those whose AudioInput keys are to be kept; how many went."""
        count = 0
        for upload_id in list(self._ids()):
            if f"upload:{upload_id}" not in keep:
                self._remove(upload_id)
                count += 1
                time.sleep(0)
        return count

    def _remove(self, upload_id: str) -> None:
        for key in (_levels_key(upload_id), _facts_key(upload_id), upload_key(upload_id)):
            self._storage.delete(key)
        self._users.pop(upload_id, None)

    def size(self) -> tuple[int, int]:
        """How many uploads there are, and their size in bytes."""
        there = [entry for entry in self._storage.list(UPLOADS) if not entry.key.endswith(".json")]
        sizes = [entry.size for entry in there if self._is_own(entry.key.removeprefix(UPLOADS))]
        return len(sizes), sum(sizes)

    def levels(self, upload_id: str) -> dict[str, Any] | None:
        """`loudness_lufs`, once it was measured."""
        return self._read(_levels_key(upload_id)) if is_identity(upload_id) and self._is_own(upload_id) else None

    def keep_levels(self, upload_id: str, levels: dict[str, Any]) -> None:
        """Raises NOT_FOUND."""
        self._check(upload_id, upload_key)
        self._storage.write(_levels_key(upload_id), json_bytes(levels))

    def _ids(self) -> Iterator[str]:
        for entry in self._storage.list(UPLOADS):
            upload_id = entry.key.removeprefix(UPLOADS).removesuffix(".json")
            if entry.key.endswith(".json") and self._is_own(upload_id):
                yield upload_id

    def _read(self, key: str) -> dict[str, Any] | None:
        try:
            with self._storage.open_range(key) as stream:
                found = json.loads(stream.read())
        except AppError as error:
            if error.code is not Code.NOT_FOUND:
                raise
            return None
        except (OSError, ValueError, RecursionError):  # damaged
            return None
        return found if isinstance(found, dict) else None
