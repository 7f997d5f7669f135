"""What a decoder offers."""

from collections.abc import Iterator
from typing import Protocol

from engine.audio.block import Audio
from engine.audio.layouts import Layout
from engine.audio.notes import FileNote
from engine.errors import AppError, Code


class Source(Protocol):
    """An open sound file, read once from front to back.

    `format` is the container ("wav", "mov"), `codec` what is in it ("pcm_24", "aac"), `layout` where its channels
    stand, all as found in the bytes; the samples come in the layout's order.
    `notes`: what is to be told of the file; complete once everything was read.
    """

    rate_hz: int
    channels: int
    layout: Layout
    format: str
    codec: str
    notes: list[FileNote]

    def skip(self, samples: int) -> int:
        """Go forward up to `samples` if that is cheap and exact; returns how far it went."""

    def blocks(self) -> Iterator[Audio]:
        """Everything from here to where the data ends, in blocks of any size; damage is passed over and noted."""

    def close(self) -> None: ...


def unsupported(key: str) -> AppError:
    """UNSUPPORTED_AUDIO: the file is not what can be read."""
    return AppError(Code.UNSUPPORTED_AUDIO, key)
