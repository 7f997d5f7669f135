"""The server's side of the rows: they are made anew in the background where tracks have changed."""

import logging
import shutil
import threading
import time
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.errors import AppError, Code
from engine.faults import as_app_error, disk_errors
from engine.library.index import TrackIndex
from engine.tag.tasks import TagTasks

PATIENCE_S = 2.0
"""How long a search waits for newer rows where there are older ones."""
_ID_BYTES = 32

log = logging.getLogger(__name__)


class RowFiles:
    """A folder inside `folder` holds the rows; another takes its place when it is whole."""

    def __init__(self, index: TrackIndex, tasks: TagTasks, folder: Path) -> None:
        self._index, self._tasks, self._folder = index, tasks, folder
        folder.mkdir(parents=True, exist_ok=True)
        left = sorted(folder.glob("rows-*"), key=lambda rows: rows.stat().st_mtime)
        self._rows = left[-1] if left else None
        for other in folder.iterdir():
            if other != self._rows:
                shutil.rmtree(other, ignore_errors=True)
        self._lock = threading.Lock()
        self._making: threading.Event | None = None
        self._made_of: int | None = None
        self._fault: AppError | None = None

    def current(self) -> Path:
        """The folder of rows to search in: of the library as it is, unless making them takes long. Raises DISK_FULL,
        INTERRUPTED, INTERNAL where there are none."""
        deadline = time.monotonic() + PATIENCE_S
        while making := self._begun():
            in_time = making.wait(max(0.0, deadline - time.monotonic()) if self._rows else None)
            if not in_time or self._fault:
                break
        if self._rows is None:
            raise self._fault or AppError(Code.INTERNAL, "search_unreadable")
        return self._rows

    def discard(self, rows: Path) -> None:
        """They cannot be read."""
        with self._lock:
            if self._rows == rows:
                log.error("the rows of the search were damaged and are made anew")
                self._rows = self._made_of = None
        shutil.rmtree(rows, ignore_errors=True)

    def _begun(self) -> threading.Event | None:
        """What tells that rows have been made; None where they are of the library as it is."""
        with self._lock:
            if self._making is None and self._index.revision()[1] != self._made_of:
                self._making = threading.Event()
                threading.Thread(target=self._make, args=(self._making,), name="search-rows", daemon=True).start()
            return self._making

    def _make(self, made: threading.Event) -> None:
        try:
            of = self._index.revision()[1]
            self._renew()
            self._made_of, self._fault = of, None
        except Exception as error:
            self._fault = as_app_error(error)
            if not isinstance(error, AppError):
                log.exception("the rows of the search could not be made")
        finally:
            with self._lock:
                self._making = None
            made.set()

    def _renew(self) -> None:
        with disk_errors(), TemporaryDirectory(dir=self._folder, prefix=".") as name:
            listed, asked, told, target = (Path(name) / part for part in ("listed", "asked", "told", "rows"))
            with listed.open("w", encoding="ascii") as file:
                for some in self._index.heard.digests():
                    file.write("".join(f"{track}{digest}" for track, digest in some))
                    time.sleep(0)
            compared = self._tasks.compare_rows(self._rows, listed, asked)
            if self._rows and not compared.new and not compared.gone:
                return
            with told.open("w", encoding="utf-8") as file:
                for facts in self._index.heard.facts(_ids(asked)):
                    file.writelines(f"{''.join(row)}\n" for row in facts)
                    time.sleep(0)
            self._tasks.make_rows(self._rows, listed, told, target)
            before, self._rows = self._rows, target.rename(self._folder / f"rows-{uuid.uuid4().hex}")
        if before:
            shutil.rmtree(before, ignore_errors=True)


def _ids(file: Path) -> list[str]:
    text = file.read_text(encoding="ascii")
    return [text[start : start + _ID_BYTES] for start in range(0, len(text), _ID_BYTES)]
