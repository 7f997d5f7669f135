"""Sound that can be heard while its job still runs: a growing file of 16-bit samples in the job's folder.

The server's end; the worker's is `PreviewWriter` in `engine.jobs.job_context`.
"""

from dataclasses import dataclass
from pathlib import Path

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


def piece(folder: Path, known: PreviewFacts, start: int) -> bytes:
    """Interleaved 16-bit samples from sample `start` on, of those that were reported last."""
    frame = BYTES * known.channels
    count = min(known.samples - start, MOST_BYTES // frame)
    if start < 0 or count <= 0:
        return b""
    with (folder / FILE).open("rb") as file:
        file.seek(start * frame)
        return file.read(count * frame)
