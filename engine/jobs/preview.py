"""Sound that can be heard while its job still runs: a growing file of 16-bit samples in the job's folder.

The worker's end is `PreviewWriter` in `engine.jobs.job_context`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.jobs.job import Job

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

    @property
    def size(self) -> int:
        """Bytes of them all."""
        return self.samples * BYTES * self.channels

    def span(self, start: int) -> tuple[int, int]:
        """The bytes of one answer, from sample `start` on: the first one and the one after the last."""
        frame = BYTES * self.channels
        first = start * frame
        return first, min(self.size, first + MOST_BYTES // frame * frame)


class Previews(Protocol):
    """Between the worker that writes and whoever listens."""

    def start(self, told: Callable[[str, PreviewFacts], object]) -> None:
        """`told` is called with a job's id and how much of it can be read."""

    def stop(self) -> None: ...

    def grew(self, job: Job, facts: PreviewFacts) -> None:
        """A worker of this process has written so much."""

    def piece(self, job: Job, known: PreviewFacts, start: int) -> bytes:
        """Interleaved 16-bit samples from sample `start` on, of those that were told last; none when it is over."""

    def ended(self, job: Job, *, elsewhere: bool = False) -> None:
        """Nobody is at this attempt of the job any more; `elsewhere`: another process was."""


class LocalPreviews:
    """Worker and server share the folder of the jobs."""

    def __init__(self, jobs_dir: Path) -> None:
        self._jobs_dir = jobs_dir

    def start(self, told: Callable[[str, PreviewFacts], object]) -> None:
        self._told = told

    def stop(self) -> None:
        """Nothing is to be ended."""

    def grew(self, job: Job, facts: PreviewFacts) -> None:
        self._told(job.id, facts)

    def piece(self, job: Job, known: PreviewFacts, start: int) -> bytes:
        first, end = known.span(start)
        if start < 0 or end <= first:
            return b""
        try:
            with (self._jobs_dir / job.folder_name / FILE).open("rb") as file:
                file.seek(first)
                return file.read(end - first)
        except OSError:  # it ended in this moment
            return b""

    def ended(self, job: Job, *, elsewhere: bool = False) -> None:
        """Its folder goes, and the sound with it."""
