"""The light tasks that every sound file may need, as the server sees them, without what they import.

What each does is said at its function in `tasks`. Every path is absolute.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from engine.command import TaskSet


@dataclass(frozen=True)
class UploadFacts:
    """`source_note`: what is wrong with the file, `[{key, values}]` as in a record; `mime`: what a browser calls it;
    `title`: what its tags say, if they do; `outline`: its waveform as `engine.library.outline` says.
    """

    duration_s: float
    rate_hz: int
    channels: int
    layout: str
    source_note: list[dict[str, Any]]
    mime: str
    outline: str
    title: str = ""


@dataclass(frozen=True)
class ScorePart:
    """A note is [start_s, length_s, pitch, velocity]; `program` counts from 0."""

    name: str
    program: int
    drums: bool
    notes: list[tuple[float, float, int, int]]


@dataclass(frozen=True)
class ScoreFacts:
    duration_s: float
    parts: list[ScorePart]


@dataclass(frozen=True)
class PieceFacts:
    rate_hz: int
    channels: int


class SoundTasks(Protocol):
    def probe_upload(self, path: Path) -> UploadFacts: ...
    def write_tags(self, path: Path, target: Path, tags: dict[str, str]) -> None: ...
    def read_tags(self, path: Path, names: list[str]) -> dict[str, list[str]]: ...
    def replace_tags(
        self, path: Path, target: Path, values: dict[str, list[str]], expected: dict[str, list[str]]
    ) -> list[tuple[str, list[str]]]: ...
    def restore_tags(
        self, path: Path, target: Path, written: dict[str, list[str]], before: list[tuple[str, list[str]]]
    ) -> list[str]: ...
    def make_spectrogram(self, path: Path, target: Path, from_s: float = 0.0, to_s: float | None = None) -> None: ...
    def make_cover(self, path: Path, target: Path, track_id: str, key: str, peaks_file: Path | None) -> None: ...
    def read_score(self, path: Path) -> ScoreFacts: ...
    def make_peaks(
        self, path: Path, target: Path, points: int = 1000, from_s: float = 0.0, to_s: float | None = None
    ) -> None: ...
    def measure_loudness(self, path: Path) -> float | None: ...
    def decode_piece(
        self, path: Path, target: Path, start: int, count: int, most_bytes: int, rate_hz: int | None = None
    ) -> PieceFacts: ...


SOUND_TASKS = TaskSet[SoundTasks]("sound", SoundTasks, ("engine.jobs.tasks",))
