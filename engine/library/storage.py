"""Stored files by key: the library, the page and the workers name what they read and write, not where it lies.

A key is a relative POSIX path: `audio/NAME.wav`, `stems/NAME/vocals.wav`, `uploads/ID`, `peaks/ID.json`. No part of it
begins with a dot: on a disk such names are temporary files.
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from engine.errors import AppError, Code
from engine.library.atomic import move_new, remove_tree, sweep, write_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Response

MAX_KEY_BYTES = 1024
MAX_PART_BYTES = 255

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]|^[A-Za-z]:|(^|/)(\.|/|$)")

_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))", re.IGNORECASE)


@dataclass(frozen=True)
class StoredObject:
    """A stored object: `mtime_ns` changes whenever its content does."""

    key: str
    size: int
    mtime_ns: int


class Storage(Protocol):
    """Where sound, records and what is derived from them are kept; `tests/library/storage_contract.py` says it in code.

    Every method that takes a key raises NOT_FOUND for one that is not well formed, and each may raise UNAVAILABLE where
    the storage is not on this computer.
    """

    @property
    def origin(self) -> str | None:
        """Scheme and host to which `answer` redirects browsers; None where it answers itself."""

    def ask(self) -> None:
        """Raises UNAVAILABLE while it is away: now, no outage is waited out."""

    def sweep(self, *parts: str) -> None:
        """Remove temporary files that a killed process left below these first parts of keys."""

    def put(self, key: str, source: Path, *, exclusive: bool = False) -> bool:
        """The local file `source` becomes the object, and is gone from where it was. Readers meet the old content or
        the new, never a part.

        With `exclusive` nothing is overwritten: False when another object has the key already. After a crash the same
        call may be made again. Raises DISK_FULL.
        """

    def put_all(self, sources: Mapping[str, Path]) -> None:
        """Each file becomes the object of its key as by `put`, in any order."""

    def write(self, key: str, data: bytes) -> None:
        """`data` becomes the object, as by `put`; it survives a power cut. Raises DISK_FULL."""

    def fetch(self, key: str) -> Path:
        """A local file with the object's content, to be read only. Raises NOT_FOUND."""

    def open_range(self, key: str, start: int = 0) -> BinaryIO:
        """The bytes from `start` on, read as far as the caller likes. Raises NOT_FOUND."""

    def stat(self, key: str) -> StoredObject | None:
        """Size and time of the object; None when there is none."""

    def known(self, keys: Collection[str]) -> set[str]:
        """Those that have an object. It is quick for keys that begin alike, such as those of one track."""

    def move(self, key: str, target: str, *, exclusive: bool = False) -> bool:
        """Give the object another key, as `put` would. Raises NOT_FOUND."""

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is fine."""

    def delete_all(self, prefix: str) -> None:
        """Remove every object below `prefix`, which ends with a slash."""

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """The objects below `prefix`, which ends with a slash, in any order; changes meanwhile may be missed."""

    def answer(self, key: str, *, mime: str, name: str, attachment: bool = False) -> "Response":
        """The object over HTTP, to be shown or, as an `attachment`, saved as `name`: itself with ranges and conditions
        as the request in progress asks, or a redirection to where it is served. Raises NOT_FOUND.
        """


def checked_key(key: str) -> str:
    """The key itself. Raises NOT_FOUND for one that no storage could hold."""
    parts = key.split("/")
    try:
        sizes = [len(part.encode()) for part in parts]
    except UnicodeEncodeError:
        sizes = [MAX_KEY_BYTES]
    if _FORBIDDEN.search(key) or max(sizes) > MAX_PART_BYTES or sum(sizes) + len(parts) > MAX_KEY_BYTES:
        raise missing(key)
    return key


def heeded(environ: "WSGIEnvironment", size: int) -> "WSGIEnvironment":
    """The request without a `Range` that is not to be heeded (RFC 9110, 14.2): of another method than GET, in another
    unit, of several parts, or not well formed.

    The last bytes, more than there are, are all; werkzeug would refuse them, and give all where none are asked for.
    Raises RequestedRangeNotSatisfiable.
    """
    asked = environ.get("HTTP_RANGE")
    if asked is None:
        return environ
    found = _RANGE.fullmatch(asked.strip())
    if environ.get("REQUEST_METHOD") == "GET" and found:
        first, last, suffix = found.groups()
        if suffix is not None and not int(suffix):
            from werkzeug.exceptions import RequestedRangeNotSatisfiable

            raise RequestedRangeNotSatisfiable(size)
        if suffix is not None:
            return {**environ, "HTTP_RANGE": f"bytes=-{min(int(suffix), size)}"}
        if not last or int(first) <= int(last):
            return environ
    return without_range(environ)


def without_range(environ: "WSGIEnvironment") -> "WSGIEnvironment":
    """The request for all of it."""
    return {name: value for name, value in environ.items() if name not in ("HTTP_RANGE", "HTTP_IF_RANGE")}


def missing(key: str) -> AppError:
    """The error for an object that is not there."""
    return AppError(Code.NOT_FOUND, "track_file_gone", name=key.rpartition("/")[2][:MAX_PART_BYTES])


class LocalStorage:
    """Files below one folder, under the names that their keys say; `folders` gives a first part another folder.

    What is put must lie on the same disk. The folders directly below the root may be links; links further down must not
    lead out of them.
    """

    def __init__(self, root: Path, folders: Mapping[str, str] | None = None) -> None:
        self._root = root
        self._folders = folders or {}

    @property
    def origin(self) -> str | None:
        return None

    def ask(self) -> None:
        """A disk is there."""

    def sweep(self, *parts: str) -> None:
        for part in parts:
            sweep(self._folder(part))
            for folder in self._folder(part).glob("[!.]*/"):
                sweep(folder)

    def put(self, key: str, source: Path, *, exclusive: bool = False) -> bool:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        if exclusive:
            return move_new(source, path)
        source.replace(path)
        return True

    def put_all(self, sources: Mapping[str, Path]) -> None:
        for key, source in sources.items():
            self.put(key, source)

    def write(self, key: str, data: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)

    def fetch(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
            raise missing(key)
        return path

    def open_range(self, key: str, start: int = 0) -> BinaryIO:
        try:
            file = self._path(key).open("rb")
        except OSError:
            raise missing(key) from None
        file.seek(start)
        return file

    def stat(self, key: str) -> StoredObject | None:
        try:
            found = self._path(key).stat()
        except OSError:
            return None
        return StoredObject(key, found.st_size, found.st_mtime_ns)

    def known(self, keys: Collection[str]) -> set[str]:
        return {key for key in keys if self.stat(key) is not None}

    def move(self, key: str, target: str, *, exclusive: bool = False) -> bool:
        source = self.fetch(key)
        moved = self.put(target, source, exclusive=exclusive)
        self._prune(source, key)
        return moved

    def delete(self, key: str) -> None:
        path = self._path(key)
        path.unlink(missing_ok=True)
        self._prune(path, key)

    def delete_all(self, prefix: str) -> None:
        remove_tree(self._path(prefix.removesuffix("/")))

    def list(self, prefix: str) -> Iterator[StoredObject]:
        folder = prefix.removesuffix("/")
        return self._walk(self._path(folder), folder)

    def answer(self, key: str, *, mime: str, name: str, attachment: bool = False) -> "Response":
        from flask import current_app, request
        from werkzeug.utils import send_file

        def sent(environ: "WSGIEnvironment") -> "Response":
            return send_file(
                path, environ, mimetype=mime, as_attachment=attachment, download_name=name, conditional=True,
                response_class=current_app.response_class,
            )  # type: ignore[return-value]  # fmt: skip

        try:
            path = self._path(key)
            environ = heeded(request.environ, path.stat().st_size)
            if "HTTP_RANGE" in environ and "HTTP_IF_NONE_MATCH" in environ:  # werkzeug asks of the range alone
                whole = sent(without_range(environ))
                if whole.status_code == 304:
                    return whole
                whole.close()
            return sent(environ)
        except OSError:
            raise missing(key) from None

    def _folder(self, part: str) -> Path:
        return self._root / self._folders.get(part, part)

    def _path(self, key: str) -> Path:
        first, *rest = checked_key(key).split("/")
        top = path = self._folder(first)
        for part in rest:
            path = path / part
            if path.is_symlink() and not path.resolve().is_relative_to(top.resolve()):
                raise missing(key)
        return path

    def _walk(self, folder: Path, key: str) -> Iterator[StoredObject]:
        try:
            children = os.scandir(folder)
        except OSError:  # nothing was stored here yet
            return
        with children:
            for child in children:
                inner = f"{key}/{child.name}"
                if _FORBIDDEN.search(inner):
                    continue
                if child.is_dir(follow_symlinks=False):
                    yield from self._walk(folder / child.name, inner)
                elif found := self._stat_of(child, inner):
                    yield found

    def _stat_of(self, child: "os.DirEntry[str]", key: str) -> StoredObject | None:
        try:
            checked_key(key)
            if child.is_symlink():
                return self.stat(key)
            found = child.stat()
        except (OSError, AppError):  # it has just gone, or leads out of its folder
            return None
        return StoredObject(key, found.st_size, found.st_mtime_ns)

    def _prune(self, path: Path, key: str) -> None:
        """An object is gone: so are the folders that hold nothing any more, but for the one directly below the root."""
        try:
            for folder in list(path.parents)[: key.count("/") - 1]:
                folder.rmdir()
        except OSError:  # not empty
            return
