"""A job without a queue: keeps what it is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.errors import Canceled


class FakeJob:
    job_id = "0" * 32
    device = "cpu"

    def __init__(self, folder: Path, cancel_after: int | None = None) -> None:
        self.models_dir = folder / "models"
        self.temp_dir = folder
        self.weights: dict[str, float] = {}
        self.steps: list[tuple[float, float, str | None]] = []
        self.engines: dict[str, Any] = {}
        self.tracks: list[dict[str, Any]] = []
        self.checks = 0
        self.cancel_after = cancel_after

    def plan(self, **weights: float) -> None:
        self.weights = weights

    def progress(self, step: float, total: float, stage: str | None = None) -> None:
        self.steps.append((step, total, stage))
        self.check_canceled()

    def check_canceled(self) -> None:
        self.checks += 1
        if self.cancel_after is not None and self.checks > self.cancel_after:
            raise Canceled

    def open(self, key: str) -> Path:
        raise AssertionError(key)

    def engine(self, key: str, make: Callable[[], Any]) -> Any:
        if key not in self.engines:
            self.engines[key] = make()
            self.engines[key].load(self)
        return self.engines[key]

    def new_track(self, audio: Any, rate_hz: int, **facts: Any) -> None:
        self.tracks.append({"audio": audio, "rate_hz": rate_hz, **facts})
