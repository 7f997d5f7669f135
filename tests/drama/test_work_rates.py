"""The time left of a drama, told from a tenth of the work on, by a clock of the test's own."""

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.drama import production
from engine.drama.params import DramaParams
from engine.drama.production import PASSES, Production
from engine.drama.voices import speak
from engine.drama.voices.line_cache import LineCache, LineInfo
from engine.drama.voices.line_keys import LineKeys
from engine.drama.voices.utterance import Utterance
from engine.drama.work_rates import WorkRates
from engine.jobs.job import eta_s
from engine.jobs.job_context import Progress
from tests.fake_job import FakeJob

LOADING_S, ANALYZING_S = 3.0, 0.5
SOUND_S, SILENCE_S = 1 / 15, 0.72
"""Of a character, and around a line, as Kokoro was measured."""
REAL_TIME_FACTOR, MIXED_PER_S = 0.36, 100
OFF = 0.2
CHAT = ["No.", "Where is he?", "He left before the rain began, I think.", "Then we wait here, as he told us to do."]
TOLD = "The old man went down to the harbour, as on every evening, and counted the ships that had not come home."


class TimedJob(FakeJob):
    """Notes what the page would be told: moment, share of the work."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.now_s = 0.0
        self.told: list[tuple[float, float]] = []
        self._progress = Progress(lambda share, stage: None)

    def plan(self, **weights: float) -> None:
        super().plan(**weights)
        self._progress.plan(weights)

    def progress(self, step: float, total: float, stage: str | None = None) -> None:
        super().progress(step, total, stage)
        self._progress.update(step, total, stage)
        self.told.append((self.now_s, self._progress._value))


def performed(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> TimedJob:
    """A drama in which nothing is computed and everything takes its time."""
    job = TimedJob(folder)

    def analysed(data: bytes, *rest: Any) -> Any:
        job.now_s += ANALYZING_S
        return understood(data, *rest)

    def spoken(items: Iterable[tuple[str, Utterance]], job: TimedJob, cache: LineCache, progress: Any) -> Any:
        given, keys = list(items), LineKeys(job.voices_dir)
        tasks = {keys.of(each): speak._Task(keys.of(each), each, [name]) for name, each in given}
        found: dict[str, LineInfo] = {}
        tally = speak._Tally(tasks, found, progress)
        tally.tell()
        job.now_s += LOADING_S
        tally.tell()
        for task in sorted(tasks.values(), key=lambda task: -task.letters):
            seconds = task.letters * SOUND_S
            job.now_s += REAL_TIME_FACTOR * (seconds + SILENCE_S)
            found[task.key] = LineInfo(task.key, seconds)
            tally.tell()
        return {name: found[keys.of(each)] for name, each in given}

    understood = production.analysed
    with monkeypatch.context() as patch:
        patch.setattr(production, "time", SimpleNamespace(monotonic=lambda: job.now_s))
        patch.setattr(production, "analysed", analysed)
        patch.setattr(production, "speak_all", spoken)
        rates = WorkRates(folder / "rates.json")
        made = Production(DramaParams(text=script, seed=1, music=False), job, LineCache(folder / "lines"), rates)
        made.speak(made.read())
    sound_s = 1.3 * sum(made._lengths[name].seconds for name in made._lengths)
    for tenth in range(1, 11):
        job.now_s += sound_s * (PASSES + 1) / MIXED_PER_S / 10
        job.progress(tenth, 10, "MIXING")
    rates.note("mixing", sound_s * (PASSES + 1), sound_s * (PASSES + 1) / MIXED_PER_S)
    rates.keep()
    return job


@pytest.mark.parametrize("kind", ["chat", "told"])
def test_the_time_left_is_less_than_a_fifth_off_from_a_tenth_of_the_work_on(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rates are those of an earlier drama of the other kind."""
    scripts = {
        "chat": "\n".join(f"{'AB'[n % 2]}nna: {n}. {CHAT[n % 4]}" for n in range(60)),
        "told": "\n\n".join(f"{n}. {TOLD[: 40 + 7 * n % 60]}. {CHAT[n % 4]}" for n in range(40)),
    }
    performed(scripts["told" if kind == "chat" else "chat"], tmp_path, monkeypatch)
    job = performed(scripts[kind], tmp_path, monkeypatch)
    over_s = job.told[-1][0]
    seen = [(now_s, share, eta_s(0, share, now_s)) for now_s, share in job.told if share >= 0.1]
    off = [abs(now_s + (left_s or 0) - over_s) / over_s for now_s, _, left_s in seen]
    assert len(seen) > 20 and seen[0][1] < 0.25 and max(off) < OFF
