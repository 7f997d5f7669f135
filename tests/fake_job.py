"""A JobContext without a queue: it keeps what it is told, and is canceled on request."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from engine.context import MadeSegment, Segment, Services, TrackDraft
from engine.errors import AppError, Canceled, Code
from engine.library.inputs import Input, KnownMusic, Stem
from engine.library.record import Record


class FakeJob:
    """`cancel_when` is asked at every check; set it to end the job. Engines are kept by key, as a worker keeps them."""

    job_id = "0" * 32
    attempt = 1
    device = "cpu"

    def __init__(self, folder: Path, cancel_when: Callable[[], bool] = lambda: False) -> None:
        self.models_dir = folder / "models"
        self.temp_dir = folder
        self.cache_dir, self.sounds_dir = folder / ".cache", folder / "sounds"
        self.voices_dir = folder / "voices"
        self.services = Services()
        self.vram_gb: float | None = None
        self.cancel_when = cancel_when
        self.weights: dict[str, float] = {}
        self.shares: list[tuple[str | None, float]] = []
        self.engines: dict[str, Any] = {}
        self.previews: list[tuple[Any, int]] = []
        self.tracks: list[dict[str, Any]] = []
        self.annotations: dict[str, dict[str, Any]] = {}
        self.scores: dict[str, bytes] = {}
        self.inputs: dict[str, Input] = {}

    def plan(self, **weights: float) -> None:
        assert all(weight > 0 for weight in weights.values())
        self.weights = weights

    def progress(self, step: float, total: float, stage: str | None = None) -> None:
        self.check_canceled()
        assert 0 <= step <= total
        if self.weights:
            assert (stage or "").partition(" ")[0] in self.weights
        self.shares.append((stage, step / total))

    def check_canceled(self) -> None:
        if self.cancel_when():
            raise Canceled

    def preview(self, audio: Any, rate_hz: int) -> None:
        self.previews.append((audio, rate_hz))

    def open(self, key: str) -> Path:
        return self._input(key).path

    def title(self, key: str) -> str:
        given = self._input(key)
        return given.title or given.path.stem

    def file_name(self, key: str) -> str:
        return self._input(key).name

    def stems(self, key: str) -> dict[str, Stem]:
        return self._input(key).stems

    def known_music(self, key: str) -> KnownMusic | None:
        return self._input(key).music

    def project(self, key: str) -> Path | None:
        return self._input(key).project

    def record(self, key: str) -> Record | None:
        path = self._input(key).record
        return Record.model_validate_json(path.read_bytes()) if path else None

    def _input(self, key: str) -> Input:
        if key in self.inputs:
            return self.inputs[key]
        raise AppError(Code.NOT_FOUND, "input_not_found", input=key)

    def engine(self, key: str, make: Callable[[], Any]) -> Any:
        if key not in self.engines:
            self.engines[key] = make()
            self.engines[key].load(self)
        return self.engines[key]

    def release(self, key: str) -> None:
        if engine := self.engines.pop(key, None):
            engine.dispose()

    def segments(self, segments: Sequence[Segment]) -> Iterator[MadeSegment] | None:
        """Alone: in one piece."""
        return None

    def annotate(self, key: str, /, **facts: Any) -> None:
        self.open(key)
        self.annotations.setdefault(key, {}).update(facts)

    def add_score(self, key: str, midi: bytes) -> None:
        self.open(key)
        self.scores[key] = midi

    def new_track(self, draft: TrackDraft) -> Any:
        facts = {entry.name: getattr(draft, entry.name) for entry in fields(draft)}
        audio, midi = facts.pop("audio"), facts.pop("midi")
        whole = audio if isinstance(audio, np.ndarray | Path) else np.concatenate(list(audio), axis=1)
        stems = facts.pop("stems", None)
        if stems is not None and not isinstance(stems, dict):
            groups = list(stems)
            stems = {name: np.concatenate([group[name] for group in groups], axis=1) for name in groups[0]}
        midi = midi() if callable(midi) else midi
        project = facts.pop("project")
        project = project() if callable(project) else project
        self.tracks.append({"audio": whole, "stems": stems, "midi": midi, "project": project, **facts})
