"""The contract that every engine must keep. Whoever adds an engine adds its case: a test compares the two lists."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.context import Engine
from engine.errors import Canceled
from engine.jobs.engines import give_memory_back, memory_mb
from tests.fake_job import FakeJob
from tests.waiting import until


@dataclass(frozen=True)
class Case:
    """How a test brings one engine to work.

    `make(models_dir)` makes it, not yet loaded. `use(engine, job, seed)` makes a short result, `toil(engine, job)`
    works for at least 10 s unless canceled.
    `holds_mb` is what the loaded engine must at least be seen to hold; 0 where that is too little to measure.
    """

    name: str
    make: Callable[[Path], Engine]
    use: Callable[[Any, FakeJob, int], np.ndarray]
    toil: Callable[[Any, FakeJob], Any]
    holds_mb: int = 0


class EngineContract:
    """Derive from it and give `case`."""

    case: Case

    def loaded(self, folder: Path) -> tuple[Any, FakeJob]:
        job = FakeJob(folder)
        engine = self.case.make(job.models_dir)
        engine.load(job)
        engine.load(job)
        return engine, job

    def test_it_names_its_device_key(self, tmp_path: Path) -> None:
        engine = self.case.make(tmp_path)
        assert isinstance(engine, Engine) and engine.device_key

    def test_it_reports_progress(self, tmp_path: Path) -> None:
        engine, job = self.loaded(tmp_path)
        audio = self.case.use(engine, job, 1)
        engine.dispose()
        assert job.shares
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
        until(lambda: job.shares)
        asked = time.monotonic()
        job.cancel_when = lambda: True
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
