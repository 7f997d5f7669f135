"""An object read as a file: one version of it, over as many connections as it takes."""

import contextlib
import os
import time
from io import RawIOBase
from typing import TYPE_CHECKING, Any

from engine.errors import AppError, Code
from engine.library.s3.bucket import FAULTS, FIRST_PAUSE_S, Bucket

if TYPE_CHECKING:
    from typing_extensions import Buffer

MOST_BREAKS = 8
"""So often in a row a connection may break without a byte."""


class ObjectStream(RawIOBase):
    """`size` and `etag` say which version; it is asked for when it is first read. What breaks off is asked for again
    from there on. Reading raises NOT_FOUND, UNAVAILABLE, or CONFLICT where another object took its place.
    """

    def __init__(self, bucket: Bucket, name: str, size: int, etag: str, start: int = 0) -> None:
        self._bucket, self._name, self._size, self._etag, self._at = bucket, name, size, etag, start
        self._body: Any = None

    @classmethod
    def begun(cls, bucket: Bucket, name: str, start: int = 0) -> "ObjectStream":
        """What is there now, from byte `start` on."""
        try:
            got = bucket.call("get_object", Key=name, **({"Range": f"bytes={start}-"} if start else {}))
        except AppError as error:
            if (
                not start
                or error.code is Code.NOT_FOUND
                or bucket.call("head_object", Key=name)["ContentLength"] > start
            ):
                raise
            return cls(bucket, name, 0, "")  # it is no longer than that; not every server says so with 416
        stream = cls(bucket, name, start + int(got["ContentLength"]), got["ETag"], start)
        stream._body = got["Body"]
        return stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if base + offset != self._at:
            self._drop()
            self._at = base + offset
        return self._at

    def readinto(self, buffer: "Buffer") -> int:
        view = memoryview(buffer)
        wanted = min(len(view), self._size - self._at)
        if wanted <= 0:
            return 0
        for breaks in range(MOST_BREAKS):
            try:
                if self._body is None:
                    self._open()
                data = self._body.read(wanted)
                if data:
                    view[: len(data)] = data
                    self._at += len(data)
                    return len(data)
            except FAULTS:  # those of asking for it are AppErrors, and were waited out already
                pass
            self._drop()
            time.sleep(FIRST_PAUSE_S * 2**breaks)
        raise AppError(Code.UNAVAILABLE, "storage_away", recoverable=True)

    def _open(self) -> None:
        part = {"Range": f"bytes={self._at}-"} if self._at else {}
        self._body = self._bucket.call("get_object", Key=self._name, IfMatch=self._etag, **part)["Body"]

    def _drop(self) -> None:
        if self._body is not None:
            with contextlib.suppress(*FAULTS):
                self._body.close()
            self._body = None

    def close(self) -> None:
        self._drop()
        super().close()
