"""What a worker keeps loaded when memory is short."""

from pathlib import Path

import pytest

from engine.jobs.engines import EnginePool
from tests.fake_job import FakeJob


class Loaded:
    """An engine that knows whether it is there."""

    def __init__(self) -> None:
        self.device_key, self.there = "made", False

    def load(self, job: object) -> None:
        self.there = True

    def dispose(self) -> None:
        self.there = False


@pytest.mark.parametrize("free", [0, 10_000])
def test_a_job_keeps_what_it_asked_for_while_others_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    monkeypatch.setattr("engine.jobs.engines.free_mb", lambda device: free)
    pool, job, later = EnginePool(), FakeJob(tmp_path), FakeJob(tmp_path)
    later.job_id = "1" * 32
    old = pool.get("old", Loaded, job, need_mb=1000)
    first = pool.get("first", Loaded, later, need_mb=1000)
    assert old.there is (free > 0) and first.there
    second = pool.get("second", Loaded, later, need_mb=1000)
    assert first.there and second.there
    assert pool.get("first", Loaded, later, need_mb=1000) is first
    third = pool.get("third", Loaded, job, need_mb=1000)
    assert third.there and {first.there, second.there} == {free > 0}
    pool.dispose()
    assert not third.there and pool.device_keys == []
