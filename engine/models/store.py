"""Which models are on disk, at `MODELS_DIR/ID/FILE`, and whether they are whole."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine.errors import AppError, Code
from engine.models.catalogue import MODELS, Model, ModelFile, find

BLOCK = 1 << 20
CHECKED = ".checked.json"


class FileState(StrEnum):
    """VERIFIED: the very bytes of the catalogue. UNVERIFIED: there, but the user's own, or no checksum is known.

    DAMAGED: shorter than the real one, or of its size with another checksum: half there.
    """

    MISSING = "missing"
    DAMAGED = "damaged"
    UNVERIFIED = "unverified"
    VERIFIED = "verified"


@dataclass(frozen=True)
class Installed:
    """A model that is there with all its files. `verified`: each was compared with its checksum."""

    id: str
    size: int
    verified: bool


class ModelStore:
    """The models folder. Checksums are computed once and remembered by size and time of change."""

    def __init__(self, models_dir: Path) -> None:
        self.models_dir = models_dir

    def folder(self, model_id: str) -> Path:
        return self.models_dir / find(model_id).id

    def path(self, model_id: str, file: str | None = None) -> Path:
        """The path of `file`; without one, the only file of a model or the folder of a model with several.

        Raises MODEL_MISSING, with size, licence and how to get it, when that is absent or half there.
        """
        model = find(model_id)
        wanted = model.files if file is None else (model.file(file),)
        for entry in wanted:
            state = self.state(model, entry)
            if state is FileState.MISSING:
                raise missing(model, self.models_dir)
            if state is FileState.DAMAGED:
                raise missing(model, self.models_dir, "model_damaged", file=entry.name)
        folder = self.folder(model_id)
        return folder / wanted[0].name if len(wanted) == 1 else folder

    def has(self, model_id: str) -> bool:
        """All files are there and none is too short. Cheap: checksums are not computed."""
        model = find(model_id)
        return all(self._quick_state(model, file) not in (FileState.MISSING, FileState.DAMAGED) for file in model.files)

    def installed(self) -> list[Installed]:
        """Every model that `has` finds, sorted by id."""
        found = []
        for model in MODELS.values():
            if self.has(model.id):
                size = sum((self.folder(model.id) / file.name).stat().st_size for file in model.files)
                known = all(self._quick_state(model, file) is FileState.VERIFIED for file in model.files)
                found.append(Installed(model.id, size, known))
        return found

    def verify(self, model_id: str, tick: Callable[[int], None] | None = None) -> dict[str, FileState]:
        """The state of each file by name, read anew from disk; `tick` is told of every block of bytes read."""
        model = find(model_id)
        return {file.name: self.state(model, file, anew=True, tick=tick) for file in model.files}

    def state(
        self, model: Model, file: ModelFile, *, anew: bool = False, tick: Callable[[int], None] | None = None
    ) -> FileState:
        """The state of one file; its checksum is computed unless it is remembered and `anew` is False."""
        quick = self._quick_state(model, file)
        path = self.folder(model.id) / file.name
        if file.sha256 is None or quick in (FileState.MISSING, FileState.DAMAGED) or path.stat().st_size != file.size:
            return quick
        if quick is FileState.VERIFIED and not anew:
            return quick
        if (found := checksum(path, tick)) != file.sha256:
            return FileState.DAMAGED
        self.remember_checksum(model, file, found)
        return FileState.VERIFIED

    def remember_checksum(self, model: Model, file: ModelFile, sha256: str) -> None:
        """Remember that the file on disk has this checksum."""
        path = self.folder(model.id) / CHECKED
        stat = (path.parent / file.name).stat()
        known = {**self._remembered(model), file.name: [stat.st_size, stat.st_mtime_ns, sha256]}
        temporary = path.with_name(f"{CHECKED}.{os.getpid()}")
        with contextlib.suppress(OSError):  # a models folder that cannot be written only costs the time to check again
            temporary.write_text(json.dumps(known), encoding="utf-8")
            temporary.replace(path)

    def _quick_state(self, model: Model, file: ModelFile) -> FileState:
        path = self.folder(model.id) / file.name
        if not path.is_file():
            return FileState.MISSING
        if file.sha256 is None or file.size is None:
            return FileState.UNVERIFIED
        stat = path.stat()
        if stat.st_size < file.size:
            return FileState.DAMAGED
        known = self._remembered(model).get(file.name)
        return FileState.VERIFIED if known == [stat.st_size, stat.st_mtime_ns, file.sha256] else FileState.UNVERIFIED

    def _remembered(self, model: Model) -> dict[str, Any]:
        try:
            found = json.loads((self.folder(model.id) / CHECKED).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def checksum(path: Path, tick: Callable[[int], None] | None = None) -> str:
    """sha256 of a file; `tick` is told of every block of bytes read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            if tick:
                tick(len(block))
    return digest.hexdigest()


def missing(
    model: Model, models_dir: Path, key: str = "model_missing", *, recoverable: bool = False, **values: Any
) -> AppError:
    """The error for a model that is not there, with everything a person needs to get it."""
    names = [file.name for file in model.files]
    if key == "model_missing" and not model.fetchable:
        key = "model_missing_own"
    return AppError(
        Code.MODEL_MISSING,
        key,
        detail={"model": model.id, "files": names, "size": model.size, "fetchable": model.fetchable},
        recoverable=recoverable,
        **{
            "model": model.title,
            "id": model.id,
            "size": model.size_text,
            "licence": model.licence,
            "files": ", ".join(names) if len(names) <= 3 else f"{names[0]}, … {names[-1]} ({len(names)})",
            "folder": str(models_dir / model.id),
            **values,
        },
    )
