"""The light tasks of `/match` as the server sees them, without what they import."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from engine.command import TaskSet


@dataclass(frozen=True)
class SpotFacts:
    """What an excerpt is, and how it was made.

    `before_lufs`: its loudness as it was; `limiter_db`: the limiter's deepest gain.
    """

    samples: int
    rate_hz: int
    channels: int
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    before_lufs: float | None
    gain_db: float
    ceiling_dbtp: float | None
    limited_share: float
    limiter_db: float


class MatchTasks(Protocol):
    def render_spot(
        self,
        source: Path,
        target: Path,
        params: dict[str, Any],
        own_lufs: float | None,
        from_s: float,
        duration_s: float,
        rate_hz: int,
        impulse_response: Path | None,
    ) -> SpotFacts: ...

    def write_export(
        self, style: dict[str, Any], form: str, target: Path, rate_hz: int, name: str, impulse_response: Path | None
    ) -> str: ...


MATCH_TASKS = TaskSet[MatchTasks]("match", MatchTasks, ("engine.match.spot", "engine.match.presets"))
