"""A job without a queue, for benchmarks that drive an engine themselves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


class Alone:
    """What of `engine.context.JobContext` engines ask for."""

    job_id = "0" * 32
    attempt = 1

    def __init__(self, temp_dir: Path, models_dir: Path, device: str = "cpu") -> None:
        self.temp_dir, self.models_dir, self.device = temp_dir, models_dir, device

    def plan(self, **weights: float) -> None: ...

    def progress(self, step: float, total: float, stage: str | None = None) -> None: ...

    def check_canceled(self) -> None: ...

    def engine(self, key: str, make: Callable[[], Any]) -> Any:
        made = make()
        made.load(self)
        return made
