"""The contract that every engine must keep. A room with an engine adds a case to `test_engines.py`."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.context import Engine
from engine.errors import AppError, Canceled, Code
from engine.jobs.engines import EnginePool, give_memory_back, memory_mb


class StandInJob:
    """A JobContext in a few lines: it notes progress and results, and can be canceled."""

    job_id = "0" * 32
    attempt = 1
    device = "cpu"

    def __init__(self, folder: Path) -> None:
        self.models_dir = folder / "models"
        self.temp_dir = folder
        self.shares: list[float] = []
        self.results: list[tuple[np.ndarray, dict[str, Any]]] = []
        self.canceled = threading.Event()
        self.working = threading.Event()
        self.engines = EnginePool()

    def plan(self, **weights: float) -> None:
        assert all(weight > 0 for weight in weights.values())

    def progress(self, step: float, total: float, stage: str | None = None) -> None:
        self.check_canceled()
        assert 0 <= step <= total
        self.shares.append(step / total)
        self.working.set()

    def check_canceled(self) -> None:
        if self.canceled.is_set():
            raise Canceled

    def open(self, key: str) -> Path:
        raise AppError(Code.NOT_FOUND, "input_not_found", input=key)

    def engine(self, key: str, make: Callable[[], Any]) -> Any:
        return self.engines.get(key, make, self)

    def new_track(self, audio: Any, rate_hz: int, **facts: Any) -> Any:
        whole = audio if isinstance(audio, np.ndarray) else np.concatenate(list(audio), axis=1)
        self.results.append((whole, facts))


@dataclass(frozen=True)
class Case:
    """How a test brings one engine to work.

    `use(engine, job, seed)` makes a short result, `toil(engine, job)` works for at least 10 s unless canceled.
    `holds_mb` is what the loaded engine must at least be seen to hold; 0 where that is too little to measure.
    """

    name: str
    make: Callable[[], Engine]
    use: Callable[[Any, StandInJob, int], np.ndarray]
    toil: Callable[[Any, StandInJob], Any]
    holds_mb: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


class EngineContract:
    """Derive from it and give `case`."""

    case: Case

    def loaded(self, folder: Path) -> tuple[Any, StandInJob]:
        job = StandInJob(folder)
        engine = self.case.make()
        engine.load(job)
        engine.load(job)
        return engine, job

    def test_it_names_its_family(self) -> None:
        assert isinstance(self.case.make(), Engine) and self.case.make().family

    def test_it_reports_progress(self, tmp_path: Path) -> None:
        engine, job = self.loaded(tmp_path)
        audio = self.case.use(engine, job, 1)
        engine.dispose()
        assert job.shares and max(job.shares) <= 1
        assert audio.dtype == np.float32 and audio.ndim == 2 and np.isfinite(audio).all() and np.abs(audio).max() > 0.01

    def test_the_same_seed_gives_the_same_bytes_and_another_one_others(self, tmp_path: Path) -> None:
        engine, job = self.loaded(tmp_path)
        first = self.case.use(engine, job, 7)
        self.case.use(engine, job, 8)
        again = self.case.use(engine, job, 7)
        other = self.case.use(engine, job, 9)
        engine.dispose()
        fresh, job = self.loaded(tmp_path)
        anew = self.case.use(fresh, job, 7)
        fresh.dispose()
        assert first.tobytes() == again.tobytes() == anew.tobytes() != other.tobytes()

    def test_it_cancels_within_three_seconds(self, tmp_path: Path) -> None:
        engine, job = self.loaded(tmp_path)
        outcome: list[BaseException | None] = []

        def toil() -> None:
            try:
                self.case.toil(engine, job)
                outcome.append(None)
            except BaseException as error:
                outcome.append(error)

        thread = threading.Thread(target=toil)
        thread.start()
        assert job.working.wait(30)
        asked = time.monotonic()
        job.canceled.set()
        thread.join(30)
        took = time.monotonic() - asked
        engine.dispose()
        assert isinstance(outcome[0], Canceled) and took < 3

    def test_disposal_may_be_repeated_and_ends_its_use(self, tmp_path: Path) -> None:
        engine, job = self.loaded(tmp_path)
        engine.dispose()
        engine.dispose()
        for deed in (lambda: self.case.use(engine, job, 1), lambda: engine.load(job)):
            try:
                deed()
            except RuntimeError:
                continue
            raise AssertionError("a disposed engine let itself be used")

    def test_it_gives_its_memory_back(self, tmp_path: Path) -> None:
        engine, job = self.loaded(tmp_path)
        self.case.use(engine, job, 1)
        engine.dispose()
        del engine
        give_memory_back()
        before = memory_mb()
        engines = [self.loaded(tmp_path)[0] for _ in range(3)]
        held = memory_mb() - before
        for engine in engines:
            engine.dispose()
        give_memory_back()
        kept = memory_mb() - before
        assert held >= 3 * self.case.holds_mb and kept <= max(20, 0.2 * held), (held, kept)
