"""The light tasks of `/tag` as the server sees them, without what they import."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.command import TaskSet


@dataclass(frozen=True)
class Comparison:
    """`new`: how many tracks are to be read, whose ids were written; `gone`: whether there are some that went."""

    new: int
    gone: bool


@dataclass(frozen=True)
class Ranking:
    """Tracks, the best first. `why`: label -> its share, of each; `likeness`: cosine, None where it was not asked for.

    `lacking`: tracks that others were to be like and that nobody has listened to. Where the rows that were searched
    cannot be read, `whole` is False, and they are to be made anew.
    """

    tracks: list[str]
    why: list[dict[str, float]]
    likeness: list[float | None]
    lacking: list[str]
    whole: bool = True


@dataclass(frozen=True)
class DuplicateFacts:
    """Tracks that are one recording, by their place in what was asked, each with its similarity to the first of its
    group; `total`: how many groups there are, where that is more than are told.
    """

    groups: list[list[tuple[int, float]]]
    total: int


class TagTasks(Protocol):
    """Every path is absolute. Files of ids hold 32 bytes for each, or 48 with the digest of its facts, one after the
    other."""

    def compare_rows(self, rows: Path | None, listed: Path, asked: Path) -> Comparison: ...
    def make_rows(self, rows: Path | None, listed: Path, told: Path, target: Path) -> None: ...
    def rank(
        self,
        rows: Path,
        models: Path,
        text: str,
        like: list[str],
        unlike: list[str],
        plain: list[str],
        among: Path | None,
        most: int,
    ) -> Ranking: ...

    def find_duplicates(self, prints: Path) -> DuplicateFacts: ...


TAG_TASKS = TaskSet[TagTasks]("tag", TagTasks, ("engine.tag.search.tasks", "engine.tag.duplicates"))
