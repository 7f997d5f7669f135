"""Sound that can be heard while its job still runs: a growing file of 16-bit samples in the job's folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.context import Audio

FILE = "preview.s16"
BYTES = 2
MOST_BYTES = 4 << 20
"""At most so much is given in one answer."""


@dataclass(frozen=True)
class PreviewFacts:
    """How much can be read, samples a channel, and what they are."""

    samples: int
    rate_hz: int
    channels: int


class Preview:
    """The worker's end. `report` is called after every piece, once it can be read."""

    def __init__(self, folder: Path, report: Callable[[PreviewFacts], object]) -> None:
        self._path, self._report = folder / FILE, report
        self._samples, self._shape = 0, (0, 0)

    def add(self, audio: "Audio", rate_hz: int) -> None:
        """The next piece, float32 [channels, samples]; what is over full scale is clipped, here only."""
        import numpy as np

        shape = rate_hz, audio.shape[0]
        if shape != self._shape:
            self._path.unlink(missing_ok=True)
            self._samples, self._shape = 0, shape
        whole = np.round(np.clip(audio, -1, 1) * 32767).astype("<i2")
        with self._path.open("ab") as file:
            file.write(np.ascontiguousarray(whole.T).tobytes())
        self._samples += audio.shape[1]
        self._report(PreviewFacts(self._samples, rate_hz, audio.shape[0]))


def piece(folder: Path, known: PreviewFacts, start: int) -> bytes:
    """The server's end: interleaved 16-bit samples from sample `start` on, of those that were reported last."""
    frame = BYTES * known.channels
    count = min(known.samples - start, MOST_BYTES // frame)
    if start < 0 or count <= 0:
        return b""
    with (folder / FILE).open("rb") as file:
        file.seek(start * frame)
        return file.read(count * frame)
