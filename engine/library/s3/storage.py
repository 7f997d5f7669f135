"""The storage in a bucket. Objects bear where they came from, so that what a crash cut short is known again."""

import contextlib
import hashlib
import io
import mimetypes
import os
import socket
import uuid
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from engine.errors import AppError, Code
from engine.library.s3.answers import answered
from engine.library.s3.bucket import Bucket, ConditionError
from engine.library.s3.cache import ObjectCache
from engine.library.s3.places import key_at, place_of
from engine.library.s3.reading import ObjectStream
from engine.library.storage import MAX_KEY_BYTES, StoredObject, checked_key, missing
from engine.settings import Settings

if TYPE_CHECKING:
    from flask import Response

PART_BYTES = 8 * 2**20
"""What is longer goes in parts of that size, one after the other; at most 10,000 of them."""
MOST_PARTS = 10_000
MOST_COPIED_BYTES = 5 * 2**30
"""So much S3 copies by itself in one operation."""
BUFFER = 2**18
PUTS_BESIDE = 4
"""So many objects are put beside each other; each may hold a part in memory."""

NOWHERE = "previews/nowhere"
"""A key that no object has: whoever says so is there."""
ORIGIN = "origin"
"""Metadata of an object: which file it was, or a number that no other object has."""


class S3Storage:
    """Objects of a bucket below the prefix of its URL, under the names that `places` gives.

    `exclusive` asks whether there is an object first, and has the server refuse when one comes meanwhile, where that
    can (`If-None-Match`).
    """

    def __init__(self, settings: Settings, *, patience_s: float) -> None:
        self.bucket = Bucket(settings, patience_s=patience_s)
        self._cache = ObjectCache(settings.cache_dir / "objects", int(settings.storage_cache_gb * 2**30))

    @property
    def origin(self) -> str | None:
        return self.bucket.origin if self.bucket.redirects else None

    def ask(self) -> None:
        self.bucket.ask(self._name(NOWHERE))

    def sweep(self, *parts: str) -> None:
        self._cache.sweep()

    def put(self, key: str, source: Path, *, exclusive: bool = False) -> bool:
        name = self._name(key)
        origin = _origin_of(source)
        if exclusive:
            holder = self._origin(name)
            if holder is None and not self._sent(name, source, origin, exclusive=True):
                holder = self._origin(name) or ""
            if holder not in (None, origin):
                return False
        else:
            self._sent(name, source, origin)
        source.unlink()
        return True

    def put_all(self, sources: Mapping[str, Path]) -> None:
        if sources:
            with ThreadPoolExecutor(min(len(sources), PUTS_BESIDE), "put") as threads:
                list(threads.map(self.put, sources.keys(), sources.values()))

    def write(self, key: str, data: bytes) -> None:
        self.bucket.call("put_object", Key=self._name(key), Body=data, **self._facts(key, uuid.uuid4().hex))

    def fetch(self, key: str) -> Path:
        name = self._name(key)
        while True:
            found = self.bucket.call("head_object", Key=name)
            size, etag = int(found["ContentLength"]), found["ETag"]
            with contextlib.suppress(ConditionError):  # it was replaced in this moment
                source = partial(ObjectStream, self.bucket, name, size, etag)
                return self._cache.file(f"{self.bucket}\n{name}\n{etag}\n{size}", Path(key).suffix[:16], source)

    def open_range(self, key: str, start: int = 0) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(ObjectStream.begun(self.bucket, self._name(key), start), BUFFER))

    def stat(self, key: str) -> StoredObject | None:
        found = self._head(self._name(key))
        return _stored(key, found["ContentLength"], found["LastModified"], found["ETag"]) if found else None

    def known(self, keys: Collection[str]) -> set[str]:
        names = {self._name(key): key for key in keys}
        if not names:
            return set()
        last, found = max(names, key=str.encode), set()
        begin = os.path.commonprefix(list(names))  # noqa: RUF071 - characters are what is meant
        for entry in self.bucket.names(begin):  # in the order of their bytes
            if entry["Key"] in names:
                found.add(names[entry["Key"]])
            if entry["Key"].encode() >= last.encode():
                break
        return found

    def move(self, key: str, target: str, *, exclusive: bool = False) -> bool:
        name, target_name = self._name(key), self._name(target)
        found = self.bucket.call("head_object", Key=name)
        origin = found.get("Metadata", {}).get(ORIGIN, "")
        holder = self._origin(target_name) if exclusive else None
        if holder is None:
            if int(found["ContentLength"]) > MOST_COPIED_BYTES:
                copied = self._sent(target_name, self.fetch(key), origin, exclusive=exclusive)
            else:
                copied = self._copied(name, target_name, exclusive=exclusive)
            if not copied:
                holder = self._origin(target_name) or ""
        if holder is not None and (holder != origin or not origin):
            return False
        self.bucket.call("delete_object", Key=name)
        return True

    def delete(self, key: str) -> None:
        self.bucket.call("delete_object", Key=self._name(key))

    def delete_all(self, prefix: str) -> None:
        for entry in list(self.list(prefix)):
            self.delete(entry.key)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        return self._listed(self._name(prefix.removesuffix("/")) + "/")

    def answer(self, key: str, *, mime: str, name: str, attachment: bool = False) -> "Response":
        object_name = self._name(key)
        found = self._head(object_name)
        if found is None:
            raise missing(key)
        return answered(self.bucket, object_name, found, mime=mime, name=name, attachment=attachment)

    def _name(self, key: str) -> str:
        """Raises NOT_FOUND for a key that is none, or too long for this bucket."""
        name = place_of(checked_key(key))
        if len(name.encode()) + len(self.bucket.address.prefix.encode()) > MAX_KEY_BYTES:
            raise missing(key)
        return name

    def _head(self, name: str) -> dict[str, Any] | None:
        try:
            return self.bucket.call("head_object", Key=name)
        except AppError as error:
            if error.code is not Code.NOT_FOUND:
                raise
            return None

    def _origin(self, name: str) -> str | None:
        """Where the object came from, empty if it does not say; None where there is none."""
        found = self._head(name)
        return None if found is None else str(found.get("Metadata", {}).get(ORIGIN, ""))

    def _facts(self, key: str, origin: str) -> dict[str, Any]:
        """What a new object is told of itself."""
        mime = mimetypes.guess_type(key)[0] or "application/octet-stream"
        return {"ContentType": mime, "Metadata": {ORIGIN: origin}, **self.bucket.encryption}

    def _sent(self, name: str, source: Path, origin: str, *, exclusive: bool = False) -> bool:
        """False when another object came before."""
        facts, bucket = self._facts(name, origin), self.bucket
        finish = bucket.unless_known if exclusive else bucket.call
        with source.open("rb") as file, contextlib.suppress(ConditionError):
            first = file.read(PART_BYTES)
            size = source.stat().st_size
            if size <= PART_BYTES:
                finish("put_object", Key=name, Body=first, **facts)
                return True
            part_bytes = max(PART_BYTES, -(-size // MOST_PARTS))
            upload = {"Key": name, "UploadId": bucket.call("create_multipart_upload", Key=name, **facts)["UploadId"]}
            try:
                parts: list[dict[str, Any]] = []
                data = first + file.read(part_bytes - len(first))
                while data:
                    number = len(parts) + 1
                    etag = bucket.call("upload_part", PartNumber=number, Body=data, **upload)["ETag"]
                    parts.append({"PartNumber": number, "ETag": etag})
                    data = file.read(part_bytes)
                finish("complete_multipart_upload", MultipartUpload={"Parts": parts}, **upload)
                return True
            except BaseException as error:
                if isinstance(error, AppError) and error.code is Code.NOT_FOUND and self._origin(name) == origin:
                    return True  # it was completed, and the answer lost
                with contextlib.suppress(AppError):
                    bucket.call("abort_multipart_upload", **upload)
                raise
        return False

    def _copied(self, name: str, target: str, *, exclusive: bool) -> bool:
        copy = self.bucket.unless_known if exclusive else self.bucket.call
        try:
            copy("copy_object", CopySource=name, Key=target, **self.bucket.encryption)
        except ConditionError:
            return False
        return True

    def _listed(self, prefix: str) -> Iterator[StoredObject]:
        for entry in self.bucket.names(prefix):
            key = key_at(entry["Key"])
            with contextlib.suppress(AppError):  # a name that no key of ours could have
                if key is not None and checked_key(key):
                    yield _stored(key, entry["Size"], entry["LastModified"], entry["ETag"])


def _origin_of(source: Path) -> str:
    """What no other file has for as long as this one is there."""
    found = source.stat()
    facts = (socket.gethostname(), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def _stored(key: str, size: int, modified: datetime, etag: str) -> StoredObject:
    """S3 tells the time to the second; what comes after it follows from the content."""
    digest = int.from_bytes(hashlib.sha256(etag.encode()).digest()[:8])
    return StoredObject(key, int(size), int(modified.timestamp()) * 10**9 + digest % 10**9)
