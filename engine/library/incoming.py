"""Uploads on their way: begun, sent as a whole or in numbered parts over however many connections, then completed.

One that is not completed within a day is swept away. In files each has a folder below `Settings.incoming_dir`: what is
known of it, and its parts. In a bucket (`engine/library/s3/incoming.py`) the same steps are those of S3 itself.
"""

import contextlib
import hashlib
import json
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from io import RawIOBase
from pathlib import Path
from typing import IO, Protocol

from engine.errors import AppError, Code, invalid
from engine.faults import disk_errors
from engine.library.atomic import remove_tree, write_json
from engine.parameters import is_identity

KEPT_S = 24 * 3600.0
MOST_PARTS = 10_000
MOST_EACH = 100
"""So many may a user have begun and not completed."""
CHUNK = 2**18

_FACTS = "upload.json"


@dataclass(frozen=True)
class Ticket:
    """An upload that was begun. `size`: how long it is to be, bytes, if that was said."""

    id: str
    user: str
    name: str
    content_type: str
    size: int | None
    begun_at: float


@dataclass(frozen=True)
class UploadPart:
    """A part that has arrived; `etag` is its MD5, as object storage has it."""

    number: int
    size: int
    etag: str


class Incoming(Protocol):
    """Each method may raise UNAVAILABLE where uploads do not lie on this computer."""

    def begin(self, user: str, name: str, content_type: str, size: int | None) -> Ticket:
        """Raises RATE_LIMITED for a user with too many of them, DISK_FULL."""

    def find(self, upload_id: str, user: str) -> Ticket:
        """Raises NOT_FOUND, also for another user's and for one that is too old."""

    def address(self, ticket: Ticket, number: int | None) -> tuple[str, dict[str, str]] | None:
        """Where to send all of it, or a part, past the server, and the headers that belong to it; None where it has to
        come through the server."""

    def receive(self, ticket: Ticket, number: int, stream: IO[bytes], most_bytes: int) -> UploadPart:
        """Keep a part, in the place of an earlier one of that number; all of it or nothing.

        Raises INVALID_INPUT for a number out of range, TOO_LARGE where all would be longer than `most_bytes`, or than
        was said, DISK_FULL.
        """

    def parts(self, ticket: Ticket) -> list[UploadPart]:
        """Those that have arrived, in their order."""

    def whole(
        self, ticket: Ticket, named: list[tuple[int, str | None]] | None, most_bytes: int
    ) -> AbstractContextManager[IO[bytes]]:
        """All parts one after the other, or those that are `named`, by number and, where known, etag.

        Raises INVALID_INPUT where one is missing or another than was named, or where all is not as long, or not of the
        type, as was said; TOO_LARGE.
        """

    def end(self, ticket: Ticket) -> None:
        """It is completed, or nobody wants it any more."""

    def sweep(self) -> None:
        """Remove what was not completed within a day."""


class LocalIncoming:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, user: str, name: str, content_type: str, size: int | None) -> Ticket:
        self.sweep()
        if sum(ticket.user == user for ticket in self._tickets()) >= MOST_EACH:
            raise AppError(Code.RATE_LIMITED, "too_many_uploads", limit=MOST_EACH)
        ticket = Ticket(uuid.uuid4().hex, user, name, content_type, size, time.time())
        with disk_errors():
            self._path(ticket).mkdir(parents=True)
            write_json(self._path(ticket) / _FACTS, asdict(ticket))
        return ticket

    def find(self, upload_id: str, user: str) -> Ticket:
        ticket = self._read(self._folder / upload_id) if is_identity(upload_id) else None
        if ticket is None or ticket.user != user or ticket.begun_at < time.time() - KEPT_S:
            raise AppError(Code.NOT_FOUND, "upload_not_found")
        return ticket

    def address(self, ticket: Ticket, number: int | None) -> None:
        return None

    def receive(self, ticket: Ticket, number: int, stream: IO[bytes], most_bytes: int) -> UploadPart:
        if not 1 <= number <= MOST_PARTS:
            raise invalid("number_range", name="number", low=1, high=MOST_PARTS)
        most = most_bytes if ticket.size is None else ticket.size
        room = most - sum(part.size for part in self.parts(ticket) if part.number != number)
        temporary = self._path(ticket) / f".{uuid.uuid4().hex}.tmp"
        digest, size = hashlib.md5(usedforsecurity=False), 0
        try:
            with disk_errors(), temporary.open("wb") as target:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if size > room:
                        raise AppError(Code.TOO_LARGE, "request_too_large", limit_mb=most // 2**20)
                    digest.update(chunk)
                    target.write(chunk)
                    time.sleep(0)
            part = UploadPart(number, size, digest.hexdigest())
            place = self._path(ticket) / f"{number:05}.{part.etag}"
            for earlier in self._path(ticket).glob(f"{number:05}.*"):
                if earlier != place:  # the same again, perhaps while it is read, is at no time away
                    earlier.unlink(missing_ok=True)
            temporary.replace(place)
        except FileNotFoundError:  # aborted or completed meanwhile
            raise AppError(Code.NOT_FOUND, "upload_not_found") from None
        finally:
            temporary.unlink(missing_ok=True)
        return part

    def parts(self, ticket: Ticket) -> list[UploadPart]:
        found = []
        for path in self._path(ticket).glob("[0-9]*.*"):
            with contextlib.suppress(OSError, ValueError):  # replaced in this moment
                found.append(UploadPart(int(path.stem), path.stat().st_size, path.suffix[1:]))
        return sorted(found, key=lambda part: part.number)

    @contextlib.contextmanager
    def whole(self, ticket: Ticket, named: list[tuple[int, str | None]] | None, most_bytes: int) -> Iterator[IO[bytes]]:
        parts = chosen(self.parts(ticket), named, ticket.size)
        with _Joined([self._path(ticket) / f"{part.number:05}.{part.etag}" for part in parts]) as stream:
            yield stream  # type: ignore[misc]

    def end(self, ticket: Ticket) -> None:
        remove_tree(self._path(ticket))

    def sweep(self) -> None:
        old = time.time() - KEPT_S
        for folder in self._folders():
            ticket = self._read(folder)
            with contextlib.suppress(OSError):
                if (ticket.begun_at if ticket else folder.stat().st_mtime) < old:
                    remove_tree(folder)

    def _tickets(self) -> Iterator[Ticket]:
        return (ticket for folder in self._folders() if (ticket := self._read(folder)))

    def _folders(self) -> list[Path]:
        try:
            return list(self._folder.iterdir())
        except OSError:  # nothing was begun yet
            return []

    def _read(self, folder: Path) -> Ticket | None:
        try:
            return Ticket(**json.loads((folder / _FACTS).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _path(self, ticket: Ticket) -> Path:
        return self._folder / ticket.id


def chosen(
    arrived: Iterable[UploadPart], named: list[tuple[int, str | None]] | None, size: int | None
) -> list[UploadPart]:
    """The parts that make the whole: those that are named, by default all from the first to the last.

    Raises INVALID_INPUT where one is missing or another than was named, or where all is not `size` long.
    """
    parts = {part.number: part for part in arrived}
    wanted = named if named is not None else [(number, None) for number in range(1, max(parts, default=0) + 1)]
    if not wanted or [number for number, _ in wanted] != sorted({number for number, _ in wanted}):
        raise invalid("upload_parts_missing", numbers="1")
    missing = [number for number, etag in wanted if number not in parts or etag not in (None, parts[number].etag)]
    if missing:
        raise invalid("upload_parts_missing", numbers=", ".join(map(str, missing[:20])))
    found = [parts[number] for number, _ in wanted]
    if size is not None and sum(part.size for part in found) != size:
        raise invalid("upload_size", size=size)
    return found


class _Joined(RawIOBase):
    """Files read as one."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = iter(paths)
        self._file: IO[bytes] | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while True:
            if self._file is None:
                path = next(self._paths, None)
                if path is None:
                    return b""
                try:
                    self._file = path.open("rb")
                except FileNotFoundError:  # completed or given up meanwhile
                    raise AppError(Code.NOT_FOUND, "upload_not_found") from None
            if data := self._file.read(size):
                return data
            self._file.close()
            self._file = None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()
