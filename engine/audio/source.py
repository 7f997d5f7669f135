"""What a decoder offers, and the one place where a sound file is opened for reading."""

import contextlib
import io
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from engine.audio.block import Audio
from engine.errors import AppError, Code


class Source(Protocol):
    """An open sound file, read once from front to back.

    `format` is the container ("wav", "mov"), `codec` what is in it ("pcm_24", "aac"), both as found in the bytes.
    """

    rate_hz: int
    channels: int
    format: str
    codec: str

    def skip(self, samples: int) -> int:
        """Go forward up to `samples` if that is cheap and exact; returns how far it went."""

    def blocks(self) -> Iterator[Audio]:
        """Everything from here, in blocks of any size. Raises UNSUPPORTED_AUDIO where the data is damaged."""

    def close(self) -> None: ...


class Nameless(io.RawIOBase):
    """A file without its name: libsndfile and FFmpeg both let the extension outvote the contents."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._file.readinto(buffer)  # type: ignore[attr-defined, no-any-return]

    def seek(self, offset: int, whence: int = 0) -> int:
        # A damaged header may ask for an impossible place; an exception would be lost inside the library's callback.
        with contextlib.suppress(OSError, ValueError, OverflowError):
            self._file.seek(offset, whence)
        return self._file.tell()

    def tell(self) -> int:
        return self._file.tell()


def unsupported(key: str) -> AppError:
    """UNSUPPORTED_AUDIO: the file is not what can be read."""
    return AppError(Code.UNSUPPORTED_AUDIO, key)
