"""All lines of a drama, engine after engine, each kept as soon as it was said."""

import logging
import time
from collections import Counter, deque
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from engine.context import JobContext
from engine.drama.voices.booth import Booth, Staging
from engine.drama.voices.crew import Crew, usable_cpus
from engine.drama.voices.line_cache import LineCache, LineInfo
from engine.drama.voices.line_keys import LineKeys
from engine.drama.voices.patience import patience_s
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import OWN, VERSIONS, engine_of, models_of
from engine.errors import AppError, Code
from engine.models.ensure import ensure

MAKERS = {engine: f"engine.drama.voices.makers:{engine}" for engine in VERSIONS}
"""Engine -> what makes it, in the booth's process."""
TRIES = 2
MOST_LANES = 8
"""Lines at once, each of which takes Kokoro about 100 MB."""
PAUSE_S = 1.0
"""More than so long between two looks means that the computer slept, which no engine can be blamed for."""

log = logging.getLogger(__name__)


class SpeakingProgress(Protocol):
    def __call__(self, done: int, total: int, share: float) -> object:
        """So many lines of all are there; `share`: of the work, from 0 to 1. Told at first, when an engine is loaded,
        and after each line."""


@dataclass
class _Task:
    """A sound that is to be made: every line that is said just so."""

    key: str
    utterance: Utterance
    ids: list[str]
    spent_s: float = 0.0

    @property
    def letters(self) -> int:
        return len(self.utterance.text)

    @property
    def allowed_s(self) -> float:
        return patience_s(engine_of(self.utterance.voice), self.letters)


def speak_one(utterance: Utterance, job: JobContext, cache: LineCache) -> LineInfo:
    """One line, at once. Raises as `speak_all` does."""
    return speak_all([("line", utterance)], job, cache)["line"]


def speak_all(
    items: Iterable[tuple[str, Utterance]], job: JobContext, cache: LineCache,
    progress: SpeakingProgress = lambda done, total, share: None,
) -> dict[str, LineInfo]:  # fmt: skip
    """What became of every line, by id; its sound is `cache.get(info.key)`.

    Engines take turns, one at a time in memory; of each the longest lines come first, so that the lanes end together.
    A line that is kept is not said again, two equal ones are said once. A model that is missing is fetched, with the
    stages DOWNLOADING and VERIFYING. An engine that hangs or dies is ended, and what it was at is tried once more.

    What can be known of all lines, and whether all engines can be had, is known before the first one is spoken.
    Raises as `check_lines` does, MODEL_MISSING, INTERNAL with the text of a line that twice did not come, DISK_FULL,
    and Canceled within a second.
    """
    keys, tasks = LineKeys(job.voices_dir), dict[str, _Task]()
    for identity, utterance in items:
        key = keys.of(utterance)
        tasks.setdefault(key, _Task(key, utterance, [])).ids.append(identity)
    found = {key: info for key in tasks if (info := cache.info(key))}
    tally = _Tally(tasks, found, progress)
    tally.tell()
    todo = [task for task in tasks.values() if task.key not in found]
    if len(todo) > 1:  # one alone fails as soon
        from engine.drama.voices.speakable import check_lines

        check_lines((task.utterance for task in todo), job)
    turns = [(engine, [task for task in todo if engine_of(task.utterance.voice) == engine]) for engine in VERSIONS]
    turns = [(engine, lines) for engine, lines in turns if lines]
    files = {engine: files_of(engine, job) for engine, _ in turns}
    for engine, lines in turns:
        booth = _booth(engine, files[engine], lines, job, cache)
        tally.tell()
        began = time.monotonic()
        with closing(_spoken(booth, lines, job, cache)) as spoken:
            for info in spoken:
                found[info.key] = info
                cache.grown(info.key)
                tally.tell()
        facts = {"engine": engine, "lines": len(lines), "took_s": round(time.monotonic() - began, 1)}
        sound_s = round(sum(found[task.key].seconds for task in lines), 1)
        log.info("lines spoken", extra=facts | {"sound_s": sound_s, "peak_mb": booth.peak_mb})
    return {identity: found[task.key] for task in tasks.values() for identity in task.ids}


class _Tally:
    def __init__(self, tasks: dict[str, _Task], found: dict[str, LineInfo], progress: SpeakingProgress) -> None:
        self._tasks, self._found, self._progress = tasks, found, progress
        self._due = {key: task.utterance.work for key, task in tasks.items() if key not in found}

    def tell(self) -> None:
        done = sum(len(self._tasks[key].ids) for key in self._found)
        total = sum(len(task.ids) for task in self._tasks.values())
        said = sum(work for key, work in self._due.items() if key in self._found)
        self._progress(done, total, said / (sum(self._due.values()) or 1) if self._due else 1.0)


def _booth(engine: str, files: list[str], lines: list[_Task], job: JobContext, cache: LineCache) -> Booth:
    """The engine, alone in memory: for one line all threads at it, for more a line for each; a service is asked for one
    line after the other, for those that wait there would be taken for stuck."""
    cores = min(usable_cpus(), MOST_LANES)
    shapes = {"one": (1, cores), "many": (1 if engine == OWN else cores, 1)}
    shape = "one" if len(lines) == 1 else "many"
    wanted = f"voices-{engine}-{shape}"
    for other in (f"voices-{each}-{kind}" for each in VERSIONS for kind in shapes):
        if other != wanted:
            job.release(other)
    lanes, threads = shapes[shape] if engine != OWN else (1, 1)
    staging = Staging(
        engine,
        MAKERS[engine],
        files,
        str(cache.folder),
        lanes,
        threads,
        job.services.megatts3_url or "",
    )
    booth = job.engine(wanted, lambda: Booth(staging))
    booth.load(job)  # a kept one whose process had to be ended
    return booth


def files_of(engine: str, job: JobContext) -> list[str]:
    """What an engine reads; fetched where it is not there. Raises as `ensure` does, and where a service is silent."""
    if engine == OWN:
        from engine.drama.voices.megatts3 import answering

        answering(job.services.megatts3_url or "")
        return [str(job.voices_dir)]
    return [str(path) for model in models_of(engine) for path in ensure(model, job)]


def _spoken(booth: Booth, lines: list[_Task], job: JobContext, cache: LineCache) -> Generator[LineInfo]:
    """Each line as it comes, as many at once as the computer is free for."""
    crew = Crew(booth.staging.lanes)
    waiting = deque(sorted(lines, key=lambda task: -task.letters))
    suspects: deque[_Task] = deque()
    """What an engine was at that hung or died: said one at a time, so that it is known which of them does it."""
    running: dict[int, _Task] = {}
    tries: Counter[str] = Counter()
    looked = time.monotonic()
    try:
        while waiting or suspects or running:
            room = (not running) if suspects else crew.lanes > len(running)
            if room and (suspects or waiting):
                task = suspects.popleft() if suspects else waiting.popleft()
                task.spent_s = 0.0
                number = next(booth.numbers)
                running[number] = task
                booth.say(number, task.key, task.utterance)
                continue
            answer = booth.heard() or {}
            job.check_canceled()
            if (answered := running.pop(answer.get("number", 0), None)) is not None:
                yield _result(answered, answer, cache)
            elapsed, looked = min(time.monotonic() - looked, PAUSE_S), time.monotonic()
            for task in running.values():
                task.spent_s += elapsed
            late = [task for task in running.values() if task.spent_s > task.allowed_s]
            if late or "ended" in answer:
                log.error("a voice hung or died", extra={"engine": booth.staging.engine, "lines": len(running)})
                for task in late or running.values():
                    tries[task.key] += 1
                    if tries[task.key] >= TRIES:
                        raise AppError(Code.INTERNAL, "line_stuck", text=task.utterance.text[:200])
                suspects.extend(running.values())
                running.clear()
                booth.unload()
                booth.load(job)
    except BaseException:
        if running:
            booth.stop(len(running))
        raise


def _result(task: _Task, answer: dict[str, object], cache: LineCache) -> LineInfo:
    """Raises the error of a line that could not be spoken, with its text."""
    text = task.utterance.text[:200]
    if isinstance(said := answer.get("error"), dict):
        error = AppError.revived(said)
        if error.code is Code.INTERNAL:
            raise AppError(Code.INTERNAL, "line_failed", text=text, reason=str(error)[:300])
        raise error
    info = cache.info(task.key)
    if info is None:
        raise AppError(Code.INTERNAL, "line_failed", text=text, reason=str(cache.folder))
    return info
