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


class ModelStore:
    """The models folder. Checksums are computed once and remembered by size and time of change."""

    def __init__(self, models_dir: Path) -> None:
        self.models_dir = models_dir

    def folder(self, model_id: str) -> Path:
        return self.models_dir / find(model_id).id

    def path(self, model_id: str, file: str | None = None) -> Path:
        """The path of `file`; without one, the only file of a model or the folder of a model with several.

        Raises as `files` does.
        """
        if file is not None:
            return self._whole(model := find(model_id), model.file(file))
        files = self.files(model_id)
        return files[0] if len(files) == 1 else files[0].parent

    def files(self, model_id: str) -> list[Path]:
        """Every file of a model, in the catalogue's order, or those of the first mirror that is there.

        Raises MODEL_MISSING, with size, licence and how to get it, when one is absent or half there.
        """
        model = find(model_id)
        if model.requires_package and not importlib.util.find_spec(model.requires_package):
            raise AppError(Code.MODEL_MISSING, "diffq_missing", model=model_id)
        faults = []
        for name in (model_id, *model.mirrors):
            try:
                return [self._whole(MODELS[name], file) for file in MODELS[name].files]
            except AppError as error:
                faults.append(error)
        raise faults[0]

    def _whole(self, model: Model, file: ModelFile) -> Path:
        state = self.state(model, file)
        if state is FileState.MISSING:
            raise missing(model, self.models_dir)
        if state is FileState.DAMAGED:
            raise missing(model, self.models_dir, "model_damaged", file=file.name)
        return self._place(model, file)

    def _place(self, model: Model, file: ModelFile) -> Path:
        """Where a file lies: under its name, or else the only one that matches what the catalogue accepts."""
        usual = self.folder(model.id) / file.name
        for accepted in () if usual.is_file() else file.accepts:
            place, _, patterns = accepted.rpartition("/")
            with contextlib.suppress(OSError):  # no such folder, or not readable: nothing is found in it
                paths = [
                    path for path in Path(os.path.normpath(self.folder(model.id) / place)).iterdir() if path.is_file()
                ]
                found = [path for path in paths if any(fnmatch(path.name.lower(), p) for p in patterns.split("|"))]
                if len(found) == 1:
                    return found[0]
        return usual

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
        if quick in (FileState.MISSING, FileState.DAMAGED) or file.sha256 is None:
            return quick
        if self._place(model, file) != path or path.stat().st_size != file.size:
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
        path = self._place(model, file)
        if not path.is_file():
            return FileState.MISSING
        if path != self.folder(model.id) / file.name or file.sha256 is None or file.size is None:
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
