"""The job engine as it is by default: one process with its workers, and SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.app import Application
from engine.jobs.job import Job
from tests.conftest import Running, leftovers, make_settings
from tests.job_engine_contract import JobEngineContract, server

__all__ = ["server"]


class Embedded:
    def __init__(self, folder: Path) -> None:
        self._settings = make_settings(folder)
        self.server = Running(Application.open(self._settings))

    def kill_worker(self, job: Job) -> None:
        self.server.worker_of(job).process.kill()

    def restart(self) -> None:
        self.server.application.close()
        self.server = Running(Application.open(self._settings))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    found = Embedded(tmp_path_factory.mktemp("embedded"))
    try:
        yield found
        found.server.until(lambda: leftovers(found.server.settings) == [])
    finally:
        found.server.application.close()


class TestEmbedded(JobEngineContract):
    pass
