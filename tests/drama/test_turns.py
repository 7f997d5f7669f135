"""The lock: two dramas and a split at once, with memory for one model family."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.drama.project import Language
from engine.drama.voices import speak
from engine.drama.voices.line_cache import LineCache
from engine.drama.voices.speak import speak_all
from engine.drama.voices.utterance import Utterance
from engine.jobs.engines import EnginePool
from engine.jobs.lease import DeviceLease
from tests.fake_job import FakeJob
from tests.waiting import until

FREE_MB, NEED_MB = 2000, 1500


class Separator:
    """Stands for a separation network."""

    device_key = "demucs"

    def load(self, job: object) -> None: ...

    def dispose(self) -> None: ...


class PooledJob(FakeJob):
    """Its engines are those of the worker."""

    def __init__(self, folder: Path, pool: EnginePool) -> None:
        super().__init__(folder)
        self.pool = pool

    def engine(self, key: str, make: Callable[[], Any]) -> Any:
        return self.pool.get(key, make, self, need_mb=NEED_MB)  # type: ignore[arg-type]

    def release(self, key: str) -> None:
        self.pool.release(key)


def test_no_two_families_are_held_where_memory_has_room_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine of one drama hangs besides: it is ended, and its line is said by a new one."""
    monkeypatch.setattr(speak, "MAKERS", dict.fromkeys(speak.MAKERS, "tests.drama.fake_speakers:Tones"))
    monkeypatch.setattr(speak, "files_of", lambda engine, job: [str(tmp_path)])
    monkeypatch.setattr(speak._Task, "allowed_s", property(lambda task: 0.5))
    monkeypatch.setattr("engine.jobs.engines.free_mb", lambda device: NEED_MB - 1)
    lease, pool, cache = DeviceLease(lambda: FREE_MB), EnginePool(), LineCache(tmp_path / "lines")
    held: list[list[str]] = []
    at_it: set[str] = set()
    crowds: list[int] = []

    def look(*_: object) -> None:
        held.append(pool.device_keys)
        crowds.append(len(at_it))

    def speaks(voice: str, language: Language, *texts: str) -> Callable[[FakeJob], object]:
        items = [(text, Utterance(text=text, voice=voice, language=language)) for text in texts]
        return lambda job: speak_all(items, job, cache, look)

    def separates(job: FakeJob) -> None:
        job.engine("htdemucs", Separator)
        look()

    def work(name: str, key: str, task: Callable[[FakeJob], object]) -> None:
        job = PooledJob(tmp_path, pool)
        job.job_id = name
        until(lambda: lease.acquire(name, key, NEED_MB, slots=2) is None)
        at_it.add(name)
        try:
            task(job)
        finally:
            at_it.discard(name)
            lease.release(name)

    jobs = {
        "one": ("drama", speaks("kokoro:af_heart", "en", "stuck once", "good", "more")),
        "two": ("drama", speaks("silero:aidar", "ru", "другая", "строка")),
        "three": ("demucs", separates),
    }
    threads = [threading.Thread(target=work, args=(name, *job)) for name, job in jobs.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    pool.dispose()
    assert {key for keys in held for key in keys} == {"kokoro", "silero", "demucs"}
    assert max(map(len, held)) == 1 and max(crowds) == 1
    said = (tmp_path / "said").read_text(encoding="utf-8").splitlines()
    assert sorted(said) == sorted(["stuck once", "stuck once", "good", "more", "другая", "строка"])
