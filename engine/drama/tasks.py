"""The light tasks of `/drama` as the server sees them, without what they import."""

from pathlib import Path
from typing import Protocol

from engine.command import TaskSet


class DramaTasks(Protocol):
    def render_sound(
        self,
        sound_id: str,
        target: Path,
        rate_hz: int,
        duration_s: float | None,
        longest_s: float,
        seed: int,
        parameters: dict[str, float],
        models_dir: Path,
        folder: Path,
    ) -> str: ...


DRAMA_TASKS = TaskSet[DramaTasks]("drama", DramaTasks, ("engine.drama.sounds.tasks",))
