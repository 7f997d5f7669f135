"""What a command's runner is given, and what an engine must offer: contracts without an implementation.

Command folders know only this file; `engine/jobs/` implements it, tests may implement it in ten lines.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.audio.layouts import Layout
    from engine.library.inputs import KnownMusic, Stem
    from engine.library.record import Record
    from engine.parameters import OutputParams

    Audio = NDArray[np.float32]
    Stems = Mapping[str, Audio | Iterable[Audio]] | Iterable[Mapping[str, Audio]]


@dataclass(frozen=True)
class Services:
    """Programs of the user's own that may be asked for help: those whose address is set."""

    language_model_url: str | None = None
    language_model: str = ""
    language_model_key: str = ""
    megatts3_url: str | None = None


@runtime_checkable
class Engine(Protocol):
    """A loaded model or synthesiser, which the worker keeps between jobs.

    `device_key` is the key under which it takes its turn on the device. `dispose` gives all memory back; it may be
    called twice; every other call after it raises RuntimeError.
    """

    device_key: str

    def load(self, job: "JobContext") -> None:
        """Read weights from disk. Raises MODEL_MISSING when they are not there. A second call does nothing."""

    def dispose(self) -> None: ...


E = TypeVar("E", bound=Engine)


@dataclass(frozen=True, kw_only=True)
class TrackDraft:
    """A result that is to become a track: its sound, and what its file and its record say of it.

    `parameters`, `details` and `facts` are read after the last block of sound was drawn, so a runner may complete them
    on the way.
    """

    audio: "Audio | Iterable[Audio] | Path"
    """float32 [channels, samples], or blocks of it in order; under a ceiling, what comes only once waits on disk. A
    file that is the result as it is, in the format and the width of `output`: see `engine.audio.kept`."""
    rate_hz: int = 0
    """Hz; a file has its own, so that it counts for stems alone."""
    layout: "Layout | None" = None
    """Where its channels stand, and those of stems that have as many, if more is known than their number."""
    output: "OutputParams"
    """The file that was asked for. With `peaks` "lower" its true peak is under -1 dBTP."""
    model: str
    prompt: str = ""
    title: str = ""
    """What people call it, where it is not what the command's `title` makes of the request."""
    variation: tuple[int, int] | None = None
    """Which of how many results of the job that differ by chance only."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """The effective values where they differ from those asked for, the drawn seed included."""
    details: dict[str, Any] = field(default_factory=dict)
    """What the engine found and decided: what a composer understood, what auto-tune changed."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What was found out about the sound: the first annotation of the track."""
    corrected: dict[str, Any] = field(default_factory=dict)
    """What the user knows better of the same sound: the annotation after it, by hand."""
    midi: bytes | Callable[[], bytes | None] | None = None
    """The score as a file's bytes, or what makes them, if there are any; called after the last block."""
    picture: Callable[[], bytes] | None = None
    """Makes a PNG that stands beside the file; called after the last block."""
    project: bytes | Callable[[], bytes] | None = None
    """The project of a drama as JSON, or what makes it; called after the last block."""
    stems: "Stems | None" = None
    """Name ([a-z0-9_], at most 30 characters) -> sound at `rate_hz`, one after the other, or all of them block by
    block, for which nothing waits in memory."""
    stem_output: "OutputParams | None" = None
    """The files of the stems, 32-bit float WAV by default. With `peaks` "lower" they are turned down with the track."""
    tags_of: Path | None = None
    """A file whose other texts and cover go along."""
    tags_part_s: tuple[float, float] | None = None
    """The start and end of the part of that file that this track is, where it is not all of it."""
    ceiling_dbtp: float | None = None
    """The true peak that the file promises; it is turned down where its format or its rate would pass that."""


SEGMENT_S = 60.0
LONG_S = 180.0
"""What is shorter is not cut into segments."""


@dataclass(frozen=True)
class Segment:
    """A stretch of a long sound that can be made by itself, anywhere: where it lies in the result, and what, as JSON,
    the command's `segment_maker` needs to know."""

    start_s: float
    end_s: float
    work: dict[str, Any]


@dataclass(frozen=True)
class MadeSegment:
    """`blocks`: as the maker wrote them, float32 [channels, any]. `facts`: what it found, JSON."""

    blocks: "Iterable[Audio]"
    facts: dict[str, Any]


class JobContext(Protocol):
    """One job as its runner sees it."""

    job_id: str
    attempt: int
    device: str
    models_dir: Path
    temp_dir: Path
    cache_dir: Path
    """What can be made again, kept between jobs; it may be emptied at any time."""
    sounds_dir: Path
    """The user's own sounds for dramas; it need not be there."""
    voices_dir: Path
    """The user's own voices for dramas, a clip each; it need not be there."""
    services: Services
    vram_gb: float | None
    """Memory of the device that windows are to be cut for, GiB, in place of what is measured; None in earnest."""

    def plan(self, **weights: float) -> None:
        """Announce the stages and their share of the work, in order: `plan(WRITING=1, PLAYING=4)`.

        `progress` then counts within the stage it names; without a plan it counts over the whole job.
        """

    def progress(self, step: float, total: float, stage: str | None = None) -> None:
        """`step` of `total` is done. Never runs backwards for the user. Raises Canceled when asked to stop.

        What is counted may be said behind the stage: `DIALOGUE 12/200`.
        """

    def check_canceled(self) -> None:
        """Raises Canceled when the user no longer wants this job."""

    def open(self, key: str) -> Path:
        """The file behind an AudioInput key of this job's parameters. Raises NOT_FOUND for any other key."""

    def title(self, key: str) -> str:
        """What people call the audio behind an AudioInput key: a track by its title, an upload by what its tags say or
        the name of its file without extension."""

    def file_name(self, key: str) -> str:
        """The name under which an input was uploaded; of a track its title. Raises NOT_FOUND as `open` does."""

    def stems(self, key: str) -> "dict[str, Stem]":
        """The stems of an input that is a track with stems, by name; empty for any other input.

        Raises NOT_FOUND as `open` does.
        """

    def known_music(self, key: str) -> "KnownMusic | None":
        """Tempo and key of an input that was composed here, or made of such a piece; None for any other.

        Raises NOT_FOUND as `open` does.
        """

    def record(self, key: str) -> "Record | None":
        """The record of an input that is a track, None for any other input. Raises NOT_FOUND as `open` does."""

    def project(self, key: str) -> Path | None:
        """The file of the project of an input that is a drama of the library, None for any other input. Raises
        NOT_FOUND as `open` does."""

    def engine(self, key: str, make: Callable[[], E]) -> E:
        """The loaded engine under `key`: kept from an earlier job, else made by `make` and loaded."""

    def release(self, key: str) -> None:
        """Give the memory of the engine under `key` back now, so that the next one has room; none is fine."""

    def preview(self, audio: "Audio", rate_hz: int) -> None:
        """The next piece of the sound that is being made, float32 [channels, samples]: the user may listen already."""

    def segments(self, segments: Sequence[Segment]) -> "Iterator[MadeSegment] | None":
        """Have a long sound made in segments by all who have time for it; each, in order, when it is there.

        None where nobody else would help: then it is made in one piece. Raises Canceled, and what a maker raised.
        """

    def annotate(self, key: str, /, **facts: Any) -> None:
        """Add facts to the track behind an AudioInput key, when the job completes: JSON values by name, None takes one
        away. They can be undone. Raises NOT_FOUND for what is no track among the inputs."""

    def add_score(self, key: str, midi: bytes) -> None:
        """Put a MIDI file beside the track behind an AudioInput key, where it has none, when the job completes. Raises
        NOT_FOUND for what is no track among the inputs."""

    def new_track(self, draft: TrackDraft) -> "Record":
        """Write the result: an audio file and its record, visible to the user when the job completes."""
