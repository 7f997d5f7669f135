"""Where models lie on disk, at `MODELS_DIR/ID/FILE` or in what serves in its place, and whether they are whole."""

import contextlib
import hashlib
import importlib.util
import json
import os
from collections.abc import Callable
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from engine.errors import AppError, Code
from engine.models.catalogue import MODELS, Model, ModelFile

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


class ModelStore:
    """The models folder. Checksums are computed once and remembered by size and time of change."""

    def __init__(self, models_dir: Path) -> None:
        self.models_dir = models_dir

    def folder(self, model: Model) -> Path:
        return self.models_dir / model.id

    def located(self, model: Model) -> list[Path]:
        """Every file of a model, in the catalogue's order, or those of its first mirror that is there; [] without one.

        Raises MODEL_MISSING where the package is that it is read with.
        """
        found = self._search(model)
        return found if isinstance(found, list) else []

    def files(self, model: Model) -> list[Path]:
        """As `located`, but raises MODEL_MISSING, with size, licence and how to get it, where that is empty."""
        found = self._search(model)
        if isinstance(found, list):
            return found
        if self._place(model, found).is_file():
            raise missing(model, self.models_dir, "model_damaged", file=found.name)
        raise missing(model, self.models_dir)

    def _search(self, model: Model) -> list[Path] | ModelFile:
        """What `located` gives, or the first of the model's own files that is absent or half there."""
        if model.requires_package and not importlib.util.find_spec(model.requires_package):
            raise AppError(Code.MODEL_MISSING, "diffq_missing", model=model.id)
        lacking = []
        for row in (model, *(MODELS[name] for name in model.mirrors)):
            lacking += (not_whole := self.not_whole(row))[:1]
            if not not_whole:
                return [self._place(row, file) for file in row.files]
        return lacking[0]

    def not_whole(self, model: Model) -> list[ModelFile]:
        """Those of its files that are absent or half there."""
        absent = (FileState.MISSING, FileState.DAMAGED)
        return [file for file in model.files if self.state(model, file) in absent]

    def _place(self, model: Model, file: ModelFile) -> Path:
        """Where a file lies: under its name, or else the only one that matches what the catalogue accepts."""
        usual = self.folder(model) / file.name
        for accepted in () if usual.is_file() else file.accepts:
            place, _, patterns = accepted.rpartition("/")
            with contextlib.suppress(OSError):  # no such folder, or not readable: nothing is found in it
                paths = [
                    path for path in Path(os.path.normpath(self.folder(model) / place)).iterdir() if path.is_file()
                ]
                found = [path for path in paths if any(fnmatch(path.name.lower(), p) for p in patterns.split("|"))]
                if len(found) == 1:
                    return found[0]
        return usual

    def state(self, model: Model, file: ModelFile) -> FileState:
        """The state of one file; its checksum is computed unless it is remembered."""
        quick = self._quick_state(model, file)
        path = self.folder(model) / file.name
        if quick is not FileState.UNVERIFIED or file.sha256 is None:
            return quick
        if self._place(model, file) != path or path.stat().st_size != file.size:
            return quick
        if (found := checksum(path)) != file.sha256:
            return FileState.DAMAGED
        self.remember_checksum(model, file, found)
        return FileState.VERIFIED

    def remember_checksum(self, model: Model, file: ModelFile, sha256: str) -> None:
        """Remember that the file on disk has this checksum."""
        path = self.folder(model) / CHECKED
        stat = (path.parent / file.name).stat()
        known = {**self._remembered(model), file.name: [stat.st_size, stat.st_mtime_ns, sha256]}
        temporary = path.with_name(f"{CHECKED}.{os.getpid()}")
        with contextlib.suppress(OSError):  # a models folder that cannot be written only costs the time to check again
            temporary.write_text(json.dumps(known), encoding="utf-8")
            temporary.replace(path)

    def _quick_state(self, model: Model, file: ModelFile) -> FileState:
        path = self._place(model, file)
        if not path.is_file():
            return FileState.MISSING
        if path != self.folder(model) / file.name or file.sha256 is None or file.size is None:
            return FileState.UNVERIFIED
        stat = path.stat()
        if stat.st_size < file.size:
            return FileState.DAMAGED
        known = self._remembered(model).get(file.name)
        return FileState.VERIFIED if known == [stat.st_size, stat.st_mtime_ns, file.sha256] else FileState.UNVERIFIED

    def _remembered(self, model: Model) -> dict[str, Any]:
        try:
            found = json.loads((self.folder(model) / CHECKED).read_text(encoding="utf-8"))
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
    if key == "model_missing":
        key = model.missing if model.fetchable or model.missing != key else "model_missing_own"
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
