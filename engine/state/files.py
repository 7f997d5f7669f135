"""State in files of the settings folder, which one process holds at a time: whole or not there."""

import os
import threading
import time
import uuid
from pathlib import Path

from engine.faults import disk_errors
from engine.owner import LOCAL
from engine.settings import Settings
from engine.state.store import Change, DamagedError, StateItem


class StateFiles:
    """One of a folder for each process. Implements `StateStore`.

    What another process replaced is noticed at once; changes exclude each other within this one, as ever.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[tuple[int, int], str]] = {}

    def read(self, user: str, item: StateItem, *, age_s: float = 0.0) -> str | None:
        path = self._path(user, item)
        if age_s <= 0:
            return _text(path)
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        stamp = (found.st_mtime_ns, found.st_ino)
        if (known := self._known.get(path)) is None or known[0] != stamp:
            text = _text(path)
            if text is None:
                return None
            known = self._known[path] = (stamp, text)
        return known[1]

    def change(self, user: str, item: StateItem, change: Change) -> str:
        path = self._path(user, item)
        with self._lock:
            before = _text(path)
            try:
                after = change(before)
            except DamagedError:
                aside = f"{path.stem}.damaged-{time.time():.0f}-{uuid.uuid4().hex[:8]}{path.suffix}"
                path.replace(path.with_name(aside))
                before, after = None, change(None)
            if after != before:
                write_file(path, after, private=item.private)
            return after

    def holders(self, item: StateItem) -> set[str]:
        others = {path.parent.name for path in self._settings.users_dir.glob(f"*/{item.name}")}
        return others | ({LOCAL} if self._path(LOCAL, item).exists() else set())

    def _path(self, user: str, item: StateItem) -> Path:
        return self._settings.state_of(user) / item.name


def _text(path: Path) -> str | None:
    """What is in a file; what is no UTF-8 stands there as lone surrogates, which are written by nobody."""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None


def write_file(path: Path, text: str, *, private: bool) -> None:
    """`text` over whatever is at `path`; `private`: readable and writable by the owner alone (0600). Raises
    DISK_FULL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with disk_errors():
        try:
            temporary.unlink(missing_ok=True)
            mode = 0o600 if private else 0o666
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
